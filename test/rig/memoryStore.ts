/**
 * A store in memory, with the promises of the real one and hooks to break them on purpose.
 *
 * Invariants
 *  - `close` loses nothing, so one instance can be handed to a second daemon as its disk.
 *  - After `reopen` the old handle is dead, as the handle of a killed process is.
 *
 * Not here: the rows themselves (memoryRows.ts).
 *
 * Both stores pass test/unit/daemon/adapters/store.test.ts.
 */
import { AppError } from '../../common/errors.ts';
import type { Change, Table, Tables, VersionRecord, VolumeVersionRecord } from '../../daemon/core/records.ts';
import type { LoadedRows, Store, StoreTrouble } from '../../daemon/core/store.ts';
import { MemoryRows } from './memoryRows.ts';

export class MemoryStore implements Store {
  readonly #rows: MemoryRows;
  /** Every batch that became durable, oldest first. */
  readonly batches: (readonly Change[])[] = [];
  #queue: Promise<void> = Promise.resolve();
  #gate: Promise<void> = Promise.resolve();
  #openGate: () => void = () => {};
  #failure: Error | undefined;
  /** What tests make of it. */
  trouble: StoreTrouble | null = null;
  #dead = false;

  constructor(rows: MemoryRows = new MemoryRows()) {
    this.#rows = rows;
  }

  /** The next write rejects and leaves nothing behind; those after it succeed again. */
  failNextWrite(
    error: Error = new AppError('STORE_FAILED', 'the state was not written: no space left on device'),
  ): void {
    this.#failure = error;
  }

  /** Writes wait, none of them durable, until `releaseWrites`. */
  holdWrites(): void {
    this.#openGate();
    this.#gate = new Promise((resolve) => {
      this.#openGate = resolve;
    });
  }

  releaseWrites(): void {
    this.#openGate();
  }

  /** A new handle on the same rows; this one, writes that it still holds included, does nothing any more. */
  reopen(): MemoryStore {
    this.#dead = true;
    this.releaseWrites();
    const next = new MemoryStore(this.#rows);
    next.trouble = this.trouble;
    return next;
  }

  /** A copy of one table as it is durable now, in key order. */
  rows<T extends Table>(table: T): ReadonlyMap<string, Tables[T]> {
    return this.#rows.rows(table);
  }

  /** Makes a batch durable at once, past holds and failures: for setting a scene. */
  apply(changes: readonly Change[]): void {
    this.#rows.apply(changes);
    this.batches.push(structuredClone(changes));
  }

  write(changes: readonly Change[]): Promise<void> {
    const batch = structuredClone(changes);
    const done = this.#queue.then(() => this.#writeInTurn(batch));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #writeInTurn(batch: readonly Change[]): Promise<void> {
    await this.#gate;
    this.#assertAlive();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    this.apply(batch);
  }

  onTrouble(): void {}

  async ready(): Promise<void> {
    if (this.trouble === null) return;
    const code = this.trouble.kind === 'damaged' ? 'STORE_DAMAGED' : 'STORE_FAILED';
    throw new AppError(code, this.trouble.reason);
  }

  async load(): Promise<LoadedRows> {
    this.#assertAlive();
    return this.#rows.load();
  }

  async get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined> {
    this.#assertAlive();
    return this.#rows.get(table, key);
  }

  async versions(name: string, options: { limit?: number; before?: number } = {}): Promise<readonly VersionRecord[]> {
    this.#assertAlive();
    return this.#rows.versions(name, options);
  }

  async newest<T extends Table>(table: T, limit: number): Promise<readonly Tables[T][]> {
    this.#assertAlive();
    return this.#rows.newest(table, limit);
  }

  async volumeVersions(name: string): Promise<readonly VolumeVersionRecord[]> {
    this.#assertAlive();
    return this.#rows.volumeVersions(name);
  }

  async close(): Promise<void> {
    this.releaseWrites();
    await this.#queue;
  }

  #assertAlive(): void {
    if (this.#dead) throw new AppError('STORE_FAILED', 'the store was closed');
  }
}
