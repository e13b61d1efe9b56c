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
 *  - Looking changes nothing: the files are proven before LevelDB opens them, and damaged ones it never does.
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
import { followChain, genesis, type Head, type RowChange, sealBatch } from './batchChain.ts';
import { decodeRow, type Row } from './codecs.ts';
import { type Damage, damage, damageText } from './damage.ts';
import { HeadFile, type Witness } from './headFile.ts';
import { chainRange, rowKey } from './keys.ts';
import { assertNotHeld, type Database, DatabaseBroken, type OpenDatabase } from './levelDatabase.ts';
import { migrationsFrom, newestSchema } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { proveRoots, proveTables } from './proveFiles.ts';

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
  /** What was found and is mended as the daemon goes on. */
  readonly notes: readonly Damage[];
}

/** What was acknowledged is not what is there. */
export class StateDamaged extends StartError {
  override readonly name = 'StateDamaged';
  readonly damages: readonly Damage[];

  constructor(directory: string, damages: readonly Damage[], options: { cause?: unknown } = {}) {
    const what = damages.map(damageText).join('; ');
    super(
      `the state in ${directory} cannot be trusted: ${what}. \`berthd doctor\` says what to do; nothing was changed`,
      options,
    );
    this.damages = damages;
  }
}

const schemaKey = rowKey('meta', 'schema');
const instanceKey = rowKey('meta', 'instance');

/** Throws StateDamaged where it cannot be trusted, StartError for every other reason not to open it. */
export async function openState(options: StateOptions): Promise<State> {
  const { directory } = options;
  try {
    return await openProven(options);
  } catch (error) {
    if (error instanceof AppError) throw chainDamaged(directory, error.message, error);
    if (!(error instanceof DatabaseBroken)) throw notWritable(directory, error) ?? error;
    throw new StateDamaged(directory, [damage('db', error.message, 'LevelDB cannot open it')], { cause: error });
  }
}

/** Undefined for every other error. */
function notWritable(directory: string, error: unknown): StartError | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EROFS' && code !== 'EACCES' && code !== 'EPERM') return undefined;
  return new StartError(
    `the state in ${directory} cannot be written: ${message}. ` +
      'Make it writable for this user, or copy it to a disk that is, and name that with --data',
    { cause: error },
  );
}

async function openProven(options: StateOptions): Promise<State> {
  const { directory } = options;
  await using undo = new AsyncDisposableStack();
  const headFile = undo.adopt(await openOrCreateHead(options), (file) => file.close());
  const fresh = (await headFile.read())?.sequence === 0;
  const notes = fresh ? [] : await provenRoots(directory);
  const database = undo.adopt(await options.openDatabase(join(directory, 'db'), fresh), (db) => db.close());
  // Read under LevelDB's lock: another daemon may have been writing until a moment ago.
  const witnessed = (await headFile.read()) ?? genesis;
  const head = await provenHead(directory, database, witnessed);
  if (head.sequence > witnessed.sequence) await headFile.write(head);
  const current = await bringUpToDate({ database, headFile, head, notes }, options);
  undo.move();
  return current;
}

async function openOrCreateHead({ directory, createIfMissing, openHead }: StateOptions): Promise<Witness> {
  const path = join(directory, 'HEAD');
  const names = await filesIn(directory);
  if (names.includes('HEAD')) return openHead(path);
  if ((await filesIn(join(directory, 'db'))).length > 0) {
    await assertNotHeld(join(directory, 'db'));
    throw new StateDamaged(directory, [damage('HEAD', 'it is missing', 'it names the newest change')]);
  }
  if (!createIfMissing) throw new StartError(`there is no state of berthd in ${directory}; check --data`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await HeadFile.create(path);
  } catch (error) {
    throw new StartError(`no state can be made in ${directory}: ${(error as Error).message}`, { cause: error });
  }
}

/** Before LevelDB gets hold of it: what it cannot read in its log it drops, and the log with it. */
async function provenRoots(directory: string): Promise<readonly Damage[]> {
  const path = join(directory, 'db');
  if ((await filesIn(path)).every((name) => ['LOCK', 'LOG', 'LOG.old'].includes(name))) {
    throw new StartError(
      `the database in ${path} is gone, and HEAD says that there was one. \`berthd doctor\` says what to do; nothing was changed`,
    );
  }
  await assertNotHeld(path);
  const damages = await provenAtStart(directory);
  if (damages.some((it) => !it.isHarmless)) throw new StateDamaged(directory, damages);
  return damages;
}

/** Tables too, as far as nobody notices: LevelDB merges them, and would make new ones of damaged ones. */
async function provenAtStart(directory: string): Promise<readonly Damage[]> {
  const { damages, live } = await proveRoots(directory);
  const found = [...damages];
  let read = 0;
  for await (const table of live === undefined ? [] : proveTables(directory, live)) {
    if (table.damage !== undefined) found.push(table.damage);
    read += table.bytes;
    if (read > provenAtStartBytes) break;
  }
  return found;
}

/** Well below a second of reading; the rest is proven in the background. */
const provenAtStartBytes = 128 * 1024 * 1024;

/** The end of the chain, once it is known to reach as far as HEAD. */
async function provenHead(directory: string, database: Database, witnessed: Head): Promise<Head> {
  const heads = followChain(await database.rows(chainRange));
  const newest = heads.at(-1) ?? genesis;
  const ahead = newest.sequence - witnessed.sequence;
  if (ahead < 0) {
    throw chainDamaged(
      directory,
      `acknowledged changes are gone: HEAD names batch ${witnessed.sequence}, ${reach(newest)}`,
    );
  }
  const same = [genesis, ...heads].find((head) => head.sequence === witnessed.sequence);
  if (ahead > 1 || same?.hash !== witnessed.hash) {
    throw chainDamaged(directory, `HEAD and the database belong to different states: ${reach(newest)}`);
  }
  return newest;
}

const reach = (newest: Head): string => `the database ends at batch ${newest.sequence}`;

const chainDamaged = (directory: string, fault: string, cause?: unknown): StateDamaged =>
  new StateDamaged(directory, [damage('the chain of changes', fault, 'what is there is not what was acknowledged')], {
    cause,
  });

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

/** The rows of a copy that is only read, in their new form; what is damaged in it is left as it is. */
export async function bringCopyUpToDate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const found = await database.get(schemaKey);
  if (found === undefined) return;
  const due = migrationsFrom(Number(decodeRow<string>(schemaKey, found).value), migrations);
  if (due.length > 0) await database.batch(sealBatch(genesis, await rewritten(database, due, 'tolerant')).entries);
}

async function rewritten(
  database: Database,
  due: readonly Migration[],
  how: 'strict' | 'tolerant' = 'strict',
): Promise<RowChange[]> {
  const changes: RowChange[] = [];
  for (const [key, text] of await database.rows({})) {
    if (key === schemaKey || (key >= chainRange.gte && key < chainRange.lt)) continue;
    if (how === 'tolerant' && !isWhole(key, text)) continue;
    const { value }: Row = decodeRow(key, text);
    const row = due.reduce<ReturnType<Migration['rewrite']>>((now, step) => now && step.rewrite(now), { key, value });
    if (row?.key !== key) changes.push({ key, json: undefined });
    if (row !== undefined) changes.push({ key: row.key, json: JSON.stringify(row.value) });
  }
  return changes;
}

function isWhole(key: string, text: string): boolean {
  try {
    return decodeRow(key, text) !== undefined;
  } catch {
    return false;
  }
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
