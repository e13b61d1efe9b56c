/** What the replicaSet procedures stand on. */
import type { Engine } from './engine.ts';
import type { EventHub } from './eventHub.ts';
import type { Inventory } from './inventory.ts';
import type { Journal } from './journal.ts';
import type { LedgerView } from './ledger.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface ReplicaSetParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly journal: Journal;
  readonly inventory: Inventory;
  readonly hub: EventHub;
  readonly settings: Settings;
  readonly now: () => Date;
}

/** What a choice would be made from at this moment. */
export const ledgerOf = ({ state, settings, inventory, now }: ReplicaSetParts): LedgerView => ({
  state,
  settings,
  foreign: inventory.foreign(),
  now: now(),
});
