import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alreadyRunning, holderOf, nameHolder } from '../../../../daemon/adapters/instanceLock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

const pidFile = () => join(directory, 'berthd.pid');

test('the holder is named by its pid, until it lets go', async () => {
  const release = await nameHolder(directory);
  expect(await holderOf(directory)).toBe(process.pid);
  const { message } = await alreadyRunning(directory);
  expect(message).toContain(`berthd is already running on ${directory} with pid ${process.pid}. Stop that one first`);
  await release();
  expect(await holderOf(directory)).toBeUndefined();
  expect(await readdir(directory)).toEqual([]);
});

test('a pid that was given to another process since names nobody', async () => {
  await writeFile(pidFile(), `${process.pid} 1\n`);
  expect(await holderOf(directory)).toBeUndefined();
  expect((await alreadyRunning(directory)).message).toContain('in a process that left no pid file');
});

test.each(['', 'nonsense', '4194305 1', `${process.pid}`])('a pid file that says %j names nobody', async (text) => {
  await writeFile(pidFile(), text);
  expect(await holderOf(directory)).toBeUndefined();
});

test('a file that was left behind is replaced', async () => {
  await writeFile(pidFile(), '1 1\n');
  const release = await nameHolder(directory);
  expect(await holderOf(directory)).toBe(process.pid);
  await release();
});

test('letting go leaves the file of a successor alone', async () => {
  const release = await nameHolder(directory);
  await nameHolder(directory, process.ppid);
  await release();
  expect(await holderOf(directory)).toBe(process.ppid);
});
