/** A small file system of its own, mounted, that tests may fill to its end. Gone once disposed. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Somebody else writes until so many bytes are left. */
  fill(leftBytes?: number): Promise<void>;
  /** And removes it all again. */
  free(): Promise<void>;
  freeBytes(): Promise<number>;
}

export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'berth-small-disk-')));
  const path = join(home, 'disk');
  await mkdir(path);
  await run('truncate', ['--size', `${megabytes}M`, join(home, 'image')]);
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', join(home, 'image')]);
  await run('mount', ['-o', 'loop', join(home, 'image'), path]);
  const freeBytes = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  };
  return {
    path,
    freeBytes,
    async fill(leftBytes = 0) {
      // The last blocks go to the bookkeeping of the file itself: nothing left is no failure.
      const bytes = (await freeBytes()) - leftBytes;
      await run('dd', [
        'if=/dev/zero',
        `of=${join(path, 'others')}`,
        'bs=4096',
        `count=${Math.ceil(bytes / 4096)}`,
        'oflag=append',
        'conv=notrunc',
      ]).catch((error: Error) => {
        if (!error.message.includes('No space left')) throw error;
      });
      await run('sync', ['--file-system', path]);
    },
    free: () => rm(join(path, 'others'), { force: true }),
    async [Symbol.asyncDispose]() {
      await run('umount', [path]);
      await rm(home, { recursive: true });
    },
  };
}
