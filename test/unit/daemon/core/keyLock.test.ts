import { expect, test } from 'vitest';
import { KeyLock } from '../../../../daemon/core/keyLock.ts';

const gate = () => Promise.withResolvers<void>();

test('work on one key runs one after the other, in the order in which it was asked for', async () => {
  const lock = new KeyLock();
  const order: string[] = [];
  const first = gate();
  const work = [
    lock.run('a', async () => {
      await first.promise;
      order.push('first');
    }),
    lock.run('a', async () => void order.push('second')),
    lock.run('a', async () => void order.push('third')),
  ];
  await lock.run('b', async () => void order.push('other key'));
  first.resolve();
  await Promise.all(work);
  expect(order).toEqual(['other key', 'first', 'second', 'third']);
});

test('work that fails lets the next one in', async () => {
  const lock = new KeyLock();
  const failing = lock.run('a', async () => {
    throw new Error('no');
  });
  const next = lock.run('a', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});

test('a key is held from the asking until the last one is done', async () => {
  const lock = new KeyLock();
  const { promise, resolve } = gate();
  const work = [lock.run('a', () => promise), lock.run('a', async () => {})];
  expect(lock.isHeld('a')).toBe(true);
  expect(lock.isHeld('b')).toBe(false);
  resolve();
  await Promise.all(work);
  expect(lock.isHeld('a')).toBe(false);
});
