import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linksKept } from '../../../../daemon/adapters/batchChain.ts';
import { HeadFile, type Witness } from '../../../../daemon/adapters/headFile.ts';
import { type Database, type OpenDatabase, openLevel } from '../../../../daemon/adapters/levelDatabase.ts';
import { openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import type { OpenHead } from '../../../../daemon/adapters/openState.ts';
import { put } from '../../../../daemon/core/records.ts';
import { killWriter } from '../../../rig/killWriter.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-level-'));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (...parts: string[]): string => join(directory, ...parts);
const open = (options: { openDatabase?: OpenDatabase; openHead?: OpenHead } = {}) =>
  openLevelStore({ directory, createIfMissing: true, ...options });

async function writeCounts(from: number, to: number): Promise<void> {
  const store = await open();
  for (let count = from; count <= to; count += 1) await store.write([put('hw', 'count', count)]);
  await store.close();
}

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

describe('a state that cannot be written', () => {
  /** LevelDB on a disk that is full for as long as `isFull`, but for what a ballast that was given back makes room for. */
  function fullDisk() {
    const disk = { isFull: false, openDatabase };
    const room = async (): Promise<boolean> => !disk.isFull || !(await readdir(directory)).includes('ballast');
    async function openDatabase(path: string, createIfMissing: boolean): Promise<Database> {
      const level = await openLevel(path, createIfMissing);
      const batch: Database['batch'] = async (entries) => {
        if (!(await room())) throw new Error('no space left on device');
        await level.batch(entries);
      };
      return { ...level, batch };
    }
    return disk;
  }

  test('takes the undo of what was begun, and nothing new until there is room again', async () => {
    const disk = fullDisk();
    const told: (string | undefined)[] = [];
    const store = await open({ openDatabase: disk.openDatabase });
    store.onTrouble((trouble) => told.push(trouble?.kind));
    expect(await readdir(directory)).toContain('ballast');
    disk.isFull = true;
    await expect(store.write([put('hw', 'a', 1)])).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('no space left'),
    });
    expect(store.trouble).toMatchObject({ kind: 'stalled', reason: 'no space left on device' });
    await store.write([put('hw', 'undo', 1)]);
    expect([...(await store.load()).hw.keys()]).toEqual(['undo']);
    expect(store.trouble?.kind).toBe('stalled');
    disk.isFull = false;
    await store.ready();
    expect(store.trouble).toBeNull();
    expect(await readdir(directory)).toContain('ballast');
    await store.write([put('hw', 'b', 1)]);
    expect(told).toEqual(['stalled', undefined]);
    await store.close();
  });

  test('is only given up when it cannot be opened again', async () => {
    let isBroken = false;
    const lost: unknown[] = [];
    const openDatabase: OpenDatabase = async (path, createIfMissing) => {
      if (isBroken) throw new Error('input/output error');
      const level = await openLevel(path, createIfMissing);
      return { ...level, batch: (entries) => (isBroken ? Promise.reject(new Error('EIO')) : level.batch(entries)) };
    };
    const store = await openLevelStore({
      directory,
      createIfMissing: true,
      openDatabase,
      onLost: (it) => lost.push(it),
    });
    isBroken = true;
    await expect(store.write([put('hw', 'a', 1)])).rejects.toThrow('EIO');
    expect(lost).toEqual([]);
    expect(await store.get('meta', 'instance')).toBeDefined();
    await expect(store.write([put('hw', 'a', 1)])).rejects.toThrow('input/output error');
    expect(lost).toMatchObject([{ message: 'input/output error' }]);
  });

  test('goes on for reading alone when it turns out to be damaged as it is opened again', async () => {
    const fault = { isOn: false };
    const openDatabase: OpenDatabase = async (path, createIfMissing) => {
      const level = await openLevel(path, createIfMissing);
      return { ...level, batch: (entries) => (fault.isOn ? Promise.reject(new Error('EIO')) : level.batch(entries)) };
    };
    const store = await open({ openDatabase });
    await store.write([put('hw', 'a', 1)]);
    fault.isOn = true;
    await expect(store.write([put('hw', 'b', 1)])).rejects.toThrow('EIO');
    await rm(at('db', 'CURRENT'));
    await expect(store.write([put('hw', 'c', 1)])).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(store.trouble).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('db/CURRENT') });
    expect(await store.get('hw', 'a')).toBe(1);
    await store.close();
  });
});

test('damage that is found elsewhere ends all writing', async () => {
  const store = await open();
  store.reportDamage('db/000005.ldb is damaged');
  await expect(store.write([put('hw', 'a', 1)])).rejects.toThrow('the state is damaged: db/000005.ldb is damaged');
  expect(await store.get('meta', 'instance')).toBeDefined();
  await store.close();
});

test('a moment holds every row of it, whatever is written meanwhile', async () => {
  await writeCounts(1, 3);
  const store = await open();
  const { head, rows } = await store.moment();
  await store.write([put('hw', 'count', 4), put('hw', 'later', 1)]);
  const found = new Map<string, string>();
  for await (const some of rows) for (const [key, text] of some) found.set(key, text);
  expect(head.sequence).toBe(4);
  expect(found.get('hw/count')).toMatch(/ 3$/);
  expect(found.has('hw/later')).toBe(false);
  await store.close();
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
  const head = await HeadFile.open(at('HEAD'));
  expect((await head.read())?.sequence).toBe(21);
  await head.close();
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
  const { rounds, acknowledged } = await killWriter(directory, 20);
  expect(rounds).toBe(20);
  expect(acknowledged).toBeGreaterThan(100);
}, 60_000);
