import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readUserNames } from '../../../../daemon/adapters/passwd.ts';

test('users are known by name, and lines that are none are passed over', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-passwd-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'passwd');
  await writeFile(path, 'root:x:0:0:root:/root:/bin/sh\n\n# note\nann:x:1000:1000::/home/ann:/bin/sh\n');
  expect([...(await readUserNames(path))]).toEqual([
    [0, 'root'],
    [1000, 'ann'],
  ]);
});

test('without the file nobody has a name', async () => {
  expect((await readUserNames('/nonexistent/passwd')).size).toBe(0);
});
