/** One suite for every store: what the core relies on, on disk and in memory alike. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openLevel } from '../../../../daemon/adapters/levelDatabase.ts';
import { openLevelStore } from '../../../../daemon/adapters/levelStore.ts';
import { type Change, del, put, RESIDENT, versionKey } from '../../../../daemon/core/records.ts';
import type { Store } from '../../../../daemon/core/store.ts';
import { MemoryStore } from '../../../rig/memoryStore.ts';
import { aSet, aVersion } from '../../../rig/records.ts';

interface Bench {
  readonly store: Store;
  failNextWrite(): void;
  reopen(): Promise<Store>;
  close(): Promise<void>;
}

function memoryBench(): Bench {
  let store = new MemoryStore();
  return {
    store,
    failNextWrite: () => store.failNextWrite(),
    reopen: async () => {
      store = store.reopen();
      return store;
    },
    close: () => store.close(),
  };
}

async function levelBench(): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-store-'));
  let fail = false;
  const openDatabase = async (path: string, createIfMissing: boolean): Promise<Database> => {
    const level = await openLevel(path, createIfMissing);
    const batch: Database['batch'] = (entries) => {
      if (!fail) return level.batch(entries);
      fail = false;
      return Promise.reject(new Error('no space left on device'));
    };
    return { ...level, batch };
  };
  const open = () => openLevelStore({ directory, createIfMissing: true, openDatabase });
  let store = await open();
  return {
    store,
    failNextWrite: () => {
      fail = true;
    },
    reopen: async () => {
      await store.close();
      store = await open();
      return store;
    },
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

const putVersion = (name: string, version: number): Change =>
  put('version', versionKey(name, version), aVersion(name, version));
const numbersOf = (records: readonly { version: number }[]): readonly number[] => records.map((r) => r.version);

describe.each([
  ['MemoryStore', async () => memoryBench()],
  ['LevelStore', levelBench],
])('%s', (_, openBench) => {
  let bench: Bench;
  let store: Store;
  beforeEach(async () => {
    bench = await openBench();
    store = bench.store;
  });
  afterEach(() => bench.close());

  test('gives back what was written, and undefined for what never was', async () => {
    await store.write([put('set', 'train', aSet('train')), putVersion('train', 1)]);
    expect(await store.get('set', 'train')).toEqual(aSet('train'));
    expect(await store.get('version', versionKey('train', 1))).toEqual(aVersion('train', 1));
    expect(await store.get('set', 'other')).toBeUndefined();
  });

  test('a later change of one batch wins over an earlier one', async () => {
    await store.write([put('hw', 'train', 1), put('hw', 'train', 2), put('hw', 'eval', 1), del('hw', 'eval')]);
    expect(await store.get('hw', 'train')).toBe(2);
    expect(await store.get('hw', 'eval')).toBeUndefined();
  });

  test('takes the values as they are at the call, not as they become', async () => {
    const record = { ...aSet('train') };
    const written = store.write([put('set', 'train', record)]);
    record.owner = 'eve';
    await written;
    expect(await store.get('set', 'train')).toEqual(aSet('train'));
  });

  test('writes become durable in the order of the calls', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.write([put('hw', 'train', index)])));
    expect(await store.get('hw', 'train')).toBe(49);
  });

  test('load gives each resident table its own rows, in key order', async () => {
    const lease = { uuid: 'GPU-a', name: 'train', operation: 'op', since: '2026-01-01T00:00:00.000Z' };
    await store.write([put('hw', 'b', 2), put('hw', 'a', 1), put('gpuLease', 'GPU-a', lease), putVersion('a', 1)]);
    const tables = await store.load();
    expect(Object.keys(tables).toSorted()).toEqual([...RESIDENT].toSorted());
    expect([...tables.hw]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect([...tables.gpuLease]).toEqual([['GPU-a', lease]]);
    expect(tables.gpu.size).toBe(0);
  });

  test('versions come newest first, and only those of the set that was asked for', async () => {
    const versions = Array.from({ length: 12 }, (_, index) => putVersion('train', index + 1));
    await store.write([...versions, putVersion('train.2', 7), putVersion('trai', 8), putVersion('train2', 9)]);
    expect(numbersOf(await store.versions('train'))).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await store.versions('nobody')).toEqual([]);
  });

  test('a page of versions starts below a number and ends at its limit', async () => {
    await store.write(Array.from({ length: 12 }, (_, index) => putVersion('train', index + 1)));
    expect(numbersOf(await store.versions('train', { limit: 3 }))).toEqual([12, 11, 10]);
    expect(numbersOf(await store.versions('train', { limit: 3, before: 10 }))).toEqual([9, 8, 7]);
    expect(numbersOf(await store.versions('train', { before: 3 }))).toEqual([2, 1]);
    expect(await store.versions('train', { before: 1 })).toEqual([]);
    expect(await store.versions('train', { limit: 0 })).toEqual([]);
  });

  test('a reopened store has every row that was acknowledged', async () => {
    await store.write([put('set', 'train', aSet('train')), putVersion('train', 1), put('hw', 'gone', 3)]);
    await store.write([del('hw', 'gone'), put('meta', 'note', 'kept')]);
    const again = await bench.reopen();
    expect(await again.get('set', 'train')).toEqual(aSet('train'));
    expect(await again.get('hw', 'gone')).toBeUndefined();
    expect((await again.load()).meta.get('note')).toBe('kept');
    expect(numbersOf(await again.versions('train'))).toEqual([1]);
  });

  test('a failed write says so, leaves nothing of its batch, and the next one succeeds', async () => {
    await store.write([put('hw', 'train', 1)]);
    bench.failNextWrite();
    await expect(store.write([put('hw', 'train', 2), put('hw', 'eval', 1)])).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('no space left on device'),
    });
    expect(await store.get('hw', 'train')).toBe(1);
    await store.write([put('hw', 'third', 3)]);
    const { hw } = await (await bench.reopen()).load();
    expect([...hw]).toEqual([
      ['third', 3],
      ['train', 1],
    ]);
  });
});
