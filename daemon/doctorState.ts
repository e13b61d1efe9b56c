/**
 * The part of berthd doctor that looks at a state which nobody holds: its files byte by byte, its rows from a copy.
 *
 * Not here: a state that a daemon holds, and everything that is no state (doctor.ts).
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBytes } from '../common/units.ts';
import { followChain, type Head } from './adapters/batchChain.ts';
import { decodeRow } from './adapters/codecs.ts';
import { damageText } from './adapters/damage.ts';
import { HeadFile } from './adapters/headFile.ts';
import { chainRange, rowKey } from './adapters/keys.ts';
import type { Database } from './adapters/levelDatabase.ts';
import { MIGRATIONS, migrationsFrom } from './adapters/migrations/index.ts';
import { proveRoots, proveTables } from './adapters/proveFiles.ts';
import { openView } from './adapters/readOnlyView.ts';
import { assertAlone } from './adapters/replaceState.ts';
import { RowReader } from './adapters/rowReader.ts';
import type { LoadedRows } from './core/store.ts';
import { BELOW, bad, type Finding, note, ok } from './finding.ts';

/** `backup`: the newest one, for the advice. */
export async function examineState(directory: string, backup: string | undefined): Promise<readonly Finding[]> {
  try {
    await assertAlone(directory);
  } catch (error) {
    return [bad('daemon', (error as Error).message, 'Ask that daemon: `berth version`')];
  }
  const held = ok('daemon', 'none runs on this state');
  if (!(await isThere(join(directory, 'HEAD'))) && !(await isThere(join(directory, 'db')))) {
    const text = 'there is none; berthd makes a new one at its first start';
    return [held, note('state', text, `If there was one: ${repairAdvice(backup)}`)];
  }
  const looks = [...(await examineFiles(directory)), ...(await examineRows(directory))];
  const isBad = looks.some((finding) => finding.state === 'bad');
  return [held, ...looks, ...(isBad ? [bad('what to do', 'the state is damaged', repairAdvice(backup))] : [])];
}

/** A backup first: labels know less. */
export const repairAdvice = (backup: string | undefined): string =>
  `${backup === undefined ? 'there is no backup here; `berthd restore FILE` takes one from elsewhere' : `\`berthd restore ${backup}\``}. ` +
  'Without a good backup `berthd doctor --rebuild` makes the records again from what Docker knows. Both keep the old state aside';

async function examineFiles(directory: string): Promise<readonly Finding[]> {
  if (!(await isThere(join(directory, 'db'))))
    return [bad('files', 'the database is gone, HEAD says that there was one', BELOW)];
  const { damages, live } = await proveRoots(directory);
  const found = [...damages];
  let bytes = 0;
  for await (const table of live === undefined ? [] : proveTables(directory, live)) {
    bytes += table.bytes;
    if (table.damage !== undefined) found.push(table.damage);
  }
  if (found.length === 0)
    return [ok('files', `HEAD, manifest, log and ${live?.tables.size ?? 0} tables are whole (${formatBytes(bytes)})`)];
  return found.map((it) =>
    it.isHarmless ? note('files', damageText(it), 'Nothing: berthd mends it') : bad('files', damageText(it), BELOW),
  );
}

/** From a copy, so that LevelDB changes nothing. */
async function examineRows(directory: string): Promise<readonly Finding[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'berth-doctor-'));
  try {
    const database = await openView(directory, join(scratch, 'db'));
    return await examineDatabase(database, await readHead(directory)).finally(() => database.close());
  } catch (error) {
    return [bad('rows', `cannot be read: ${(error as Error).message}`, BELOW)];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function examineDatabase(database: Database, head: Head | undefined): Promise<readonly Finding[]> {
  const damaged: string[] = [];
  const links: (readonly [string, string])[] = [];
  let rows = 0;
  for await (const some of database.all()) {
    for (const [key, text] of some) {
      rows += 1;
      if (key >= chainRange.gte && key < chainRange.lt) links.push([key, text]);
      if (attempt(() => decodeRow(key, text)) !== undefined) damaged.push(key);
    }
  }
  const ignore = (): void => {};
  return [
    examineChain(links, head),
    damaged.length === 0
      ? ok('rows', `${rows} match their checksums`)
      : bad('rows', `damaged: ${damaged.slice(0, 10).join(', ')}`, BELOW),
    examineSchema(await database.get(rowKey('meta', 'schema'))),
    ...examineGrants(await new RowReader(() => database, ignore).load()),
  ];
}

async function readHead(directory: string): Promise<Head | undefined> {
  try {
    const file = await HeadFile.open(join(directory, 'HEAD'));
    return await file.read().finally(() => file.close());
  } catch {
    return undefined;
  }
}

function examineChain(links: readonly (readonly [string, string])[], head: Head | undefined): Finding {
  let newest: Head | undefined;
  const fault = attempt(() => {
    newest = followChain(links).at(-1);
  });
  if (fault !== undefined) return bad('chain', fault, BELOW);
  if (head === undefined) return bad('chain', 'HEAD cannot be read, so nobody knows where it should end', BELOW);
  if (newest === undefined || newest.sequence < head.sequence || newest.sequence > head.sequence + 1) {
    return bad('chain', `it ends at change ${newest?.sequence ?? 0}, HEAD names ${head.sequence}`, BELOW);
  }
  return ok('chain', `unbroken to change ${newest.sequence}, which HEAD names`);
}

function examineSchema(text: string | undefined): Finding {
  if (text === undefined) return bad('schema', 'the row that names it is missing: no Berth has written this', BELOW);
  let schema = '';
  const fault = attempt(() => {
    schema = decodeRow<string>(rowKey('meta', 'schema'), text).value;
    migrationsFrom(Number(schema), MIGRATIONS);
  });
  return fault === undefined ? ok('schema', schema) : bad('schema', fault, 'Install the newer version of Berth again');
}

/** Every grant has its set, or an operation that is about to make one. */
function examineGrants({ set, gpuLease, portLease, intent }: LoadedRows): readonly Finding[] {
  const isKnown = (name: string | null): boolean =>
    name === null || set.has(name) || [...intent.values()].some((open) => open.name === name);
  const orphans = [
    ...[...gpuLease.values()].filter(({ name }) => !isKnown(name)).map((it) => `GPU ${it.uuid} to ${it.name}`),
    ...[...portLease.values()]
      .filter(({ name }) => !isKnown(name))
      .map((it) => `host port ${it.hostPort} to ${it.name}`),
  ];
  const held = `${gpuLease.size} GPUs and ${portLease.size} host ports; ${set.size} replicaSets`;
  const grants =
    orphans.length === 0
      ? ok('grants', held)
      : bad('grants', `to sets that are not there: ${orphans.join(', ')}`, 'Please report this: it should never be so');
  if (intent.size === 0) return [grants];
  return [
    grants,
    note('operations', `${intent.size} were cut off`, 'Nothing: berthd undoes or finishes them at its start'),
  ];
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function attempt(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
