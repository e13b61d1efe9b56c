/**
 * Opens the state and proves it whole before anybody reads it.
 *
 *  DATA/db/          LevelDB
 *  DATA/HEAD         newest batch (headFile.ts)
 *  DATA/db.schemaN/  copy kept of the state before a migration from schema N
 *
 * Invariants
 *  - A new database is made only where there never was one: HEAD is made first, and from the first batch on it names
 *    one. LevelDB alone would make a new one in silence whenever its CURRENT file is missing.
 *  - A database behind HEAD is refused, whichever way it lost its tail. One batch ahead is what a crash between the
 *    batch and HEAD leaves; HEAD catches up.
 *
 * Not here: LevelDB itself, handed in as `openDatabase`; writing (levelStore.ts).
 */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../common/errors.ts';
import { StartError } from '../core/startError.ts';
import { type BatchEntry, followChain, genesis, type Head, type RowChange, sealBatch } from './batchChain.ts';
import { decodeRow, type Row } from './codecs.ts';
import { HeadFile, type Witness } from './headFile.ts';
import { chainRange, type KeyRange, rowKey } from './keys.ts';
import { migrationsFrom, newestSchema } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';

/** What the store uses of LevelDB. */
export interface Database {
  get(key: string): Promise<string | undefined>;
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  rows(
    range: Partial<KeyRange> & { reverse?: boolean; limit?: number },
  ): Promise<readonly (readonly [string, string])[]>;
  /** All or nothing, synced. */
  batch(entries: readonly BatchEntry[]): Promise<void>;
  close(): Promise<void>;
}

export type OpenDatabase = (path: string, createIfMissing: boolean) => Promise<Database>;

export type OpenHead = (path: string) => Promise<Witness>;

export interface StateOptions {
  readonly directory: string;
  /** Whether a first installation is welcome. Never makes a new state in place of a lost one. */
  readonly createIfMissing: boolean;
  readonly openDatabase: OpenDatabase;
  readonly openHead: OpenHead;
  readonly migrations: readonly Migration[];
}

export interface State {
  readonly database: Database;
  readonly headFile: Witness;
  readonly head: Head;
}

const schemaKey = rowKey('meta', 'schema');
const instanceKey = rowKey('meta', 'instance');

/** Throws StartError, for every way in which the state is not what was acknowledged. */
export async function openState(options: StateOptions): Promise<State> {
  try {
    return await openProven(options);
  } catch (error) {
    throw error instanceof AppError ? refusal(options.directory, error.message, error) : error;
  }
}

async function openProven(options: StateOptions): Promise<State> {
  const { directory } = options;
  await using undo = new AsyncDisposableStack();
  const headFile = undo.adopt(await openOrCreateHead(options), (file) => file.close());
  const { sequence } = await readHead(directory, headFile);
  const fresh = sequence === 0;
  if (!fresh && !(await filesIn(join(directory, 'db'))).includes('CURRENT')) {
    throw refusal(directory, `HEAD names batch ${sequence}, but the database in db/ is gone`);
  }
  const database = undo.adopt(await options.openDatabase(join(directory, 'db'), fresh), (db) => db.close());
  // Read again under LevelDB's lock: another daemon may have been writing until a moment ago.
  const witnessed = await readHead(directory, headFile);
  const head = await provenHead(directory, database, witnessed);
  if (head.sequence > witnessed.sequence) await headFile.write(head);
  const current = await bringUpToDate({ database, headFile, head }, options);
  undo.move();
  return current;
}

async function openOrCreateHead({ directory, createIfMissing, openHead }: StateOptions): Promise<Witness> {
  const path = join(directory, 'HEAD');
  const names = await filesIn(directory);
  if (names.includes('HEAD')) return openHead(path);
  if ((await filesIn(join(directory, 'db'))).length > 0) throw refusal(directory, 'its HEAD file is gone');
  if (!createIfMissing) throw new StartError(`there is no state of berthd in ${directory}; check --data`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await HeadFile.create(path);
  } catch (error) {
    throw new StartError(`no state can be made in ${directory}: ${(error as Error).message}`, { cause: error });
  }
}

async function readHead(directory: string, file: Witness): Promise<Head> {
  const head = await file.read();
  if (head === undefined) throw refusal(directory, 'its HEAD file is damaged');
  return head;
}

/** The end of the chain, once it is known to reach as far as HEAD. */
async function provenHead(directory: string, database: Database, witnessed: Head): Promise<Head> {
  const heads = followChain(await database.rows(chainRange));
  const newest = heads.at(-1) ?? genesis;
  const ahead = newest.sequence - witnessed.sequence;
  if (ahead < 0) {
    throw refusal(directory, `acknowledged changes are gone: HEAD names batch ${witnessed.sequence}, ${reach(newest)}`);
  }
  const same = [genesis, ...heads].find((head) => head.sequence === witnessed.sequence);
  if (ahead > 1 || same?.hash !== witnessed.hash) {
    throw refusal(directory, `HEAD and the database belong to different states: ${reach(newest)}`);
  }
  return newest;
}

const reach = (newest: Head): string => `the database ends at batch ${newest.sequence}`;

/** Gives a fresh state its schema number and instance id, and an old one its new form. */
async function bringUpToDate(state: State, { directory, migrations }: StateOptions): Promise<State> {
  const schema = JSON.stringify(String(newestSchema(migrations)));
  const found = await state.database.get(schemaKey);
  if (found === undefined) {
    return append(state, [
      { key: schemaKey, json: schema },
      { key: instanceKey, json: JSON.stringify(randomUUID()) },
    ]);
  }
  const number = Number(decodeRow<string>(schemaKey, found).value);
  const due = migrationsFrom(number, migrations);
  if (due.length === 0) return state;
  const copy = join(directory, `db.schema${number}`);
  await rm(copy, { recursive: true, force: true });
  await cp(join(directory, 'db'), copy, { recursive: true });
  return append(state, [...(await rewritten(state.database, due)), { key: schemaKey, json: schema }]);
}

async function rewritten(database: Database, due: readonly Migration[]): Promise<RowChange[]> {
  const changes: RowChange[] = [];
  for (const [key, text] of await database.rows({})) {
    if (key === schemaKey || (key >= chainRange.gte && key < chainRange.lt)) continue;
    const { value }: Row = decodeRow(key, text);
    const row = due.reduce<ReturnType<Migration['rewrite']>>((now, step) => now && step.rewrite(now), { key, value });
    if (row?.key !== key) changes.push({ key, json: undefined });
    if (row !== undefined) changes.push({ key: row.key, json: JSON.stringify(row.value) });
  }
  return changes;
}

async function append(state: State, changes: readonly RowChange[]): Promise<State> {
  const { head, entries } = sealBatch(state.head, changes);
  await state.database.batch(entries);
  await state.headFile.write(head);
  return { ...state, head };
}

const filesIn = (path: string): Promise<readonly string[]> =>
  readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new StartError(`the data directory ${path} cannot be read: ${error.message}`, { cause: error });
  });

const refusal = (directory: string, why: string, cause?: unknown): StartError =>
  new StartError(
    `the state in ${directory} cannot be trusted: ${why}. Restore db/ and HEAD together from one backup, ` +
      'or start on another --data directory; nothing was changed',
    { cause },
  );
