import { expect, test } from 'vitest';
import { Mailbox } from '../../../../daemon/core/mailbox.ts';

test('items are taken in the order in which they came, also by one who waits', async () => {
  const box = new Mailbox<number>(3);
  const waiting = box.take();
  box.push(1);
  box.push(2);
  expect(await waiting).toEqual({ item: 1 });
  expect(await box.take()).toEqual({ item: 2 });
});

test('what overflows is forgotten, said once, and what comes afterwards is taken again', async () => {
  const box = new Mailbox<number>(2);
  for (const item of [1, 2, 3, 4]) box.push(item);
  expect(await box.take()).toBe('overflow');
  box.push(5);
  expect(await box.take()).toEqual({ item: 5 });
});

test('a closed one wakes who waits and takes nothing more', async () => {
  const box = new Mailbox<number>(2);
  const waiting = box.take();
  box.close();
  expect(await waiting).toBe('closed');
  box.push(1);
  expect(await box.take()).toBe('closed');
});
