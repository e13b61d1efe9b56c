/**
 * Kept logs as files: `DIRECTORY/UID/VERSION.log`, readable by the daemon alone.
 *
 * Invariant: a file has its name only once it is whole; what a crash cut off is overwritten by the next try.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LogFiles } from '../core/keptLogs.ts';

export function logFilesIn(directory: string): LogFiles {
  const folderOf = (uid: string): string => join(directory, uid);
  const pathOf = (uid: string, version: number): string => join(folderOf(uid), `${version}.log`);
  return {
    async write(uid, version, bytes) {
      await mkdir(folderOf(uid), { recursive: true, mode: 0o700 });
      const unfinished = `${pathOf(uid, version)}.part`;
      await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(unfinished, { mode: 0o600 }));
      await rename(unfinished, pathOf(uid, version));
    },
    async read(uid, version) {
      const file = await open(pathOf(uid, version)).catch(undefinedIfMissing);
      return file && createReadStream('', { fd: file });
    },
    async remove(uid) {
      await rm(folderOf(uid), { recursive: true, force: true });
    },
  };
}

function undefinedIfMissing(failure: unknown): undefined {
  if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
  return undefined;
}
