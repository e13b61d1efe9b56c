import { describe, expect, test } from 'vitest';
import { type Command, CommandFailed, type RunCommand } from '../../../../daemon/adapters/commands.ts';
import { inOwnMountNamespace, Mounts, mountedAt, mountHolding } from '../../../../daemon/adapters/mounts.ts';

const mountinfo = [
  '22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard',
  '42 22 7:0 / /v/a\\040b rw,nosuid,nodev,noatime shared:9 master:2 - ext4 /dev/loop0 rw',
  '43 22 7:1 / /v/twice rw - ext4 /dev/loop1 rw',
  '44 22 7:2 / /v/twice rw - ext4 /dev/loop2 rw',
].join('\n');

describe('the list of mounts', () => {
  test('says what is mounted on a path', () => {
    const options = new Set(['rw', 'nosuid', 'nodev', 'noatime']);
    const mount = { path: '/v/a b', device: '/dev/loop0', type: 'ext4', options };
    expect(mountedAt(mountinfo, '/v/a b')).toEqual(mount);
  });

  test('says nothing of a path below a mount, or above one', () => {
    expect(mountedAt(mountinfo, '/v/a b/data')).toBeUndefined();
    expect(mountedAt(mountinfo, '/v')).toBeUndefined();
  });

  test('says which mount a path lies on, with the options of its file system', () => {
    expect(mountHolding(mountinfo, '/v/a b/data')?.path).toBe('/v/a b');
    expect(mountHolding(mountinfo, '/v/a b')?.path).toBe('/v/a b');
    expect(mountHolding(mountinfo, '/v/a bc')?.path).toBe('/');
    expect(mountHolding(mountinfo, '/')?.options).toContain('discard');
    expect(mountHolding('', '/')).toBeUndefined();
  });

  test('shows of two mounts on a path the one that is seen', () => {
    expect(mountedAt(mountinfo, '/v/twice')?.device).toBe('/dev/loop2');
  });
});

describe('a daemon in a mount namespace of its own', () => {
  const commands: Command[] = [];
  const answer =
    (failure?: CommandFailed): RunCommand =>
    async (command) => {
      commands.push(command);
      if (failure !== undefined) throw failure;
      return '';
    };

  test('lets the first process of the host unmount', async () => {
    await new Mounts(answer(), true).unmount('/v/a');
    expect(commands.at(-1)?.join(' ')).toMatch(/^systemd-run .*--wait .*-- umount \/v\/a$/);
    await new Mounts(answer(), false).unmount('/v/a');
    expect(commands.at(-1)).toEqual(['umount', '/v/a']);
  });

  test('notices that a mount did not come back to it', async () => {
    const mounts = new Mounts(answer(), true);
    await expect(mounts.mountImage('/v/image', '/v/nowhere')).rejects.toThrow(/\/v\/nowhere was mounted, but/);
    expect(commands.at(-1)).toContain('loop,rw,nosuid,nodev,noatime,errors=remount-ro');
  });

  test('passes on what is not about being busy', async () => {
    const broken = new CommandFailed(['umount', '/v/a'], 32, 'umount: /v/a: not mounted.');
    await expect(new Mounts(answer(broken), false).unmount('/v/a')).rejects.toBe(broken);
  });

  test('is not what this test is', async () => {
    expect(await inOwnMountNamespace()).toBe(false);
  });
});
