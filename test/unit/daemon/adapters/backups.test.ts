import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBackup } from '../../../../daemon/adapters/backupFile.ts';
import { BackupDirectory } from '../../../../daemon/adapters/backups.ts';
import { type KeptStore, openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import { put } from '../../../../daemon/core/records.ts';
import { RecordingLog } from '../../../rig/recordingLog.ts';

const HOUR_MS = 3_600_000;

let directory: string;
let store: KeptStore;
let now = new Date('2026-01-01T00:00:00.000Z');
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-backups-'));
  store = await openLevelStore({ directory: join(directory, 'data'), createIfMissing: true });
  now = new Date('2026-01-01T00:00:00.000Z');
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const into = (keep = 3, path = join(directory, 'backups')): BackupDirectory =>
  new BackupDirectory({ directory: path, keep, store, log: new RecordingLog(), now: () => now });

test('a backup is taken while changes go on, and holds one moment', async () => {
  const backups = into();
  const writes = Array.from({ length: 50 }, (_, at) => store.write([put('hw', 'a', at), put('hw', 'b', at)]));
  const [view] = await Promise.all([backups.take(), ...writes]);
  const rows = new Map<string, string>();
  const summary = await readBackup(view.path, async (some) => {
    for (const [key, text] of some) rows.set(key, text);
  });
  expect(summary.instance).toBe(await store.get('meta', 'instance'));
  const textOf = (key: string): string | undefined => rows.get(key)?.split(' ')[2];
  expect(textOf('hw/a')).toBe(textOf('hw/b'));
  expect(await backups.list()).toEqual([view]);
});

test('the oldest of too many are given up, and nothing else in the directory', async () => {
  const backups = into(2);
  for (let hour = 0; hour < 4; hour += 1) {
    await store.write([put('hw', 'a', hour)]);
    await backups.take();
    now = new Date(now.getTime() + HOUR_MS);
    await writeFile(join(directory, 'backups', 'mine.backup'), '');
  }
  expect((await readdir(join(directory, 'backups'))).toSorted()).toEqual([
    'berth-20260101T020000Z-4.backup',
    'berth-20260101T030000Z-5.backup',
    'mine.backup',
  ]);
  expect((await backups.list()).map(({ sequence, at }) => [sequence, at])).toEqual([
    [5, '2026-01-01T03:00:00.000Z'],
    [4, '2026-01-01T02:00:00.000Z'],
  ]);
});

test('it is due every so often, and only when something has changed', async () => {
  const backups = into(10);
  const end = new AbortController();
  let minutes = 0;
  const sleep = async (ms: number): Promise<void> => {
    minutes += ms / 60_000;
    now = new Date(now.getTime() + ms);
    if (minutes === 90) await store.write([put('hw', 'a', 1)]);
    if (minutes === 300) end.abort();
  };
  await backups.takeUntil(end.signal, HOUR_MS, sleep);
  expect((await backups.list()).map(({ at }) => at)).toEqual(['2026-01-01T01:30:00.000Z', '2026-01-01T00:00:00.000Z']);
});

test('one that cannot be written leaves no half file, and says why', async () => {
  await writeFile(join(directory, 'file'), '');
  await expect(into(3, join(directory, 'file')).take()).rejects.toMatchObject({ code: 'BACKUP_FAILED' });
  store.reportDamage('a row is damaged');
  await expect(into().take()).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
});
