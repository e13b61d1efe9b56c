/** What the replicaSet procedures stand on. */
import type { Engine } from './engine.ts';
import type { EventHub } from './eventHub.ts';
import type { ExecSessions } from './execSessions.ts';
import type { Inventory } from './inventory.ts';
import type { Journal } from './journal.ts';
import type { LogFiles } from './keptLogs.ts';
import type { LedgerView } from './ledger.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Telemetry } from './telemetry.ts';

export interface ReplicaSetParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly journal: Journal;
  readonly inventory: Inventory;
  readonly hub: EventHub;
  readonly sessions: ExecSessions;
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly logFiles: LogFiles;
  readonly now: () => Date;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What a choice would be made from at this moment. */
export const ledgerOf = ({ state, settings, inventory, now }: ReplicaSetParts): LedgerView => ({
  state,
  settings,
  foreign: inventory.foreign(),
  now: now(),
});
