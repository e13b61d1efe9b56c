/** Every schema that was ever released has its database in test/golden/state/schemaN; a new one joins by being there. */
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dispatch, ENTRIES } from '../../../../../common/services.ts';
import { openLevelStore } from '../../../../../daemon/adapters/levelStore.ts';
import { MIGRATIONS, newestSchema } from '../../../../../daemon/adapters/migrations/index.ts';
import { type Change, put, RESIDENT, versionKey } from '../../../../../daemon/core/records.ts';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { goldenRows } from '../../../../rig/state/goldenState.ts';

type LevelStore = Awaited<ReturnType<typeof openLevelStore>>;

const golden = new URL('../../../../golden/state', import.meta.url).pathname;
const kept = readdirSync(golden).map((name) => Number(name.replace('schema', '')));
const newest = newestSchema(MIGRATIONS);

test('a database of every schema up to the one of today is kept', () => {
  expect(kept.toSorted((a, b) => a - b)).toEqual(Array.from({ length: newest }, (_, at) => at + 1));
});

/** Table → fields that all rows of it have today. */
function fieldsToday(rows: readonly Change[]): ReadonlyMap<string, readonly string[]> {
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return new Map(
    [...byTable].map(([table, all]) => {
      const [first = [], ...others] = all.map((row) => ('value' in row ? fieldsOf(row.value) : []));
      return [table, first.filter((field) => others.every((fields) => fields.includes(field)))];
    }),
  );
}

/** Names of all fields, those of objects within by their paths; what is keyed by people's own names is left alone. */
function fieldsOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || OPEN.has(path)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, `${path}.${key}`));
}
/** What the types of today let rows leave out, since older ones have none. */
const OPTIONAL: ReadonlySet<string> = new Set(['intent.answer', 'intent.binds', 'version.volumes']);
const OPEN: ReadonlySet<string> = new Set(['.volumes', '.answer', '.healthcheck']);

describe.each(kept)('a database of schema %i', (schema) => {
  let directory: string;
  let store: LevelStore;
  let rows: readonly Change[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-schema-'));
    await cp(join(golden, `schema${schema}`), directory, { recursive: true });
    store = await openLevelStore({ directory, createIfMissing: false });
    rows = await rowsOf(store);
  });
  afterAll(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  test('opens, and says that it has the schema of today', async () => {
    expect(store.trouble).toBeNull();
    expect(await store.get('meta', 'schema')).toBe(String(newest));
    expect(rows.filter(({ table }) => table === 'version').length).toBeGreaterThan(1);
  });

  test('has every field that rows have today', async () => {
    const today = fieldsToday(await goldenRows());
    const missing = rows.flatMap((row) => {
      const fields = 'value' in row ? fieldsOf(row.value) : [];
      const begun = (path: string): boolean => fields.some((field) => path === field || path.startsWith(`${field}.`));
      return (today.get(row.table) ?? [])
        .filter((path) => !begun(path) && !OPTIONAL.has(`${row.table}${path}`))
        .map((path) => `${row.table}/${row.key}${path}`);
    });
    expect(missing).toEqual([]);
  });

  test('is what the daemon of today shows and goes on from', async () => {
    const rig = await CoreRig.open();
    rig.store.apply(rows);
    await rig.restart();
    const names = rows.flatMap(({ table, key }) => (table === 'set' ? [key] : []));
    const volumes = rows.flatMap(({ table, key }) => (table === 'volume' ? [key] : []));
    const ask = async (path: string, input: object): Promise<void> => {
      const entry = ENTRIES.find((it) => it.path === path);
      if (entry === undefined) throw new Error(`there is no ${path}`);
      entry.procedure.output.parse(await dispatch(rig.services, entry, rig.caller(), input));
    };
    for (const path of ['replicaSet.list', 'volume.list', 'resource.gpuList', 'resource.portList', 'operation.list'])
      await ask(path, {});
    for (const name of names)
      for (const verb of ['status', 'info', 'history', 'versions']) await ask(`replicaSet.${verb}`, { name });
    for (const name of volumes)
      for (const verb of ['status', 'info', 'history', 'versions']) await ask(`volume.${verb}`, { name });
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) await ask('replicaSet.remove', { name });
    expect(rig.store.rows('version').size).toBe(0);
  });
});

async function rowsOf(store: LevelStore): Promise<readonly Change[]> {
  const resident = await store.load();
  const changes: Change[] = RESIDENT.flatMap((table) =>
    [...resident[table]].map(([key, value]) => put(table, key, value)),
  );
  for (const name of resident.set.keys())
    for (const version of await store.versions(name))
      changes.push(put('version', versionKey(name, version.version), version));
  for (const name of resident.volume.keys())
    for (const row of await store.volumeVersions(name))
      changes.push(put('volumeVersion', versionKey(name, row.version), row));
  for (const row of await store.newest('audit', 1000)) changes.push(put('audit', row.id, row));
  return changes;
}
