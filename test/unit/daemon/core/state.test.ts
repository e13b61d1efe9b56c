import { describe, expect, test } from 'vitest';
import { commitBatch } from '../../../../daemon/core/batch.ts';
import { type Change, del, put, versionKey } from '../../../../daemon/core/records.ts';
import { State } from '../../../../daemon/core/state.ts';
import { MemoryStore } from '../../../rig/memoryStore.ts';
import { aSet, aVersion } from '../../../rig/records.ts';

const lease = (uuid: string, name: string): Change =>
  put('gpuLease', uuid, { uuid, name, operation: 'op', since: 'now' });
const port = (hostPort: number, name: string | null): Change =>
  put('portLease', String(hostPort), {
    hostPort,
    name,
    containerPort: null,
    operation: null,
    since: 'now',
    reason: null,
  });
const version = (number: number): Change => put('version', versionKey('train', number), aVersion('train', number));

test('a state is loaded with the current version of every set', async () => {
  const store = new MemoryStore();
  store.apply([put('set', 'train', aSet('train', { current: 2 })), version(1), version(2), put('hw', 'train', 2)]);
  const state = await State.load(store);
  expect(state.current('train')?.version).toBe(2);
  expect(state.highWater('train')).toBe(2);
  expect(state.highWater('other')).toBe(0);
});

test('a set whose version is not in the store is a broken state, said by name', async () => {
  const store = new MemoryStore();
  store.apply([put('set', 'train', aSet('train', { current: 2 })), version(1)]);
  await expect(State.load(store)).rejects.toThrow('replicaSet train: its version 2 is not in the store');
});

describe('apply', () => {
  test('makes the highest version the current one, and its undo the one before', async () => {
    const state = await State.load(new MemoryStore());
    state.apply([version(1)]);
    const pending = state.apply([version(2), version(1)]);
    expect(state.current('train')?.version).toBe(2);
    pending.takeBack();
    expect(state.current('train')?.version).toBe(1);
  });

  test('refuses to hand a lease to a second holder, and changes nothing', async () => {
    const state = await State.load(new MemoryStore());
    state.apply([lease('a', 'train'), port(1, 'train')]);
    expect(() => state.apply([lease('b', 'other'), lease('a', 'other')])).toThrow('held by train');
    expect(() => state.apply([port(1, 'other')])).toThrow('held by train');
    expect(state.table('gpuLease').has('b')).toBe(false);
  });

  test('lets a port become foreign, and be had again', async () => {
    const state = await State.load(new MemoryStore());
    state.apply([port(1, 'train')]);
    state.apply([port(1, null)]);
    expect(state.portsOf('train')).toEqual([]);
    state.apply([port(1, 'other')]);
    expect(state.portsOf('other')).toHaveLength(1);
  });

  test('is undone exactly, rows that were dropped included', async () => {
    const state = await State.load(new MemoryStore());
    state.apply([put('set', 'train', aSet('train')), version(1), lease('a', 'train')]);
    const pending = state.apply([del('set', 'train'), del('version', versionKey('train', 1)), lease('b', 'other')]);
    expect(state.current('train')).toBeUndefined();
    expect(state.gpusOf('other')).toHaveLength(1);
    pending.takeBack();
    expect(state.current('train')?.version).toBe(1);
    expect(state.gpusOf('train').map(({ uuid }) => uuid)).toEqual(['a']);
    expect(state.gpusOf('other')).toEqual([]);
  });

  test('keeps what a later batch has built upon it', async () => {
    const state = await State.load(new MemoryStore());
    const first = state.apply([put('hw', 'train', 1)]);
    state.apply([put('hw', 'train', 2)]);
    first.takeBack();
    expect(state.highWater('train')).toBe(2);
  });

  test('keeps a lease that it releases until the release is durable', async () => {
    const state = await State.load(new MemoryStore());
    state.apply([lease('a', 'train')]);
    const refused = state.apply([del('gpuLease', 'a')]);
    expect(() => state.apply([lease('a', 'other')])).toThrow('held by train');
    refused.takeBack();
    expect(state.gpusOf('train')).toHaveLength(1);
    state.apply([del('gpuLease', 'a')]).confirm();
    expect(state.gpusOf('train')).toEqual([]);
  });
});

describe('a batch', () => {
  test('is visible at once, and known to listeners when it is durable', async () => {
    const store = new MemoryStore();
    const state = await State.load(store);
    const heard: string[] = [];
    state.onCommitted((changes) => heard.push(...changes.map(({ key }) => key)));
    store.holdWrites();
    const writing = commitBatch(state, store, [lease('a', 'train')]);
    expect(state.gpusOf('train')).toHaveLength(1);
    expect(heard).toEqual([]);
    store.releaseWrites();
    await writing;
    expect(heard).toEqual(['a']);
  });

  test('that cannot be written is taken back, and nobody hears of it', async () => {
    const store = new MemoryStore();
    const state = await State.load(store);
    const heard: unknown[] = [];
    state.onCommitted((changes) => heard.push(changes));
    store.failNextWrite(new Error('no space'));
    await expect(commitBatch(state, store, [lease('a', 'train')])).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(state.gpusOf('train')).toEqual([]);
    expect(heard).toEqual([]);
  });

  test('of nothing writes nothing', async () => {
    const store = new MemoryStore();
    await commitBatch(await State.load(store), store, []);
    expect(store.batches).toEqual([]);
  });
});
