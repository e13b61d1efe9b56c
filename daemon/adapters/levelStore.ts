/**
 * The store, on LevelDB.
 *
 * Invariants
 *  - One batch at a time, in the order of the calls; it is acknowledged once the batch and then HEAD are on disk.
 *  - After a failed write the handle is not used for writing again, LevelDB no longer knows what its log holds. Reads
 *    go on. The next write first opens the state anew, and takes the failed batch back if it turns out to be there
 *    (synced in part: only a crash before that next write lets such a batch be seen).
 *  - A batch that is on disk while HEAD is not is acknowledged: it is durable. The next write has to reach HEAD first.
 *
 * Not here: opening and proving the state (openState.ts), the layout of keys and rows (keys.ts, codecs.ts).
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { AppError } from '../../common/errors.ts';
import type { Log } from '../core/host.ts';
import {
  type Change,
  RESIDENT,
  type Resident,
  type Table,
  type Tables,
  type VersionRecord,
  type VolumeVersionRecord,
} from '../core/records.ts';
import { StartError } from '../core/startError.ts';
import type { Store } from '../core/store.ts';
import { logBytesMax, type RowChange, type SealedBatch, sealBatch } from './batchChain.ts';
import { decodeRow } from './codecs.ts';
import { HeadFile } from './headFile.ts';
import { alreadyRunning, nameHolder } from './instanceLock.ts';
import { type KeyRange, keyInTable, rowKey, tableRange, versionRange } from './keys.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import {
  type Database,
  type OpenDatabase,
  type OpenHead,
  openState,
  type State,
  type StateOptions,
} from './openState.ts';

export interface LevelStoreOptions {
  /** The data directory; the database is in `db` below it. */
  readonly directory: string;
  readonly createIfMissing: boolean;
  readonly log?: Log;
  readonly migrations?: readonly Migration[];
  /** How to open LevelDB and HEAD at a path; tests put faults in between. */
  readonly openDatabase?: OpenDatabase;
  readonly openHead?: OpenHead;
}

/** Throws StartError when another daemon holds the state, or when it cannot be opened or trusted. */
export async function openLevelStore(options: LevelStoreOptions): Promise<Store> {
  const { directory, log, createIfMissing, migrations = MIGRATIONS } = options;
  const { openDatabase = openLevel, openHead = (path) => HeadFile.open(path) } = options;
  const reopening = { directory, createIfMissing: false, migrations, openDatabase, openHead };
  const state = await openState({ ...reopening, createIfMissing });
  const release = await nameHolder(directory).catch(async (error: unknown) => {
    await Promise.allSettled([state.database.close(), state.headFile.close()]);
    throw new StartError(`the pid file in ${directory} was not written: ${(error as Error).message}`, { cause: error });
  });
  return new LevelStore(state, reopening, release, log);
}

/** LevelDB at `DATA/db`. */
export const openLevel: OpenDatabase = async (path, createIfMissing) => {
  const level = new Level<string, string>(path);
  try {
    await level.open({ createIfMissing, writeBufferSize: logBytesMax });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } };
    if (cause?.code === 'LEVEL_LOCKED') throw await alreadyRunning(join(path, '..'), error);
    throw new StartError(`the database in ${path} does not open: ${cause?.message ?? String(error)}`, { cause: error });
  }
  return {
    get: (key) => level.get(key),
    getMany: (keys) => level.getMany([...keys]),
    rows: (range) => level.iterator(range).all(),
    batch: (entries) => level.batch([...entries], { sync: true }),
    close: () => level.close(),
  };
};

class LevelStore implements Store {
  readonly #options: StateOptions;
  readonly #release: () => Promise<void>;
  readonly #log: Log | undefined;
  #state: State;
  #queue: Promise<void> = Promise.resolve();
  /** Set by a write that failed: what the next one has to mend first. */
  #failed: FailedWrite | 'headBehind' | undefined;

  constructor(state: State, options: StateOptions, release: () => Promise<void>, log: Log | undefined) {
    this.#state = state;
    this.#options = options;
    this.#release = release;
    this.#log = log;
  }

  write(changes: readonly Change[]): Promise<void> {
    const rows = changes.map(toRowChange);
    const done = this.#queue.then(() => this.#writeInTurn(rows));
    this.#queue = done.catch(() => {});
    return done;
  }

  async #writeInTurn(rows: readonly RowChange[]): Promise<void> {
    try {
      await this.#mend();
      await this.#append(rows);
    } catch (cause) {
      throw storeFailed('the state was not written', cause);
    }
  }

  async #append(rows: readonly RowChange[]): Promise<void> {
    const batch = sealBatch(this.#state.head, rows);
    try {
      await this.#commit(batch);
    } catch (cause) {
      const undo = await rowsBefore(this.#state.database, rows).catch(() => undefined);
      this.#failed = { hash: batch.head.hash, undo };
      throw cause;
    }
  }

  /** Durable when it resolves, whether or not HEAD could say so. */
  async #commit({ head, entries }: SealedBatch): Promise<void> {
    await this.#state.database.batch(entries);
    this.#state = { ...this.#state, head };
    this.#failed = undefined;
    try {
      await this.#state.headFile.write(head);
    } catch (error) {
      this.#failed = 'headBehind';
      this.#log?.error({ error }, 'HEAD was not written; no further change is accepted until it can be');
    }
  }

  /** Makes the state writable again after a write that failed; rejects while that cannot be. */
  async #mend(): Promise<void> {
    if (typeof this.#failed === 'object') await this.#openAnew(this.#failed);
    if (this.#failed === 'headBehind') await this.#state.headFile.write(this.#state.head);
    this.#failed = undefined;
  }

  async #openAnew(failed: FailedWrite): Promise<void> {
    const { directory } = this.#options;
    // While the disk is full, opening would fail and take the reads away with it.
    await assertRoom(directory);
    await Promise.allSettled([this.#state.database.close(), this.#state.headFile.close()]);
    this.#state = await openState(this.#options);
    if (this.#state.head.hash === failed.hash) await this.#takeBack(failed);
    this.#log?.info({ directory }, 'the state was opened anew after a failed write');
  }

  /** The failed batch is on disk after all, but its caller was told that it is not. */
  async #takeBack(failed: FailedWrite): Promise<void> {
    if (failed.undo === undefined) {
      throw new Error('a change that was reported as failed is on disk; restart berthd to go on from it');
    }
    await this.#commit(sealBatch(this.#state.head, failed.undo));
  }

  async load(): Promise<{ [T in Resident]: ReadonlyMap<string, Tables[T]> }> {
    const tables = await Promise.all(RESIDENT.map(async (table) => [table, await this.#table(table)] as const));
    return Object.fromEntries(tables) as unknown as { [T in Resident]: ReadonlyMap<string, Tables[T]> };
  }

  async #table<T extends Table>(table: T): Promise<ReadonlyMap<string, Tables[T]>> {
    const rows = new Map<string, Tables[T]>();
    await this.#read(async (database) => {
      for (const [key, text] of await database.rows(tableRange(table))) {
        rows.set(keyInTable(table, key), decodeRow<Tables[T]>(key, text).value);
      }
    });
    return rows;
  }

  get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined> {
    const at = rowKey(table, key);
    return this.#read(async (database) => {
      const text = await database.get(at);
      return text === undefined ? undefined : decodeRow<Tables[T]>(at, text).value;
    });
  }

  versions(name: string, options: { limit?: number; before?: number } = {}): Promise<readonly VersionRecord[]> {
    return this.#newestFirst(versionRange(name, options.before), options.limit);
  }

  volumeVersions(name: string): Promise<readonly VolumeVersionRecord[]> {
    return this.#newestFirst(versionRange(name, undefined, 'volumeVersion'));
  }

  #newestFirst<T>(range: KeyRange, limit = -1): Promise<readonly T[]> {
    return this.#read(async (database) => {
      const rows = await database.rows({ ...range, reverse: true, limit });
      return rows.map(([key, text]) => decodeRow<T>(key, text).value);
    });
  }

  newest<T extends Table>(table: T, limit: number): Promise<readonly Tables[T][]> {
    return this.#read(async (database) => {
      const rows = await database.rows({ ...tableRange(table), reverse: true, limit });
      return rows.map(([key, text]) => decodeRow<Tables[T]>(key, text).value);
    });
  }

  async #read<R>(from: (database: Database) => Promise<R>): Promise<R> {
    try {
      return await from(this.#state.database);
    } catch (cause) {
      throw storeFailed('the state was not read', cause);
    }
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#release();
    await this.#state.headFile.close();
    await this.#state.database.close();
  }
}

interface FailedWrite {
  /** The batch that was answered with a failure. */
  readonly hash: string;
  /** What puts its rows back; undefined when they could not be read any more. */
  readonly undo: readonly RowChange[] | undefined;
}

function toRowChange(change: Change): RowChange {
  const json = 'del' in change ? undefined : JSON.stringify(change.value);
  return { key: rowKey(change.table, change.key), json };
}

/** LevelDB shows no batch to its readers whose write failed, so this is what was there before. */
async function rowsBefore(database: Database, rows: readonly RowChange[]): Promise<readonly RowChange[]> {
  const keys = rows.map(({ key }) => key);
  const texts = await database.getMany(keys);
  return keys.map((key, index) => {
    const text = texts[index];
    return { key, json: text === undefined ? undefined : JSON.stringify(decodeRow(key, text).value) };
  });
}

/** What opening LevelDB anew may write: its log as a table, and a new log. */
async function assertRoom(directory: string): Promise<void> {
  const probe = join(directory, 'room.probe');
  try {
    await writeFile(probe, Buffer.alloc(4 * logBytesMax), { flush: true });
  } finally {
    await rm(probe, { force: true });
  }
}

function storeFailed(what: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('STORE_FAILED', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
