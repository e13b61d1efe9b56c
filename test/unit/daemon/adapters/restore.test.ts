import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BackupDirectory } from '../../../../daemon/adapters/backups.ts';
import { openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import { MIGRATIONS, newestSchema } from '../../../../daemon/adapters/migrations/index.ts';
import type { Migration } from '../../../../daemon/adapters/migrations/migration.ts';
import { restore } from '../../../../daemon/adapters/restore.ts';
import { put } from '../../../../daemon/core/records.ts';
import { RecordingLog } from '../../../rig/recordingLog.ts';

let directory: string;
let data: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-restore-'));
  data = join(directory, 'data');
});
afterEach(() => rm(directory, { recursive: true }));

const now = new Date('2026-01-01T00:00:00.000Z');

async function write(count: number, path = data): Promise<void> {
  const store = await openLevelStore({ directory: path, createIfMissing: true });
  await store.write([put('hw', 'count', count)]);
  await store.close();
}

async function backUp(path = data, migrations: readonly Migration[] = MIGRATIONS): Promise<string> {
  const store = await openLevelStore({ directory: path, createIfMissing: true, migrations });
  const into = { directory: join(directory, 'backups'), keep: 9, store, log: new RecordingLog(), now: () => now };
  const view = await new BackupDirectory(into).take();
  await store.close();
  return view.path;
}

const restoreIt = (file: string, options: { force?: boolean; into?: string } = {}) =>
  restore({
    file,
    directory: options.into ?? data,
    migrations: MIGRATIONS,
    force: options.force ?? false,
    now,
    scratch: join(directory, 'scratch'),
  });

async function countIn(path = data): Promise<number | undefined> {
  const store = await openLevelStore({ directory: path, createIfMissing: false });
  expect(store.trouble).toBeNull();
  const count = await store.get('hw', 'count');
  await store.close();
  return count;
}

const damages: readonly (readonly [string, () => Promise<void>])[] = [
  ['is as it was', async () => {}],
  ['lost its CURRENT', () => rm(join(data, 'db', 'CURRENT'))],
  ['lost its HEAD', () => rm(join(data, 'HEAD'))],
  ['lost its database', () => rm(join(data, 'db'), { recursive: true })],
  ['is gone', () => rm(data, { recursive: true })],
];

test.each(damages)('a backup is put back where the state %s, and what was there is kept', async (_, harm) => {
  await write(1);
  const file = await backUp();
  await write(2);
  await harm();
  const before = await readdir(data).catch(() => []);
  const { aside, sequence } = await restoreIt(file);
  expect(await countIn()).toBe(1);
  expect(sequence).toBe(2);
  expect(await readdir(data)).not.toContain('incoming');
  if (before.length === 0) expect(aside).toBeUndefined();
  else
    expect((await readdir(aside ?? '')).toSorted()).toEqual(
      before.filter((name) => /^(HEAD|db)$/.test(name)).toSorted(),
    );
  await write(3);
  expect(await countIn()).toBe(3);
});

describe('refused, and nothing is changed', () => {
  test('while a daemon has the state', async () => {
    await write(1);
    const file = await backUp();
    const store = await openLevelStore({ directory: data, createIfMissing: false });
    await expect(restoreIt(file)).rejects.toThrow(`berthd is already running on ${data} with pid ${process.pid}`);
    await store.close();
    expect(await countIn()).toBe(1);
  });

  test('a backup of another installation, unless forced', async () => {
    await write(1);
    const theirs = join(directory, 'theirs');
    await write(7, theirs);
    const file = await backUp(theirs);
    await expect(restoreIt(file)).rejects.toThrow(/was taken by another installation .*repeat with --force/);
    expect(await countIn()).toBe(1);
    await restoreIt(file, { force: true });
    expect(await countIn()).toBe(7);
  });

  test('a backup of a newer schema', async () => {
    const newer: Migration = { to: newestSchema(MIGRATIONS) + 1, rewrite: (row) => row };
    const theirs = join(directory, 'theirs');
    const file = await backUp(theirs, [...MIGRATIONS, newer]);
    await write(1);
    await expect(restoreIt(file, { force: true })).rejects.toThrow('written by a newer Berth');
    expect(await countIn()).toBe(1);
  });

  test('a file that is no backup', async () => {
    await write(1);
    await writeFile(join(directory, 'text'), 'hello');
    await expect(restoreIt(join(directory, 'text'))).rejects.toThrow('is not a backup of Berth');
    expect(await countIn()).toBe(1);
    expect(await readdir(data)).not.toContain('incoming');
  });
});

test('a restore that was cut off between its two moves is never taken for a first installation', async () => {
  await write(1);
  const file = await backUp();
  await cp(join(data, 'db'), join(data, 'aside-x', 'db'), { recursive: true });
  await rm(join(data, 'db'), { recursive: true });
  await expect(openLevelStore({ directory: data, createIfMissing: true })).rejects.toThrow('is gone');
  await restoreIt(file);
  expect(await countIn()).toBe(1);
});
