import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
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

/**
 * The store opens, says what is damaged, reads, and writes nothing. Damaged files stay as they are; where every file is
 * sound and only the chain is not, LevelDB may still tidy up.
 */
async function expectReadsOnly(reason: RegExp, count: unknown, what: 'files' | 'chain' = 'files'): Promise<void> {
  const before = await contentOf(directory);
  const store = await open();
  expect(store.trouble).toMatchObject({ kind: 'damaged', reason: expect.stringMatching(reason) });
  expect(await store.get('hw', 'count')).toEqual(count);
  const refusal = { code: 'STORE_DAMAGED', message: expect.stringMatching(reason) };
  await expect(store.write([put('hw', 'count', 0)])).rejects.toMatchObject(refusal);
  await expect(store.ready()).rejects.toMatchObject(refusal);
  expect(await store.get('hw', 'count')).toEqual(count);
  await store.close();
  if (what === 'files') expect(await contentOf(directory)).toEqual(before);
}

/** What holds state, byte for byte: LevelDB's own notes do not. */
async function contentOf(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/^(LOG|LOG\.old|LOCK|ballast)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(name, 'hex')])));
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
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('hw/count'),
      details: { key: 'hw/count' },
    });
    expect((await store.load()).hw.size).toBe(0);
    expect(store.trouble).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('hw/count') });
    await expect(store.write([put('hw', 'other', 1)])).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(await store.get('meta', 'instance')).toBeDefined();
    await store.close();
  });

  test('a row that came to lie under another key is refused', async () => {
    await writeCounts(1, 1);
    await tamper(async (level) => level.put('hw/other', (await level.get('hw/count')) ?? ''));
    const store = await open();
    await expect(store.get('hw', 'other')).rejects.toThrow('hw/other');
    await store.close();
  });

  test('a database that lost its newest batches is only read, because HEAD names them', async () => {
    await writeCounts(1, 3);
    await cp(at('db'), at('older'), { recursive: true });
    await writeCounts(4, 5);
    await rm(at('db'), { recursive: true });
    await cp(at('older'), at('db'), { recursive: true });
    await expectReadsOnly(/it ends at batch 4, and HEAD names batch 6/, 3);
  });

  test('a bit that flips in the log loses no batch in silence', async () => {
    await writeCounts(1, 20);
    const log = await logFile();
    const { length } = await readFile(log);
    await flipBit(log, Math.floor(length / 2));
    await expectReadsOnly(/db\/\d+\.log is damaged: .*checksum/, expect.any(Number));
  });

  test('a batch missing in the middle is found', async () => {
    await writeCounts(1, 5);
    await tamper(async (level) => {
      await level.del('seq/0000000000000004');
      await level.put('seq/0000000000000006', (await level.get('seq/0000000000000006')) ?? '');
    });
    await expectReadsOnly(/lost changes between batch 3 and 5/, 5, 'chain');
  });

  test('a CURRENT that names nothing is only read around', async () => {
    await writeCounts(1, 3);
    await writeFile(at('db', 'CURRENT'), 'nonsense');
    await expectReadsOnly(/db\/CURRENT is damaged: it does not name a manifest/, 3);
  });

  test('a database beside the HEAD of another state is only read', async () => {
    await writeCounts(1, 3);
    const head = await HeadFile.open(at('HEAD'));
    await head.write({ sequence: 4, hash: 'f'.repeat(64) });
    await head.close();
    await expectReadsOnly(/belong to different states/, 3, 'chain');
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

  test('a database whose HEAD cannot be read at all is only read', async () => {
    await writeCounts(1, 3);
    await writeFile(at('HEAD'), '');
    await expectReadsOnly(/HEAD is damaged: it has 0 bytes/, 3);
  });
});

describe('a state that is gone', () => {
  test('without the database nothing new is made in its place', async () => {
    await writeCounts(1, 3);
    await rm(at('db'), { recursive: true });
    await expect(open()).rejects.toThrow(/the database in .*db is gone, .*`berthd doctor` says what to do/);
    await expect(open()).rejects.toBeInstanceOf(StartError);
    expect(await readdir(directory)).not.toContain('db');
  });

  test.each([
    ['db/CURRENT', /db\/CURRENT is damaged: it is missing/],
    ['HEAD', /HEAD is damaged: it is missing/],
    ['the manifest', /db\/MANIFEST-\d+ is damaged: it is missing/],
  ])('without %s it is only read', async (lost, reason) => {
    await writeCounts(1, 3);
    const manifest = (await readdir(at('db'))).find((name) => name.startsWith('MANIFEST')) ?? '';
    await rm(at(lost === 'the manifest' ? `db/${manifest}` : lost));
    await expectReadsOnly(reason, 3);
  });

  test.each(['lost', 'emptied', 'cut short'])(
    'a log that is %s is found, and what came before is read',
    async (how) => {
      await writeCounts(1, 3);
      await writeCounts(4, 8);
      const log = await logFile();
      if (how === 'lost') await rm(log);
      else if (how === 'emptied') await truncate(log, 0);
      else await truncate(log, Math.floor((await readFile(log)).length / 2));
      if (how === 'emptied') await expectReadsOnly(/HEAD names batch 9, the database ends at batch 4/, 3, 'chain');
      else
        await expectReadsOnly(
          /\.log is damaged: (it is missing|its end is missing|it ends at batch)/,
          how === 'lost' ? 3 : 5,
        );
    },
  );

  test('what a crash leaves at the end of a log is no damage: no answer went out for it', async () => {
    await writeCounts(1, 3);
    for (const end of [
      Buffer.alloc(500),
      Buffer.from('half a record, and no checksum of it'),
      Buffer.from([1, 2, 3]),
    ]) {
      const log = await logFile();
      await writeFile(log, Buffer.concat([await readFile(log), end]));
      await writeCounts(3, 3);
    }
    const store = await open();
    expect(store.trouble).toBeNull();
    await store.close();
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

  test('a damaged state of an older schema is read in its new form, and not changed', async () => {
    await writeCounts(300, 300);
    const before = await contentOf(directory);
    await rm(at('db', 'CURRENT'));
    const store = await open({ migrations: [...MIGRATIONS, countInHundreds] });
    expect(store.trouble?.kind).toBe('damaged');
    expect(await store.get('hw', 'hundreds')).toBe(3);
    await store.close();
    const { [at('db', 'CURRENT')]: _, ...rest } = before;
    expect(await contentOf(directory)).toEqual(rest);
  });

  test('a damaged state of a newer schema is refused all the same', async () => {
    await (await open({ migrations: [...MIGRATIONS, countInHundreds] })).close();
    await rm(at('db', 'CURRENT'));
    await expect(open()).rejects.toThrow('written by a newer Berth');
  });
});
