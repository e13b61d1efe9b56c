/**
 * LevelDB itself: opening it, asking whether somebody holds it, and repairing a copy.
 *
 * Not here: what lies in it (keys.ts, codecs.ts), whether it can be trusted (openState.ts).
 */
import { join } from 'node:path';
import { Level } from 'level';
import { StartError } from '../core/startError.ts';
import { type BatchEntry, logBytesMax } from './batchChain.ts';
import { alreadyRunning } from './instanceLock.ts';
import type { KeyRange } from './keys.ts';

/** What the store uses of LevelDB. */
export interface Database {
  get(key: string): Promise<string | undefined>;
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  rows(
    range: Partial<KeyRange> & { reverse?: boolean; limit?: number },
  ): Promise<readonly (readonly [string, string])[]>;
  /** Every row as it is at this moment, whatever is written meanwhile, some at a time. */
  all(): AsyncIterable<readonly (readonly [string, string])[]>;
  /** All or nothing, synced. */
  batch(entries: readonly BatchEntry[]): Promise<void>;
  close(): Promise<void>;
}

export type OpenDatabase = (path: string, createIfMissing: boolean) => Promise<Database>;

/** The database is there, and LevelDB finds it broken. */
export class DatabaseBroken extends Error {
  override readonly name = 'DatabaseBroken';
}

const rowsAtOnce = 500;

/** LevelDB at `DATA/db`. Throws StartError when another process holds it, DatabaseBroken when it does not open. */
export const openLevel: OpenDatabase = async (path, createIfMissing) => {
  const level = new Level<string, string>(path);
  try {
    await level.open({ createIfMissing, writeBufferSize: logBytesMax });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } };
    if (cause?.code === 'LEVEL_LOCKED') throw await alreadyRunning(join(path, '..'), error);
    throw new DatabaseBroken(`the database in ${path} does not open: ${cause?.message ?? String(error)}`, {
      cause: error,
    });
  }
  return {
    get: (key) => level.get(key),
    getMany: (keys) => level.getMany([...keys]),
    rows: (range) => level.iterator(range).all(),
    all: () => batches(level.iterator()),
    batch: (entries) => level.batch([...entries], { sync: true }),
    close: () => level.close(),
  };
};

/** The iterator sees the rows of the moment in which it was made. */
async function* batches(iterator: {
  nextv(count: number): Promise<[string, string][]>;
  close(): Promise<void>;
}): AsyncGenerator<readonly (readonly [string, string])[]> {
  try {
    for (;;) {
      const rows = await iterator.nextv(rowsAtOnce);
      if (rows.length === 0) return;
      yield rows;
    }
  } finally {
    await iterator.close();
  }
}

/** Throws StartError when another process holds the database. LevelDB takes its lock first, and then goes no further. */
export async function assertNotHeld(path: string): Promise<void> {
  const level = new Level<string, string>(path);
  try {
    await level.open({ createIfMissing: false, errorIfExists: true });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (cause?.code === 'LEVEL_LOCKED') throw await alreadyRunning(join(path, '..'), error);
    return;
  }
  await level.close();
  throw new StartError(`the database in ${path} changed while it was looked at`);
}

/** What can be saved of a broken database, in place: for copies only. */
export const repairCopy = (path: string): Promise<void> =>
  // `level` types only what it has in browsers too.
  (Level as unknown as { repair(path: string): Promise<void> }).repair(path);
