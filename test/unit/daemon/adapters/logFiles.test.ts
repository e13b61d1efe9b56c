import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logFilesIn } from '../../../../daemon/adapters/logFiles.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-logs-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function* parts(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(uid: string, version: number): Promise<string | undefined> {
  const bytes = await logFilesIn(directory).read(uid, version);
  return bytes && (await buffer(bytes as AsyncIterable<Uint8Array> as NodeJS.ReadableStream)).toString();
}

test('a log is read back as it was written, by this user alone', async () => {
  await logFilesIn(directory).write('U', 7, parts('one\n', 'two\n'));
  expect(await textOf('U', 7)).toBe('one\ntwo\n');
  expect((await stat(join(directory, 'U', '7.log'))).mode & 0o777).toBe(0o600);
});

test('what was never kept is not there', async () => {
  expect(await textOf('U', 1)).toBeUndefined();
});

test('a write that fails midway leaves what was there', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('the engine went away');
  }
  const files = logFilesIn(directory);
  await files.write('U', 1, parts('whole\n'));
  await expect(files.write('U', 1, broken())).rejects.toThrow('went away');
  expect(await textOf('U', 1)).toBe('whole\n');
});

test('all logs of a set go at once, and only those', async () => {
  const files = logFilesIn(directory);
  await files.write('U', 1, parts('a'));
  await files.write('U', 2, parts('b'));
  await files.write('V', 1, parts('c'));
  await files.remove('U');
  await files.remove('U');
  expect(await readdir(directory)).toEqual(['V']);
});
