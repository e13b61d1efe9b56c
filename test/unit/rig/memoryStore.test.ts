import { expect, test } from 'vitest';
import { put } from '../../../daemon/core/records.ts';
import { MemoryStore } from '../../rig/memoryStore.ts';

test('writes that are held are not durable until they are released, then all in order', async () => {
  const store = new MemoryStore();
  store.holdWrites();
  const written = Promise.all([store.write([put('hw', 'train', 1)]), store.write([put('hw', 'train', 2)])]);
  await new Promise(setImmediate);
  expect(store.batches).toEqual([]);
  store.releaseWrites();
  await written;
  expect(await store.get('hw', 'train')).toBe(2);
  expect(store.batches).toHaveLength(2);
});

test('a daemon whose store was reopened under it can neither write nor read, not even what it had begun', async () => {
  const first = new MemoryStore();
  await first.write([put('hw', 'train', 1)]);
  first.holdWrites();
  const begun = first.write([put('hw', 'train', 2)]);
  const second = first.reopen();
  await expect(begun).rejects.toThrow('closed');
  await expect(first.get('hw', 'train')).rejects.toThrow('closed');
  expect(await second.get('hw', 'train')).toBe(1);
});

test('a closed one can be handed to a second daemon', async () => {
  const store = new MemoryStore();
  await store.write([put('hw', 'train', 1)]);
  await store.close();
  expect((await store.load()).hw.get('train')).toBe(1);
});

test('rows that are set as a scene are durable at once, past holds and failures', async () => {
  const store = new MemoryStore();
  store.holdWrites();
  store.failNextWrite();
  store.apply([put('hw', 'b', 2), put('hw', 'a', 1)]);
  expect([...store.rows('hw')]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});
