/** Image files for what they alone can get wrong: every byte, kills, full disks, and containers that use them. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunCommand, runCommand } from '../../daemon/adapters/commands.ts';
import { probeVolumes } from '../../daemon/adapters/volumeProbe.ts';
import { collect, plainExec, plainSpec } from '../rig/engine/conformance.ts';
import { IMAGE, outsideView } from '../rig/testEngine.ts';
import { fingerprintOf, plantCanaryTree } from '../rig/volumes/canaryTree.ts';
import { loopBench, type VolumeBench, volumeErrorOf, volumeId } from '../rig/volumes/conformance.ts';
import { killAtEveryCommand, shrinking } from '../rig/volumes/kills.ts';
import { smallDisk } from '../rig/volumes/smallDisk.ts';

const MB = 2 ** 20;
const id = volumeId('data');
const sized = (megabytes: number) => ({ sizeBytes: megabytes * MB, thin: false });

let bench: VolumeBench;
let directory: string;
beforeEach(async () => {
  bench = await loopBench();
  directory = bench.host.support().directory;
});
afterEach(() => bench?.[Symbol.asyncDispose]());

describe('every byte', () => {
  test('of a tree with everything in it stays through growth, shrinking and a remount', async () => {
    const { host } = bench;
    await host.create(id, sized(40));
    const root = host.path(id);
    await plantCanaryTree(root);
    const planted = await fingerprintOf(root);
    expect(Object.keys(planted)).toHaveLength(323);
    for (const size of [60, 200, 15, 500, 14]) {
      await host.resize(id, size * MB);
      expect(await fingerprintOf(root)).toEqual(planted);
    }
    await bench.unmount(id);
    await host.mount(id);
    expect(await fingerprintOf(root)).toEqual(planted);
  });

  test('has an inode, also of more small files than a new volume of that size would take', async () => {
    const { host } = bench;
    await host.create(id, sized(300));
    const many = join(host.path(id), 'many');
    await mkdir(many);
    await runCommand(['sh', '-c', `cd ${many} && seq 9000 | xargs touch`]);
    await host.resize(id, 20 * MB);
    expect(await readdir(many)).toHaveLength(9000);
  });

  test('is written to blocks that the host has given before', async () => {
    await bench.host.create(id, sized(30));
    const image = await stat(join(directory, id, 'image'));
    expect(image.blocks * 512).toBeGreaterThanOrEqual(image.size);
    await bench.host.resize(id, 50 * MB);
    const grown = await stat(join(directory, id, 'image'));
    expect(grown.blocks * 512).toBeGreaterThanOrEqual(grown.size);
  });

  test('is out of reach for all but root and the containers that bind it', async () => {
    await bench.host.create(id, sized(20));
    for (const path of [join(directory, id), join(directory, id, 'image')])
      expect((await stat(path)).mode & 0o077).toBe(0);
    expect((await stat(bench.host.path(id))).mode & 0o7777).toBe(0o1777);
    const mount = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').find((it) => it.includes(`${id}/mount`));
    expect(mount).toMatch(/nosuid,nodev/);
  });
});

describe('a container', () => {
  const engine = outsideView();
  const withBind = async (user = '') => {
    const binds = [`${bench.host.path(id)}:/data`];
    const container = await engine.create({ ...plainSpec, name: `${id}-${Date.now()}`, image: IMAGE, binds, user });
    const sh = async (script: string) =>
      collect(await engine.exec(container, { ...plainExec, cmd: ['sh', '-c', script] }));
    return { sh, container, [Symbol.asyncDispose]: () => engine.remove(container) };
  };

  test.each(['', '1000:1000'])('of user "%s" may write so many bytes, and no more', async (user) => {
    await bench.host.create(id, sized(20));
    await using it = await withBind(user);
    await engine.start(it.container);
    const filled = await it.sh('dd if=/dev/zero of=/data/fill bs=64k; stat -c %s /data/fill');
    expect(filled.stderr).toContain('No space left on device');
    expect(Number(filled.stdout)).toBeGreaterThanOrEqual(20 * MB);
    expect(Number(filled.stdout)).toBeLessThan(20 * MB * 1.01 + MB);
    expect((await it.sh('rm /data/fill && echo again > /data/small && cat /data/small')).stdout).toBe('again\n');
  });

  test('does not start while the volume is not mounted, and writes nothing in its place', async () => {
    await bench.host.create(id, sized(20));
    await using it = await withBind();
    await bench.unmount(id);
    await expect(engine.start(it.container)).rejects.toThrow(/data/);
    expect(await readdir(join(directory, id, 'mount'))).toEqual([]);
    await bench.host.mount(id);
    await engine.start(it.container);
  });

  test('keeps the volume from being removed, shrunk or grown apart from it, until it ends', async () => {
    const { host } = bench;
    await host.create(id, sized(20));
    await using it = await withBind();
    await engine.start(it.container);
    await it.sh('echo here > /data/file');
    expect(await volumeErrorOf(host.remove(id))).toBe('inUse');
    expect(await volumeErrorOf(host.resize(id, 10 * MB))).toBe('inUse');
    expect((await it.sh('echo more >> /data/file; cat /data/file')).stdout).toBe('here\nmore\n');
    await engine.stop(it.container, 0);
    await host.resize(id, 10 * MB);
    await engine.start(it.container);
    expect((await it.sh('cat /data/file')).stdout).toBe('here\nmore\n');
    await engine.stop(it.container, 0);
    await host.remove(id);
  });
});

describe('a daemon killed in the middle', () => {
  // The other verbs, and the moments before and after each command, in test/full/loopVolumes.test.ts.
  test('of shrinking finds every byte and goes on', async () => {
    expect(await killAtEveryCommand(bench, shrinking, ['during'])).toBeGreaterThan(10);
  });
});

describe('a disk that is full', () => {
  /** A host whose disk is filled right before the command that begins so. */
  async function filledBefore(start: string, megabytes = 200, leftBytes = 0) {
    const disk = await smallDisk(megabytes);
    let armed = true;
    const run: RunCommand = async (command, options) => {
      if (armed && command.join(' ').startsWith(start)) {
        armed = false;
        await disk.fill(leftBytes);
      }
      return runCommand(command, options);
    };
    const host = await probeVolumes({ choice: 'loop', directory: disk.path, mayTry: false, run });
    const dispose = async () => {
      await disk.free();
      for (const each of await host.list()) await host.remove(each);
      await disk[Symbol.asyncDispose]();
    };
    return { host, disk, [Symbol.asyncDispose]: dispose };
  }

  test('before a volume is made leaves nothing of it, and the next try succeeds once there is room', async () => {
    await using it = await filledBefore('never');
    await it.disk.fill();
    expect(await volumeErrorOf(it.host.create(id, sized(20)))).toBe('noRoom');
    expect(await it.host.list()).toEqual([]);
    await it.disk.free();
    await it.host.create(id, sized(20));
    expect(await it.host.look(id)).toMatchObject({ mounted: true });
  });

  test('while a volume is made leaves nothing of it, and the next try succeeds once there is room', async () => {
    await using it = await filledBefore('fallocate');
    expect(await volumeErrorOf(it.host.create(id, sized(20)))).toBe('noRoom');
    expect(await it.host.list()).toEqual([]);
    await it.disk.free();
    await it.host.create(id, sized(20));
    expect(await it.host.look(id)).toMatchObject({ mounted: true });
  });

  test.each([60, 10])('while it is resized to %d MB leaves it as it was, until there is room', async (size) => {
    await using it = await filledBefore('never');
    const { host, disk } = it;
    await host.create(id, sized(20));
    await writeFile(join(host.path(id), 'canary'), Buffer.alloc(5 * MB, 'sings'));
    const before = await host.look(id);
    await disk.fill();
    expect(await volumeErrorOf(host.resize(id, size * MB))).toBe('noRoom');
    expect(await host.look(id)).toEqual(before);
    expect(await readFile(join(host.path(id), 'canary'), 'utf8')).toBe('sings'.repeat(MB));
    await disk.free();
    await host.resize(id, size * MB);
    expect(await readFile(join(host.path(id), 'canary'), 'utf8')).toBe('sings'.repeat(MB));
  });

  test('does not keep what is written into a volume from fitting', async () => {
    await using it = await filledBefore('never');
    await it.host.create(id, sized(20));
    await it.disk.fill();
    expect(await it.disk.freeBytes()).toBe(0);
    await writeFile(join(it.host.path(id), 'all'), Buffer.alloc(20 * MB, 'x'), { flush: true });
  });

  test('while a thin volume is copied costs the copy, not the volume', async () => {
    await using it = await filledBefore('cp', 300, 10 * MB);
    const { host, disk } = it;
    await host.create(id, { sizeBytes: 200 * MB, thin: true });
    const canary = Buffer.alloc(60 * MB, 'sings');
    await writeFile(join(host.path(id), 'canary'), canary, { flush: true });
    expect(await volumeErrorOf(host.resize(id, 100 * MB))).not.toBe('none');
    expect(canary.equals(await readFile(join(host.path(id), 'canary')))).toBe(true);
    await disk.free();
    await host.resize(id, 100 * MB);
    expect(canary.equals(await readFile(join(host.path(id), 'canary')))).toBe(true);
  });
});
