/** What an operation is handed: who asks, what is known, and where to report progress. It holds no way to do I/O. */
import type { Idempotency } from '../../../common/services.ts';
import type { ForeignUse, LedgerView } from '../ledger.ts';
import type { Settings } from '../settings.ts';
import type { State } from '../state.ts';
import type { VolumeHost } from '../volumeHost.ts';

/** Reports go out as events; they are no effects and never fail. */
export interface Progress {
  /** Begins a step and ends the one before. */
  step(name: string): void;
  /** Bytes moved so far in this step. */
  bytes(count: number): void;
}

export interface OperationContext {
  /** ULID of the operation; on its containers, snapshots, leases and audit row. */
  readonly id: string;
  readonly actor: string;
  readonly state: State;
  readonly settings: Settings;
  readonly foreign: ForeignUse;
  readonly volumes: Pick<VolumeHost, 'support' | 'path'>;
  /** Identity of this installation, on every container it makes. */
  readonly instance: string;
  readonly progress: Progress;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Of a request that may be sent again. */
  readonly idempotency?: Idempotency | undefined;
  /** Turns the operation's own answer into its client's, where a request is more than its operation. */
  readonly answers?: (own: unknown) => unknown;
  /** Why it is being undone, where that is known. */
  readonly failure?: string;
}

export const ledgerView = (ctx: OperationContext): LedgerView => ({
  state: ctx.state,
  settings: ctx.settings,
  foreign: ctx.foreign,
  now: ctx.now(),
});

export const stamp = (ctx: OperationContext): string => ctx.now().toISOString();
