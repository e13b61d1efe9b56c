/**
 * Finds out at start how the size of a volume can be made to hold here: by project quotas, by image files, or not.
 *
 * Invariant: what is answered was seen to work. Programs are looked for and, unless nothing may be touched, a small
 * volume is made, mounted and removed again.
 */
import { access, constants, mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/startError.ts';
import type { SizedBackend, VolumeHost, VolumeSupport } from '../core/volumeHost.ts';
import { PATH, type RunCommand, runCommand } from './commands.ts';
import { LoopVolumes } from './loopVolumes.ts';
import { inOwnMountNamespace } from './mounts.ts';
import { NoVolumes } from './noVolumes.ts';
import { ignoreMissing } from './volumePlaces.ts';

/** `auto`: whatever works. */
export type VolumeBackendChoice = 'loop' | 'auto' | 'none';

export interface VolumeProbe {
  readonly choice: VolumeBackendChoice;
  readonly directory: string;
  /** False: nothing is made, mounted or tried; the answer is what it looks like. */
  readonly mayTry: boolean;
  readonly run?: RunCommand;
  /** Where programs are looked for. */
  readonly path?: string;
}

/** Throws StartError where the backend that was asked for does not work. */
export async function probeVolumes(probe: VolumeProbe): Promise<VolumeHost> {
  const { choice, directory, mayTry } = probe;
  if (choice === 'none') return new NoVolumes(directory, 'volumes.backend is "none"');
  const place = await placeFor(directory, mayTry);
  const host = typeof place === 'string' ? await loopVolumes(probe, place) : place.problem;
  if (typeof host !== 'string') return host;
  if (choice === 'auto') return new NoVolumes(directory, `a size cannot be enforced here: ${host}`);
  throw new StartError(`volumes.backend is "${choice}", which does not work here: ${host}`);
}

/** With its links followed, as mounts show it. */
async function placeFor(directory: string, mayTry: boolean): Promise<string | { readonly problem: string }> {
  try {
    if (mayTry) await mkdir(directory, { recursive: true, mode: 0o700 });
    return (await realpath(directory).catch(ignoreMissing)) ?? directory;
  } catch (error) {
    return { problem: `the directory ${directory} cannot be made: ${(error as Error).message}` };
  }
}

/** Program → Debian's package that has it. */
const LOOP_PROGRAMS: Readonly<Record<string, string>> = {
  'mkfs.ext4': 'e2fsprogs',
  resize2fs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  losetup: 'mount',
  mount: 'mount',
  umount: 'mount',
  fallocate: 'util-linux',
  flock: 'util-linux',
  setpriv: 'util-linux',
  cp: 'coreutils',
};

/** The host, or what is missing and how to get it. */
async function loopVolumes(probe: VolumeProbe, directory: string): Promise<LoopVolumes | string> {
  const { mayTry, run = runCommand, path = PATH } = probe;
  if (process.getuid?.() !== 0) return 'mounting image files takes root; run berthd as root';
  const ownNamespace = await inOwnMountNamespace();
  const programs = { ...LOOP_PROGRAMS, ...(ownNamespace ? { 'systemd-run': 'systemd' } : {}) };
  const missing = await missingPackages(programs, path);
  if (missing !== undefined) return missing;
  const growsInUse = await mayGrowMounted();
  const support = supportOf('loop', directory, growsInUse);
  if (mayTry) {
    const problem = await tryOut(join(directory, '.probe'), (at) => {
      const trial = { run, support: supportOf('loop', at, growsInUse), ownNamespace };
      return new LoopVolumes(trial);
    });
    if (problem !== undefined) return problem;
  }
  return new LoopVolumes({ run, support, ownNamespace });
}

function supportOf(backend: SizedBackend, directory: string, growsInUse: boolean): VolumeSupport {
  const growth = growsInUse ? 'they grow in use' : 'they cannot grow in use, as berthd lacks CAP_SYS_RESOURCE';
  return { backend, directory, reason: `image files with ext4 in ${directory}; ${growth}`, growsInUse };
}

/** Makes, mounts and removes a volume; what an earlier try left is removed first. Answers what failed. */
async function tryOut(directory: string, hostAt: (directory: string) => VolumeHost): Promise<string | undefined> {
  const id = `probe-${'0'.repeat(26)}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const host = hostAt(directory);
    await host.remove(id);
    await host.create(id, { sizeBytes: 2 ** 20, thin: false });
    await access(host.path(id));
    await host.remove(id);
    return undefined;
  } catch (error) {
    return `a small volume could not be made: ${(error as Error).message}`;
  }
}

async function missingPackages(programs: Readonly<Record<string, string>>, path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (const program of Object.keys(programs)) if (!(await isOn(path, program))) missing.push(program);
  if (missing.length === 0) return undefined;
  const packages = new Set(missing.map((program) => programs[program]));
  return `${missing.join(', ')} not found; apt install ${[...packages].join(' ')}`;
}

async function isOn(path: string, program: string): Promise<boolean> {
  for (const directory of path.split(':')) {
    const found = access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (await found) return true;
  }
  return false;
}

/** Capability 24 of capabilities(7); ext4 asks for it before it grows under a mount. */
async function mayGrowMounted(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n;
}
