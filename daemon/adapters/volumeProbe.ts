/**
 * Finds out at start how the size of a volume can be made to hold here: by project quotas, by image files, or not.
 *
 * Invariant: what is answered was seen to work. Programs are looked for and, unless nothing may be touched, a small
 * volume is made and removed again.
 */
import { access, constants, mkdir, readFile, realpath, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/startError.ts';
import type { SizedBackend, VolumeHost } from '../core/volumeHost.ts';
import { PATH, type RunCommand, runCommand } from './commands.ts';
import { LoopVolumes } from './loopVolumes.ts';
import { MixedVolumes } from './mixedVolumes.ts';
import { inOwnMountNamespace, type Mount, mountHolding } from './mounts.ts';
import { NoVolumes } from './noVolumes.ts';
import { QuotaVolumes } from './quotaVolumes.ts';
import { ignoreMissing } from './volumePlaces.ts';

/** `auto`: quotas where there are any, else image files. */
export type VolumeBackendChoice = SizedBackend | 'auto' | 'none';

export interface VolumeProbe {
  readonly choice: VolumeBackendChoice;
  readonly directory: string;
  /** False: nothing is made, mounted or tried; the answer is what it looks like. */
  readonly mayTry: boolean;
  readonly run?: RunCommand;
  /** Where programs are looked for. */
  readonly path?: string;
  /** The text of /proc/self/mountinfo. */
  readonly mountinfo?: string;
}

/** A host, or what is missing and how to get it. */
type Finding = VolumeHost | string;

/** Throws StartError where the backend that was asked for does not work. */
export async function probeVolumes(probe: VolumeProbe): Promise<VolumeHost> {
  const { choice, directory } = probe;
  if (choice === 'none') return new NoVolumes(directory, 'volumes.backend is "none"');
  const found = await findBackends(probe);
  const asked = choice === 'auto' ? undefined : found[choice];
  if (typeof asked === 'string')
    throw new StartError(`volumes.backend is "${choice}", which does not work here: ${asked}`);
  const { quota, loop } = found;
  const first = asked ?? (typeof quota === 'string' ? loop : quota);
  if (typeof first === 'string') return new NoVolumes(directory, `a size cannot be enforced here: ${first}`);
  const either = (finding: Finding) =>
    typeof finding === 'string' ? new NoVolumes(first.support().directory, finding) : finding;
  return new MixedVolumes(first, { quota: either(quota), loop: either(loop) });
}

async function findBackends(probe: VolumeProbe): Promise<Record<SizedBackend, Finding>> {
  if (process.getuid?.() !== 0) return both('that takes root; run berthd as root');
  const directory = await placeFor(probe);
  if (typeof directory !== 'string') return both(directory.problem);
  return { quota: await quotaVolumes(probe, directory), loop: await loopVolumes(probe, directory) };
}

const both = (problem: string): Record<SizedBackend, Finding> => ({ quota: problem, loop: problem });

/** With its links followed, as mounts show it. */
async function placeFor({ directory, mayTry }: VolumeProbe): Promise<string | { readonly problem: string }> {
  try {
    if (mayTry) await mkdir(directory, { recursive: true, mode: 0o700 });
    return (await realpath(directory).catch(ignoreMissing)) ?? directory;
  } catch (error) {
    return { problem: `the directory ${directory} cannot be made: ${(error as Error).message}` };
  }
}

const QUOTA_PROGRAMS: Readonly<Record<string, string>> = { xfs_quota: 'xfsprogs', xfs_io: 'xfsprogs' };

async function quotaVolumes(probe: VolumeProbe, directory: string): Promise<Finding> {
  const mountinfo = probe.mountinfo ?? (await readFile('/proc/self/mountinfo', 'utf8'));
  const mount = mountHolding(mountinfo, directory);
  if (mount === undefined || !hasProjectQuotas(mount))
    return `${directory} is not on an XFS file system mounted with the option prjquota`;
  const missing = await missingPackages(QUOTA_PROGRAMS, probe);
  if (missing !== undefined) return missing;
  const run = probe.run ?? runCommand;
  const reason = `project quotas of the XFS file system at ${mount.path}; their size changes in use`;
  const hostAt = (at: string) =>
    new QuotaVolumes({
      run,
      mountPoint: mount.path,
      support: { backend: 'quota', directory: at, reason, growsInUse: true },
    });
  return (await tryOut(probe, directory, hostAt)) ?? hostAt(directory);
}

/** The kernel shows `prjquota`; a mount may also have been asked for `pquota`. Without enforcement it is `pqnoenforce`. */
const hasProjectQuotas = ({ type, options }: Mount): boolean =>
  type === 'xfs' && (options.has('prjquota') || options.has('pquota'));

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

async function loopVolumes(probe: VolumeProbe, directory: string): Promise<Finding> {
  const ownNamespace = await inOwnMountNamespace();
  const missing = await missingPackages(
    ownNamespace ? { ...LOOP_PROGRAMS, 'systemd-run': 'systemd' } : LOOP_PROGRAMS,
    probe,
  );
  if (missing !== undefined) return missing;
  const run = probe.run ?? runCommand;
  const growsInUse = await mayGrowMounted();
  const growth = growsInUse ? 'they grow in use' : 'they cannot grow in use, as berthd lacks CAP_SYS_RESOURCE';
  const reason = `image files with ext4 in ${directory}; ${growth}`;
  const hostAt = (at: string) =>
    new LoopVolumes({ run, ownNamespace, support: { backend: 'loop', directory: at, reason, growsInUse } });
  return (await tryOut(probe, directory, hostAt)) ?? hostAt(directory);
}

/** Makes and removes a volume; what an earlier try left is removed first. Answers what failed. */
async function tryOut(
  { mayTry }: VolumeProbe,
  parent: string,
  hostAt: (directory: string) => VolumeHost,
): Promise<string | undefined> {
  if (!mayTry) return undefined;
  const id = `probe-${'0'.repeat(26)}`;
  const directory = join(parent, `.probe-${hostAt(parent).support().backend}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const host = hostAt(directory);
    await host.remove(id);
    await host.create(id, { sizeBytes: 2 ** 20, thin: false });
    await access(host.path(id));
    await host.remove(id);
    await rmdir(directory);
    return undefined;
  } catch (error) {
    return `a small volume could not be made: ${(error as Error).message}`;
  }
}

async function missingPackages(
  programs: Readonly<Record<string, string>>,
  { path = PATH }: VolumeProbe,
): Promise<string | undefined> {
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
