import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { genesis } from '../../../../daemon/adapters/batchChain.ts';
import { HeadFile } from '../../../../daemon/adapters/headFile.ts';

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'berth-head-')), 'HEAD');
});
afterEach(() => rm(join(path, '..'), { recursive: true }));

const headAt = (sequence: number) => ({ sequence, hash: sequence.toString(16).padStart(64, '0') });

async function readBack() {
  const file = await HeadFile.open(path);
  const head = await file.read();
  await file.close();
  return head;
}

async function writeUpTo(last: number): Promise<void> {
  const file = await HeadFile.create(path);
  for (let sequence = 1; sequence <= last; sequence += 1) await file.write(headAt(sequence));
  await file.close();
}

test('a new one names a state without batches', async () => {
  await writeUpTo(0);
  expect(await readBack()).toEqual(genesis);
});

test('it names the newest batch, in two sectors however many there were', async () => {
  await writeUpTo(101);
  expect(await readBack()).toEqual(headAt(101));
  expect((await readFile(path)).length).toBe(1024);
});

test.each([100, 101])('with the slot of batch %i spoilt anywhere it names the batch before', async (last) => {
  await writeUpTo(last);
  const whole = await readFile(path);
  const start = (last % 2) * 512;
  for (const offset of [0, 11, 13, 40, 80]) {
    const bytes = Buffer.from(whole);
    bytes[start + offset] = (bytes[start + offset] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(await readBack(), `offset ${offset}`).toEqual(headAt(last - 1));
  }
});

test('with both slots spoilt it names nothing', async () => {
  await writeUpTo(4);
  await writeFile(path, Buffer.alloc(1024, 'x'));
  expect(await readBack()).toBeUndefined();
});
