/**
 * A store in memory, with the promises of the real one and hooks to break them on purpose.
 *
 * Invariants
 *  - Rows are kept as JSON text: what a caller changes afterwards never reaches them, and nothing survives here that
 *    would not survive on disk.
 *  - `close` loses nothing, so one instance can be handed to a second daemon as its disk.
 *  - After `reopen` the old handle is dead, as the handle of a killed process is.
 *
 * Both stores pass test/unit/daemon/adapters/store.test.ts.
 */
import { AppError } from '../../common/errors.ts';
import {
  type Change,
  RESIDENT,
  type Resident,
  type Table,
  type Tables,
  type VersionRecord,
  versionKey,
} from '../../daemon/core/records.ts';
import type { Store } from '../../daemon/core/store.ts';

type Rows = Map<Table, Map<string, string>>;

export class MemoryStore implements Store {
  readonly #rows: Rows;
  /** Every batch that became durable, oldest first. */
  readonly batches: (readonly Change[])[] = [];
  #queue: Promise<void> = Promise.resolve();
  #gate: Promise<void> = Promise.resolve();
  #openGate: () => void = () => {};
  #failure: Error | undefined;
  #dead = false;

  constructor(rows: Rows = new Map()) {
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
    return new MemoryStore(this.#rows);
  }

  /** A copy of one table as it is durable now, in key order. */
  rows<T extends Table>(table: T): ReadonlyMap<string, Tables[T]> {
    const sorted = [...(this.#rows.get(table) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([key, text]) => [key, JSON.parse(text) as Tables[T]]));
  }

  /** Makes a batch durable at once, past holds and failures: for setting a scene, and for synchronous simulation. */
  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      const table = this.#rows.get(change.table) ?? new Map<string, string>();
      this.#rows.set(change.table, table);
      if ('del' in change) table.delete(change.key);
      else table.set(change.key, JSON.stringify(change.value));
    }
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

  async load(): Promise<{ [T in Resident]: ReadonlyMap<string, Tables[T]> }> {
    this.#assertAlive();
    const tables = RESIDENT.map((table) => [table, this.rows(table)]);
    return Object.fromEntries(tables) as { [T in Resident]: ReadonlyMap<string, Tables[T]> };
  }

  async get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined> {
    this.#assertAlive();
    const text = this.#rows.get(table)?.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as Tables[T]);
  }

  async versions(name: string, options: { limit?: number; before?: number } = {}): Promise<readonly VersionRecord[]> {
    this.#assertAlive();
    const { limit = Number.POSITIVE_INFINITY, before = Number.POSITIVE_INFINITY } = options;
    return [...this.rows('version')]
      .filter(([key, record]) => record.version < before && key === versionKey(name, record.version))
      .map(([, record]) => record)
      .toReversed()
      .slice(0, limit);
  }

  async close(): Promise<void> {
    this.releaseWrites();
    await this.#queue;
  }

  #assertAlive(): void {
    if (this.#dead) throw new AppError('STORE_FAILED', 'the store was closed');
  }
}
