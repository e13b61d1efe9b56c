/**
 * The first key to the REST API: made at the first start, in `DATA/admin.token`, readable by its owner alone.
 *
 * Not here: comparing what clients send (facades/tokens.ts).
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/startError.ts';

const TOKEN_BYTES = 32;

export interface AdminToken {
  readonly path: string;
  /** Lower-case hex SHA-256: all that the daemon keeps of it. */
  readonly sha256: string;
}

/** Throws StartError when the file is there but cannot be read, or holds nothing. */
export async function loadAdminToken(directory: string): Promise<AdminToken> {
  const path = join(directory, 'admin.token');
  try {
    await writeFile(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notUsable(path, error);
  }
  const token = (await readFile(path, 'utf8').catch((error: unknown) => Promise.reject(notUsable(path, error)))).trim();
  if (token === '') throw new StartError(`${path} is empty. Remove it, and the next start makes a new token`);
  return { path, sha256: createHash('sha256').update(token).digest('hex') };
}

const notUsable = (path: string, error: unknown): StartError =>
  new StartError(`the admin token ${path} cannot be used: ${(error as Error).message}`, { cause: error });
