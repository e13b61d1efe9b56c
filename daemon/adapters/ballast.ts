/**
 * Room kept for bad times: a file that is given back when the disk is full, so that what was begun can still be undone.
 *
 *  DATA/ballast   random bytes, since some file systems store no zeros
 */
import { randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logBytesMax } from './batchChain.ts';

/** Opening LevelDB anew writes its log as a table and a new log; then the undo of what was under way. */
export const ballastBytes = 16 * logBytesMax;

const pathIn = (directory: string): string => join(directory, 'ballast');

/** Rejects while there is no room for it. */
export async function takeBallast(directory: string): Promise<void> {
  const there = await stat(pathIn(directory)).catch(() => undefined);
  if (there?.size === ballastBytes) return;
  const draft = `${pathIn(directory)}.new`;
  try {
    await writeFile(draft, randomBytes(ballastBytes), { mode: 0o600, flush: true });
    await rename(draft, pathIn(directory));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export const dropBallast = (directory: string): Promise<void> => rm(pathIn(directory), { force: true });
