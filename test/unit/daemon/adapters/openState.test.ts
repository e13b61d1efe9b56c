import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Head } from '../../../../daemon/adapters/batchChain.ts';
import { HeadFile } from '../../../../daemon/adapters/headFile.ts';
import { openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import { MIGRATIONS, newestSchema } from '../../../../daemon/adapters/migrations/index.ts';
import type { Migration } from '../../../../daemon/adapters/migrations/migration.ts';
import { put } from '../../../../daemon/core/records.ts';
import { StartError } from '../../../../daemon/core/startError.ts';

const newest = newestSchema(MIGRATIONS);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-level-'));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (...parts: string[]): string => join(directory, ...parts);
const open = (options: { createIfMissing?: boolean; migrations?: Migration[] } = {}) =>
  openLevelStore({ directory, createIfMissing: true, ...options });

async function writeCounts(from: number, to: number): Promise<void> {
  const store = await open();
  for (let count = from; count <= to; count += 1) await store.write([put('hw', 'count', count)]);
  await store.close();
}

/** The database behind the store's back. */
async function tamper(change: (level: Level<string, string>) => Promise<void>): Promise<void> {
  const level = new Level<string, string>(at('db'));
  await change(level);
  await level.close();
}

async function flipBit(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function headNow(): Promise<Head | undefined> {
  const file = await HeadFile.open(at('HEAD'));
  const head = await file.read();
  await file.close();
  return head;
}

async function logFile(): Promise<string> {
  const name = (await readdir(at('db'))).find((file) => file.endsWith('.log'));
  if (name === undefined) throw new Error('LevelDB has no log');
  return at('db', name);
}

describe('damage', () => {
  test('a row whose bytes changed is refused by the name of its key, and the others still read', async () => {
    await writeCounts(1, 1);
    await tamper(async (level) => {
      const text = (await level.get('hw/count')) ?? '';
      await level.put('hw/count', text.replace(/1$/, '2'));
    });
    const store = await open();
    await expect(store.get('hw', 'count')).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('hw/count'),
      details: { key: 'hw/count' },
    });
    await expect(store.load()).rejects.toThrow('hw/count');
    expect(await store.get('meta', 'schema')).toBe(String(newest));
    await store.close();
  });

  test('a row that came to lie under another key is refused', async () => {
    await writeCounts(1, 1);
    await tamper(async (level) => level.put('hw/other', (await level.get('hw/count')) ?? ''));
    const store = await open();
    await expect(store.get('hw', 'other')).rejects.toThrow('hw/other');
    await store.close();
  });

  test('a database that lost its newest batches is refused, because HEAD names them', async () => {
    await writeCounts(1, 3);
    await cp(at('db'), at('older'), { recursive: true });
    await writeCounts(4, 5);
    await rm(at('db'), { recursive: true });
    await cp(at('older'), at('db'), { recursive: true });
    await expect(open()).rejects.toThrow(/HEAD names batch 6, the database ends at batch 4/);
  });

  test('a bit that flips in the log loses no batch in silence', async () => {
    await writeCounts(1, 20);
    const log = await logFile();
    const { length } = await readFile(log);
    await flipBit(log, Math.floor(length / 2));
    await expect(open()).rejects.toThrow(/acknowledged changes are gone|lost changes/);
  });

  test('a batch missing in the middle is found', async () => {
    await writeCounts(1, 5);
    await tamper((level) => level.del('seq/0000000000000004'));
    await expect(open()).rejects.toThrow('lost changes between batch 3 and 5');
    await expect(open()).rejects.toBeInstanceOf(StartError);
  });

  test('a database that LevelDB itself finds broken is refused with its reason', async () => {
    await writeCounts(1, 3);
    await writeFile(at('db', 'CURRENT'), 'nonsense');
    await expect(open()).rejects.toThrow(/does not open: .*CURRENT/);
  });

  test('HEAD of another state is refused', async () => {
    await writeCounts(1, 3);
    const head = await HeadFile.open(at('HEAD'));
    await head.write({ sequence: 4, hash: 'f'.repeat(64) });
    await head.close();
    await expect(open()).rejects.toThrow('belong to different states');
  });

  test('a HEAD that was cut off while written falls back to the batch before, and catches up', async () => {
    await writeCounts(1, 3);
    const newest = await headNow();
    await flipBit(at('HEAD'), 20);
    expect((await headNow())?.sequence).toBe(3);
    const store = await open();
    expect(await store.get('hw', 'count')).toBe(3);
    expect(await headNow()).toEqual(newest);
    await store.close();
  });

  test('a HEAD that cannot be read at all is refused', async () => {
    await writeCounts(1, 3);
    await writeFile(at('HEAD'), '');
    await expect(open()).rejects.toThrow('its HEAD file is damaged');
  });
});

describe('a state that is gone', () => {
  test.each([
    ['the database', 'db', /the database in db\/ is gone/],
    ['its CURRENT file', 'db/CURRENT', /the database in db\/ is gone/],
    ['HEAD', 'HEAD', /its HEAD file is gone/],
  ])('without %s nothing new is made in its place', async (_, lost, message) => {
    await writeCounts(1, 3);
    await rm(at(lost), { recursive: true });
    await expect(open()).rejects.toThrow(message);
    await expect(open()).rejects.toThrow('Restore db/ and HEAD together');
  });

  test('no state is made unless a first installation is welcome', async () => {
    await expect(open({ createIfMissing: false })).rejects.toThrow('there is no state of berthd');
    expect(await readdir(directory)).toEqual([]);
  });

  test('a first start that was cut off after HEAD is taken up again', async () => {
    await (await HeadFile.create(at('HEAD'))).close();
    const store = await open();
    expect(await store.get('meta', 'schema')).toBe(String(newest));
    await store.close();
  });

  test('an installation keeps its id', async () => {
    const first = await open();
    const id = await first.get('meta', 'instance');
    await first.close();
    const second = await open();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await second.get('meta', 'instance')).toBe(id);
    await second.close();
  });
});

describe('schema', () => {
  const countInHundreds: Migration = {
    to: newest + 1,
    rewrite: (row) => (row.key === 'hw/count' ? { key: 'hw/hundreds', value: Number(row.value) / 100 } : row),
  };

  test('a state of a newer schema is refused, with both numbers', async () => {
    const newer = await open({ migrations: [...MIGRATIONS, countInHundreds] });
    await newer.close();
    await expect(open()).rejects.toThrow(
      `schema ${newest + 1}, written by a newer Berth; this one knows schemas up to ${newest}`,
    );
  });

  test('an older state is migrated once, all rows and its number together, and a copy of it is kept', async () => {
    await writeCounts(300, 300);
    const store = await open({ migrations: [...MIGRATIONS, countInHundreds] });
    expect(await store.get('hw', 'hundreds')).toBe(3);
    expect(await store.get('hw', 'count')).toBeUndefined();
    expect(await store.get('meta', 'schema')).toBe(String(newest + 1));
    await store.close();
    await (await open({ migrations: [...MIGRATIONS, countInHundreds] })).close();
    const copy = new Level<string, string>(at(`db.schema${newest}`));
    expect(await copy.get('hw/count')).toMatch(/ 300$/);
    await copy.close();
  });
});
