/** Paths as they really are. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostFiles } from '../../../../daemon/adapters/hostFiles.ts';

let directory: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'files-')));
});

afterEach(() => rm(directory, { recursive: true }));

test('follows every symbolic link', async () => {
  await mkdir(join(directory, 'real'));
  await symlink(join(directory, 'real'), join(directory, 'link'));
  expect(await hostFiles.realPath(join(directory, 'link', '..', 'link'))).toBe(join(directory, 'real'));
});

test('finds nothing where nothing is: no file, a broken link, a circle, a file taken for a folder', async () => {
  await symlink('nowhere', join(directory, 'broken'));
  await symlink('circle', join(directory, 'circle'));
  await writeFile(join(directory, 'file'), '');
  for (const path of ['missing', 'broken', 'circle', 'file/below']) {
    expect(await hostFiles.realPath(join(directory, path))).toBeUndefined();
  }
});
