import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandFailed } from '../../../../daemon/adapters/commands.ts';
import {
  asVolumeError,
  idsIn,
  needRoom,
  placesOf,
  readMetadata,
  removePlaces,
  roomIn,
  type VolumePlaces,
  writeMetadata,
} from '../../../../daemon/adapters/volumePlaces.ts';
import { VolumeHostError } from '../../../../daemon/core/volumeHost.ts';

const id = `data-${'0'.repeat(26)}`;
let directory: string;
let at: VolumePlaces;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-places-'));
  at = placesOf(directory, id);
  await mkdir(at.home);
});
afterEach(() => rm(directory, { recursive: true }));

test.each(['', '..', `../${id}`, `a/${id}`, 'data', `data-${'I'.repeat(26)}`, `${id}\n`])('%j is no id', (text) => {
  expect(() => placesOf(directory, text)).toThrow(/not the id of a volume/);
});

test('what is known of a volume is read as it was last written', async () => {
  for (const sizeBytes of [1, 2]) await writeMetadata(at, { id, backend: 'loop', sizeBytes, thin: false });
  expect(await readMetadata(at)).toEqual({ id, backend: 'loop', sizeBytes: 2, thin: false });
  expect(await readdir(at.home)).toEqual(['volume.json']);
});

test('only directories named by an id are volumes', async () => {
  for (const name of ['.probe', 'lost+found', 'other']) await mkdir(join(directory, name));
  expect(await idsIn(directory)).toEqual([id]);
  expect(await idsIn(join(directory, 'nowhere'))).toEqual([]);
});

describe('the removal of a volume', () => {
  test('takes everything that any verb leaves', async () => {
    await writeMetadata(at, { id, backend: 'loop', sizeBytes: 1, thin: false });
    for (const file of [at.image, at.newImage, at.lock, `${at.metadata}.new`]) await writeFile(file, '');
    for (const path of [at.mount, at.newMount, at.oldMount, join(at.template, 'data')])
      await mkdir(path, { recursive: true });
    await removePlaces(at);
    await removePlaces(at);
    expect(await readdir(directory)).toEqual([]);
  });

  test('never empties a directory, which could be a mount', async () => {
    await mkdir(at.data, { recursive: true });
    await writeFile(join(at.data, 'file'), 'precious');
    await expect(removePlaces(at)).rejects.toThrow(/ENOTEMPTY/);
    expect(await readFile(join(at.data, 'file'), 'utf8')).toBe('precious');
  });
});

describe('room', () => {
  test('is had for little, and not for all that is free', async () => {
    const { freeBytes, totalBytes } = await roomIn(directory);
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
    await needRoom(directory, 0);
    const refused = needRoom(directory, freeBytes - 4096);
    await expect(refused).rejects.toMatchObject({ kind: 'noRoom', bytes: freeBytes - 4096 });
    await expect(refused).rejects.toThrow(/free, of which .* stay free for the rest of the host: not enough for /);
  });
});

describe('a failure', () => {
  test('keeps the kind it has', () => {
    const error = new VolumeHostError('inUse', 'open');
    expect(asVolumeError(error, id)).toBe(error);
  });

  test.each([
    ['noRoom', new CommandFailed(['cp', 'a', 'b'], 1, "cp: error writing 'b': No space left on device")],
    ['noRoom', Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })],
    ['failed', new CommandFailed(['cp', 'a', 'b'], 1, 'cp: I/O error')],
    ['failed', Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })],
  ])('is %s for %s', (kind, cause) => {
    const error = asVolumeError(cause, id, 7);
    expect(error).toMatchObject({ kind, bytes: 7, cause });
    expect(error.message).toBe(`volume ${id}: ${cause.message}`);
  });
});
