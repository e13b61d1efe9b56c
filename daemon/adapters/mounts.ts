/**
 * Mounts that the engine sees: image files on loop devices, mounted where every program of the host finds them.
 *
 * A daemon in a mount namespace of its own (a service with ProtectSystem=) would mount for itself alone; there the
 * first process of the host, systemd, mounts, and the mount comes back to us as everybody's does.
 *
 * Invariants
 *  - Always nosuid,nodev: what containers write there gives nobody rights on the host.
 *  - A loop device goes with its last mount, also when its maker was killed; none is left to be cleaned up.
 */
import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, CommandFailed, type RunCommand } from './commands.ts';

/** How long what held a file system may take to let go: an ended container, a process that just began. */
const RELEASE_MS = 2_000;
const RELEASE_STEP_MS = 30;

export interface Mount {
  readonly path: string;
  /** `/dev/loop3` */
  readonly device: string;
  readonly type: string;
  /** Of the mount and of the file system. */
  readonly options: ReadonlySet<string>;
}

export class Mounts {
  readonly #run: RunCommand;
  readonly #asHost: readonly string[];

  /** `ownNamespace`: what is mounted here, nobody else sees. */
  constructor(run: RunCommand, ownNamespace: boolean) {
    this.#run = run;
    this.#asHost = ownNamespace ? ['systemd-run', '--quiet', '--wait', '--pipe', '--collect', '--'] : [];
  }

  /** Undefined: nothing is mounted exactly there. */
  async at(path: string): Promise<Mount | undefined> {
    return mountedAt(await readFile('/proc/self/mountinfo', 'utf8'), path);
  }

  async mountImage(image: string, path: string, access: 'rw' | 'ro' = 'rw'): Promise<void> {
    const options = `loop,${access},nosuid,nodev,noatime,errors=remount-ro`;
    await this.#host(['mount', '-t', 'ext4', '-o', options, image, path]);
    const device = (await this.at(path))?.device;
    if (device === undefined)
      throw new Error(`${path} was mounted, but is not seen here: berthd runs apart from the mounts of the host`);
    // Otherwise every byte is cached twice. Not every file system below takes it, and all works without.
    if (access === 'rw') await this.#run(['losetup', '--direct-io=on', device]).catch(() => undefined);
  }

  /**
   * Unmounts it where it is mounted. False where somebody has it open: then it is mounted as before.
   * A container may hold the file system in a mount namespace of its own; only the loop device knows.
   */
  async release(image: string, path: string): Promise<boolean> {
    const mounted = (await this.at(path)) !== undefined;
    if (mounted && !(await this.unmount(path))) return false;
    if (await this.#isFree(image)) return true;
    if (mounted) await this.mountImage(image, path);
    return false;
  }

  /** False where somebody has it open. */
  async unmount(path: string): Promise<boolean> {
    const until = Date.now() + RELEASE_MS;
    for (;;)
      try {
        await this.#host(['umount', path]);
        return true;
      } catch (error) {
        if (!(error instanceof CommandFailed && error.stderr.includes('busy'))) throw error;
        if (Date.now() > until) return false;
        await sleep(RELEASE_STEP_MS);
      }
  }

  async #isFree(image: string): Promise<boolean> {
    const until = Date.now() + RELEASE_MS;
    while ((await this.#run(['losetup', '--noheadings', '--output', 'NAME', '--associated', image])) !== '') {
      if (Date.now() > until) return false;
      await sleep(RELEASE_STEP_MS);
    }
    return true;
  }

  async #host(command: Command): Promise<void> {
    await this.#run([...this.#asHost, ...command] as unknown as Command);
  }
}

/** From the text of proc(5) /proc/PID/mountinfo; of several mounts on one path the last is what is seen. */
export function mountedAt(mountinfo: string, path: string): Mount | undefined {
  return mountsIn(mountinfo).findLast((mount) => mount.path === path);
}

/** The mount that a path lies on. */
export function mountHolding(mountinfo: string, path: string): Mount | undefined {
  const holding = mountsIn(mountinfo).filter((mount) => `${path}/`.startsWith(mount.path.replace(/\/?$/, '/')));
  return holding.reduce<Mount | undefined>(
    (best, mount) => (best !== undefined && best.path.length > mount.path.length ? best : mount),
    undefined,
  );
}

function mountsIn(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , path, options = ''] = before.split(' ');
    const [type = '', device = '', fileSystemOptions = ''] = after.split(' ');
    if (path === undefined) return [];
    const all = [...options.split(','), ...fileSystemOptions.split(',')];
    return [{ path: unescaped(path), device: unescaped(device), type, options: new Set(all) }];
  });
}

/** Spaces and backslashes are written as three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Whether this process sees other mounts than the host's first process; false where that cannot be known. */
export async function inOwnMountNamespace(): Promise<boolean> {
  try {
    return (await readlink('/proc/self/ns/mnt')) !== (await readlink('/proc/1/ns/mnt'));
  } catch {
    return false;
  }
}
