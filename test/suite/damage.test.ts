/** A thousand flipped bits, and a disk that is really full. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../common/errors.ts';
import { openLevelStore } from '../../daemon/adapters/levelStore.ts';
import { put, versionKey } from '../../daemon/core/records.ts';
import { dice } from '../rig/dice.ts';
import { aVersion } from '../rig/records.ts';
import { fillState, proveAll, stateFiles, withFlip } from '../rig/stateDirectory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-damage-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const FLIPS = 1000;
/** Every so many flips the state is really opened. */
const OPENED_EVERY = 10;

test('of 1,000 flipped bits each is found and named, and nothing is written to such a state', async () => {
  await fillState(directory, 2000);
  const files = await stateFiles(directory);
  const roll = dice(7);
  const tally = { found: 0, opened: 0 };
  for (let round = 0; round < FLIPS; round += 1) {
    const [name, bytes] = round % 2 === 0 ? (files[roll(files.length)] as [string, number]) : weighted(files, roll);
    await withFlip(join(directory, name), { byte: roll(bytes), bit: roll(8) }, async () => {
      if ((await proveAll(directory)).length > 0) tally.found += 1;
      // HEAD mends itself.
      if (round % OPENED_EVERY !== 0 || name === 'HEAD') return;
      const store = await openLevelStore({ directory, createIfMissing: true });
      expect(store.trouble, name).toMatchObject({ kind: 'damaged' });
      await expect(store.write([put('hw', 'train', 1)])).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
      await store.close();
      tally.opened += 1;
    });
  }
  console.log(`flipped bits: ${tally.found} of ${FLIPS} found, ${tally.opened} of them opened for reading alone`);
  expect(tally.found).toBe(FLIPS);
  expect(await proveAll(directory)).toEqual([]);
}, 120_000);

/** As often as it has bytes. */
function weighted(files: readonly (readonly [string, number])[], roll: (sides: number) => number): [string, number] {
  let at = roll(files.reduce((sum, [, bytes]) => sum + bytes, 0));
  const found = files.find(([, bytes]) => {
    at -= bytes;
    return at < 0;
  });
  return found as [string, number];
}

test('on a full disk nothing acknowledged is lost, what was begun is undone, and all goes on once there is room', async () => {
  const disk = join(directory, 'disk');
  await mkdir(disk);
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'berth-test', disk]);
  try {
    const store = await openLevelStore({ directory: disk, createIfMissing: true });
    const writeOne = (count: number): Promise<void> =>
      store.write([put('hw', 'train', count), put('version', versionKey('train', count), aVersion('train', count))]);
    await writeOne(1);
    await fillUp(join(disk, 'filler'));
    let acknowledged = 1;
    const refused = await writeUntilRefused(async (count) => {
      await writeOne(count);
      acknowledged = count;
    });
    expect(refused.code).toBe('STORE_FAILED');
    expect(store.trouble).toMatchObject({ kind: 'stalled', reason: expect.stringMatching(/space/i) });
    expect(await readdir(disk)).not.toContain('ballast');
    await store.write([put('hw', 'undo', 1)]);
    expect(await store.get('hw', 'undo')).toBe(1);
    await fillUp(join(disk, 'filler2'));
    await expect(store.ready()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await rm(join(disk, 'filler'));
    await store.ready();
    expect(store.trouble).toBeNull();
    await writeOne(acknowledged + 1);
    await store.close();
    const again = await openLevelStore({ directory: disk, createIfMissing: false });
    expect((await again.versions('train')).length).toBe(acknowledged + 1);
    await again.close();
  } finally {
    await execa('umount', [disk]);
  }
});

/** To the last block. */
async function fillUp(path: string): Promise<void> {
  for (const bytes of [1024 * 1024, 64 * 1024, 4096]) {
    while (await appended(path, Buffer.alloc(bytes, 1)));
  }
}

const appended = (path: string, bytes: Buffer): Promise<boolean> =>
  writeFile(path, bytes, { flag: 'a' }).then(
    () => true,
    () => false,
  );

async function writeUntilRefused(write: (count: number) => Promise<void>): Promise<AppError> {
  for (let count = 2; ; count += 1) {
    try {
      await write(count);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }
}
