import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Head, linksKept } from '../../../../daemon/adapters/batchChain.ts';
import { HeadFile, type Witness } from '../../../../daemon/adapters/headFile.ts';
import { openLevel, openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import type { Migration } from '../../../../daemon/adapters/migrations/index.ts';
import type { Database, OpenDatabase, OpenHead } from '../../../../daemon/adapters/openState.ts';
import { put, versionKey } from '../../../../daemon/core/records.ts';
import { StartError } from '../../../../daemon/core/startError.ts';
import { aVersion } from '../../../rig/records.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-level-'));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (...parts: string[]): string => join(directory, ...parts);
const open = (
  options: {
    createIfMissing?: boolean;
    migrations?: Migration[];
    openDatabase?: OpenDatabase;
    openHead?: OpenHead;
  } = {},
) => openLevelStore({ directory, createIfMissing: true, ...options });

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
    expect(await store.get('meta', 'schema')).toBe('1');
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
    expect(await store.get('meta', 'schema')).toBe('1');
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
    to: 2,
    rewrite: (row) => (row.key === 'hw/count' ? { key: 'hw/hundreds', value: Number(row.value) / 100 } : row),
  };

  test('a state of a newer schema is refused, with both numbers', async () => {
    const newer = await open({ migrations: [countInHundreds] });
    await newer.close();
    await expect(open()).rejects.toThrow(/schema 2, written by a newer Berth; this one knows schemas up to 1/);
  });

  test('an older state is migrated once, all rows and its number together, and a copy of it is kept', async () => {
    await writeCounts(300, 300);
    const store = await open({ migrations: [countInHundreds] });
    expect(await store.get('hw', 'hundreds')).toBe(3);
    expect(await store.get('hw', 'count')).toBeUndefined();
    expect(await store.get('meta', 'schema')).toBe('2');
    await store.close();
    await (await open({ migrations: [countInHundreds] })).close();
    const copy = new Level<string, string>(at('db.schema1'));
    expect(await copy.get('hw/count')).toMatch(/ 300$/);
    await copy.close();
  });
});

describe('one daemon per state', () => {
  test('a second one is refused with the pid of the first, until that one closes', async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(`berthd is already running on ${directory} with pid ${process.pid}`);
    await first.write([put('hw', 'train', 1)]);
    await first.close();
    expect(await readdir(directory)).not.toContain('berthd.pid');
    const second = await open();
    expect(await second.get('hw', 'train')).toBe(1);
    await second.close();
  });
});

describe('failed writes', () => {
  /** LevelDB that fails as `mode` says: before anything reached the log, or after all of it did. */
  function faulty(): { openDatabase: OpenDatabase; mode: 'none' | 'lost' | 'landed'; opens: number } {
    const fault = { mode: 'none' as 'none' | 'lost' | 'landed', opens: 0, openDatabase };
    async function openDatabase(path: string, createIfMissing: boolean): Promise<Database> {
      fault.opens += 1;
      const level = await openLevel(path, createIfMissing);
      let seen: ((keys: readonly string[]) => ReturnType<Database['getMany']>) | undefined;
      const batch: Database['batch'] = async (entries) => {
        if (fault.mode === 'none') return level.batch(entries);
        if (fault.mode === 'landed') {
          // LevelDB shows a batch to readers only once its sync succeeded: keep the view from before.
          const keys = entries.map((entry) => entry.key);
          const texts = await level.getMany(keys);
          seen = async (wanted) => wanted.map((key) => texts[keys.indexOf(key)]);
          await level.batch(entries);
        }
        throw new Error('input/output error');
      };
      return { ...level, batch, getMany: (keys) => (seen === undefined ? level.getMany(keys) : seen(keys)) };
    }
    return fault;
  }

  test('the state is opened anew before the next write, and only then', async () => {
    const fault = faulty();
    const store = await open({ openDatabase: fault.openDatabase });
    fault.mode = 'lost';
    await expect(store.write([put('hw', 'a', 1)])).rejects.toThrow('input/output error');
    expect(await store.get('hw', 'a')).toBeUndefined();
    expect(fault.opens).toBe(1);
    fault.mode = 'none';
    await store.write([put('hw', 'b', 1)]);
    await store.write([put('hw', 'c', 1)]);
    expect(fault.opens).toBe(2);
    await store.close();
  });

  test('a batch that was reported as failed but is on disk is taken back', async () => {
    const fault = faulty();
    const store = await open({ openDatabase: fault.openDatabase });
    await store.write([put('hw', 'old', 1)]);
    fault.mode = 'landed';
    await expect(store.write([put('hw', 'old', 2), put('hw', 'new', 1)])).rejects.toThrow('input/output error');
    fault.mode = 'none';
    await store.write([put('hw', 'after', 1)]);
    expect([...(await store.load()).hw]).toEqual([
      ['after', 1],
      ['old', 1],
    ]);
    await store.close();
    await (await open()).close();
  });

  test('a batch that cannot be taken back yet is taken back by the first write that succeeds', async () => {
    const fault = faulty();
    const store = await open({ openDatabase: fault.openDatabase });
    fault.mode = 'landed';
    await expect(store.write([put('hw', 'new', 1)])).rejects.toThrow();
    fault.mode = 'lost';
    await expect(store.write([put('hw', 'after', 1)])).rejects.toThrow();
    fault.mode = 'none';
    await store.write([put('hw', 'after', 2)]);
    expect([...(await store.load()).hw]).toEqual([['after', 2]]);
    await store.close();
  });
});

describe('a HEAD that cannot be written', () => {
  /** HEAD on a disk that fails for as long as `broken`. */
  function faultyHead() {
    const fault = { broken: false, openHead };
    async function openHead(path: string): Promise<Witness> {
      const file = await HeadFile.open(path);
      const write: Witness['write'] = async (head) => {
        if (fault.broken) throw new Error('input/output error');
        await file.write(head);
      };
      return { read: () => file.read(), write, close: () => file.close() };
    }
    return fault;
  }

  test('lets the batch that is on disk count, and no other until it can be written again', async () => {
    await writeCounts(1, 1);
    const fault = faultyHead();
    const store = await open({ openHead: fault.openHead });
    fault.broken = true;
    await store.write([put('hw', 'count', 2)]);
    await expect(store.write([put('hw', 'count', 3)])).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await store.get('hw', 'count')).toBe(2);
    fault.broken = false;
    await store.write([put('hw', 'count', 4)]);
    await store.close();
    const again = await open();
    expect(await again.get('hw', 'count')).toBe(4);
    await again.close();
  });
});

test('writes asked for at the same time are a batch each', async () => {
  const store = await open();
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.write([put('hw', `set${index}`, index)])));
  await store.close();
  expect((await headNow())?.sequence).toBe(21);
  const again = await open();
  expect((await again.load()).hw.size).toBe(20);
  await again.close();
});

test('links of the chain are kept up to a bound', async () => {
  await writeCounts(1, linksKept + 10);
  const database = await openLevel(at('db'), false);
  const links = await database.rows({ gte: 'seq/', lt: 'seq0' });
  await database.close();
  expect(links.length).toBe(linksKept);
}, 60_000);

test('a writer killed again and again loses no acknowledged batch and leaves no half one', async () => {
  let acknowledged = 0;
  for (let round = 1; round <= 20; round += 1) {
    acknowledged = Math.max(acknowledged, await writeUntilKilled(5 + round));
    const store = await open();
    const count = (await store.get('hw', 'count')) ?? 0;
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    expect((await store.versions('train')).map(({ version }) => version)).toEqual(
      Array.from({ length: count }, (_, index) => count - index),
    );
    expect(await store.get('version', versionKey('train', count))).toEqual(aVersion('train', count));
    await store.close();
  }
}, 60_000);

/** The highest number that the writer said was acknowledged, after it was killed in the middle of its work. */
async function writeUntilKilled(writes: number): Promise<number> {
  const script = new URL('../../../rig/storeWriter.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    lines += 1;
    if (lines === writes) child.kill('SIGKILL');
  }
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}
