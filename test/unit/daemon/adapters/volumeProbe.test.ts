import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandFailed, type RunCommand, runCommand } from '../../../../daemon/adapters/commands.ts';
import { probeVolumes } from '../../../../daemon/adapters/volumeProbe.ts';
import { StartError } from '../../../../daemon/core/startError.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-probe-'));
});
afterEach(() => rm(directory, { recursive: true }));

const noLoop: RunCommand = async (command) => {
  throw new CommandFailed(command, 32, 'failed to setup loop device: Operation not permitted');
};
const asRoot = process.getuid?.() === 0;

const xfs = (options: string) => `22 1 8:1 / / rw shared:1 - xfs /dev/sda1 rw,attr2,${options}`;

test('with "none" nothing is looked for', async () => {
  const host = await probeVolumes({ choice: 'none', directory: join(directory, 'v'), mayTry: true });
  expect(host.support()).toMatchObject({ backend: null, reason: 'volumes.backend is "none"' });
  expect(await readdir(directory)).toEqual([]);
});

describe('where image files cannot be mounted', () => {
  test('there are no volumes with a size, and it is said why', async () => {
    const host = await probeVolumes({ choice: 'auto', directory, mayTry: true, run: noLoop });
    const why = asRoot ? /Operation not permitted$/ : /run berthd as root$/;
    expect(host.support()).toMatchObject({ backend: null, growsInUse: false, reason: expect.stringMatching(why) });
    await expect(host.create('a-'.padEnd(28, '0'), { sizeBytes: 1, thin: false })).rejects.toThrow(why);
  });

  test('a daemon that was told to use them does not start', async () => {
    const asked = probeVolumes({ choice: 'loop', directory, mayTry: true, run: noLoop });
    await expect(asked).rejects.toThrow(StartError);
    await expect(asked).rejects.toThrow(/^volumes.backend is "loop", which does not work here: /);
  });

  test('a directory that cannot be made is the reason', async () => {
    await writeFile(join(directory, 'file'), '');
    const host = await probeVolumes({ choice: 'auto', directory: join(directory, 'file', 'v'), mayTry: true });
    expect(host.support().reason).toMatch(/file\/v cannot be made: ENOTDIR/);
  });
});

// Only root may set limits, so only root is answered this.
describe.skipIf(!asRoot)('quotas', () => {
  const quiet: RunCommand = async (command, options) => (command[0] === 'chmod' ? runCommand(command, options) : '');

  test.each(['noquota', 'usrquota', 'pqnoenforce'])('on a file system with %s are not to be had', async (options) => {
    const asked = probeVolumes({ choice: 'quota', directory, mayTry: false, mountinfo: xfs(options) });
    await expect(asked).rejects.toThrow(/quota".*is not on an XFS file system mounted with the option prjquota$/);
  });

  test('without their programs name the package', async () => {
    const asked = probeVolumes({
      choice: 'quota',
      directory,
      mayTry: false,
      mountinfo: xfs('prjquota'),
      path: directory,
    });
    await expect(asked).rejects.toThrow(/xfs_quota, xfs_io not found; apt install xfsprogs$/);
  });

  test('are preferred where they work', async () => {
    for (const program of ['xfs_quota', 'xfs_io']) await writeFile(join(directory, program), '', { mode: 0o755 });
    const probe = { directory: join(directory, 'v'), mayTry: true, mountinfo: xfs('prjquota'), path: directory };
    const host = await probeVolumes({ ...probe, choice: 'auto', run: quiet });
    expect(host.support()).toMatchObject({ backend: 'quota', growsInUse: true });
    expect(await host.list()).toEqual([]);
  });

  test('that refuse a limit are not used', async () => {
    for (const program of ['xfs_quota', 'xfs_io']) await writeFile(join(directory, program), '', { mode: 0o755 });
    const refusing: RunCommand = async (command, options) => {
      if (command[0] !== 'xfs_quota') return quiet(command, options);
      throw new CommandFailed(command, 1, 'xfs_quota: cannot set limits: Operation not supported');
    };
    const probe = { directory: join(directory, 'v'), mayTry: true, mountinfo: xfs('prjquota'), path: directory };
    await expect(probeVolumes({ ...probe, choice: 'quota', run: refusing })).rejects.toThrow(/not supported$/);
  });
});

// Only root may mount, so only root is answered this.
describe.skipIf(!asRoot)('without a trial', () => {
  test('nothing is made, and links are followed', async () => {
    await symlink(directory, join(directory, 'link'));
    const host = await probeVolumes({ choice: 'auto', directory: join(directory, 'link'), mayTry: false, run: noLoop });
    expect(host.support()).toMatchObject({ backend: 'loop', directory });
    expect(await readdir(directory)).toEqual(['link']);
  });

  test('a program that is missing is named with its package', async () => {
    const host = await probeVolumes({ choice: 'auto', directory, mayTry: false, path: directory });
    expect(host.support().reason).toMatch(/mkfs.ext4, .* not found; apt install e2fsprogs mount util-linux coreutils$/);
  });
});
