/**
 * The store that the core needs: one atomic, synced batch per transition, and reads of what does not live in memory.
 *
 * Invariants
 *  - `write` resolves only when the whole batch is durable; when it rejects, none of it is visible after a reopen.
 *  - Batches become durable in the order of the calls.
 *  - After a failed write there is still room to undo what was begun; nothing new is begun until writing works again.
 *  - Once damage is known nothing is written any more.
 */
import type { Change, Resident, Table, Tables, VersionRecord, VolumeVersionRecord } from './records.ts';

/** Every row of the tables that live in memory. */
export type LoadedRows = { readonly [T in Resident]: ReadonlyMap<string, Tables[T]> };

/** Why no new change is taken. */
export interface StoreTrouble {
  /** damaged: until the state is restored. stalled: until it can be written again. */
  readonly kind: 'damaged' | 'stalled';
  readonly reason: string;
  readonly since: string;
}

export interface Store {
  /** Null while changes are taken. Reads go on in any case. */
  readonly trouble: StoreTrouble | null;
  onTrouble(listener: (trouble: StoreTrouble | null) => void): void;
  /** Asked before anything new is begun: rejects with STORE_DAMAGED or STORE_FAILED while it would be refused. */
  ready(): Promise<void>;
  write(changes: readonly Change[]): Promise<void>;
  load(): Promise<LoadedRows>;
  get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined>;
  /** Newest first. */
  versions(name: string, options?: { limit?: number; before?: number }): Promise<readonly VersionRecord[]>;
  /** By key, the last first: for tables whose keys tell the time. */
  newest<T extends Table>(table: T, limit: number): Promise<readonly Tables[T][]>;
  /** Newest first. */
  volumeVersions(name: string): Promise<readonly VolumeVersionRecord[]>;
  close(): Promise<void>;
}
