/**
 * Where `make run` keeps things: everything below `.berth/` of the checkout.
 *
 * A Unix socket's path holds at most 107 bytes. In a checkout that lies deeper, the same folder is reached through a
 * short symbolic link in a directory that belongs to this user alone.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const socketPathBytesMax = 107;
/** Also where the `berth` of a checkout looks (tui/cli/socketPath.ts). */
const SOCKET = 'berth.sock';

export interface Places {
  /** `.berth/` itself, or a short link to it. */
  readonly base: string;
  readonly data: string;
  readonly token: string;
  readonly socket: string;
  readonly log: string;
  readonly pid: string;
  readonly config: string;
  /** Which engine the state belongs to. */
  readonly engineChoice: string;
  readonly engine: string;
  /** The `berth` command for this daemon. */
  readonly command: string;
}

export const placesIn = (base: string): Places => ({
  base,
  data: join(base, 'data'),
  token: join(base, 'data/admin.token'),
  socket: join(base, SOCKET),
  log: join(base, 'berthd.log'),
  pid: join(base, 'berthd.pid'),
  config: join(base, 'berth.toml'),
  engineChoice: join(base, 'engine.json'),
  engine: join(base, 'engine'),
  command: join(base, 'berth'),
});

export const fitsSocket = (base: string): boolean => Buffer.byteLength(join(base, SOCKET)) <= socketPathBytesMax;

/** `folder` itself where its socket fits, else a link to it below `runtimeDir`. */
export function reachable(folder: string, runtimeDir: string, uid: number): string {
  if (fitsSocket(folder)) return folder;
  const own = join(runtimeDir, `berth-${uid}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const found = lstatSync(own);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0)
    throw new Error(`${own} is not a directory of this user alone. Remove it, or move the checkout to a shorter path.`);
  return linkTo(folder, join(own, createHash('sha256').update(folder).digest('hex').slice(0, 8)));
}

function linkTo(folder: string, link: string): string {
  try {
    symlinkSync(folder, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || readlinkSync(link) !== folder) throw error;
  }
  return link;
}

/** Removes a link that `reachable` made, and with the last one its directory. */
export function unlink(link: string): void {
  rmSync(link);
  const own = dirname(link);
  if (readdirSync(own).length === 0) rmdirSync(own);
}
