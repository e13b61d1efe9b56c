/**
 * Which daemon: `--socket`, else BERTH_SOCKET, else the installed one, else that of the checkout one stands in.
 *
 * A checkout's socket counts only when its owner is this user or root: whoever can make folders must not be able to
 * play the daemon for people who pass by.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultSocket } from '../../common/unreachable.ts';

export interface Surroundings {
  readonly flag: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Of the installed daemon. */
  readonly installed?: string;
}

export function socketPath({ flag, env, directory, installed = defaultSocket }: Surroundings): string {
  const named = flag ?? env.BERTH_SOCKET;
  if (named) return named;
  if (ownerOf(installed) !== undefined) return installed;
  const root = checkoutAround(directory);
  const own = root === undefined ? undefined : join(root, '.berth', 'berth.sock');
  return own !== undefined && isTrusted(ownerOf(own)) ? own : installed;
}

/** Undefined where nothing can be seen there; a socket that may not be looked at still exists. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? -1 : undefined;
  }
}

const isTrusted = (uid: number | undefined): boolean => uid === 0 || uid === process.getuid?.();

/** The nearest folder upwards that holds Berth's own package. */
function checkoutAround(directory: string): string | undefined {
  if (packageName(directory) === 'berth') return directory;
  const above = dirname(directory);
  return above === directory ? undefined : checkoutAround(above);
}

function packageName(directory: string): unknown {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return typeof parsed === 'object' && parsed !== null && 'name' in parsed ? parsed.name : undefined;
  } catch {
    return undefined;
  }
}
