/**
 * Volumes with a size as people use them, in real containers on real file systems: a size that holds, every byte from
 * version to version. Kills in the middle: test/full/kills.test.ts.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VolumeView } from '../../common/contract/volume.ts';
import { Daemon } from '../rig/daemon.ts';
import { IMAGE, testEngine } from '../rig/testEngine.ts';
import { smallDisk } from '../rig/volumes/smallDisk.ts';

const MB = 2 ** 20;
const run = promisify(execFile);

let daemon: Daemon;
beforeEach(async () => {
  daemon = await Daemon.start({ ...testEngine() });
});
afterEach(() => daemon.dispose());

const create = (size: string) => daemon.ok('POST', '/volumes', { name: 'bar', size });
const resize = (size: string) => daemon.rest('PATCH', '/volumes/bar/size', { size, restartUsers: true });
const status = () => daemon.ok<VolumeView>('GET', '/volumes/bar/status');
const start = (src = 'bar') =>
  daemon.ok('POST', '/replicaSet', { replicaSetName: 'train', imageName: IMAGE, binds: [{ src, dest: '/data' }] });
const inside = (script: string) => daemon.inside('train', script);
const hashes = () => inside('cd /data && find . -type f -exec md5sum {} + | sort; ls -Aln . sub');
const plant = () =>
  inside(
    'cd /data && mkdir sub && dd if=/dev/urandom of=sub/.big bs=1M count=8 2>/dev/null && ln sub/.big hard && ln -s sub/.big soft && touch -d @1234567890 old && chmod 4711 old',
  );

/** What is mounted below the daemon's directory, as paths from there. */
async function mounts(): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${daemon.directory}/`));
}

test('a size holds: the container that writes more is told so, and the host gives no more', async () => {
  await create('20MB');
  await start();
  const said = await inside('dd if=/dev/zero of=/data/fill bs=64k 2>&1; stat -c %s /data/fill');
  expect(said).toContain('No space left on device');
  const written = Number(said.trim().split('\n').at(-1));
  expect(written).toBeGreaterThanOrEqual(20 * MB);
  expect(written).toBeLessThan(20 * MB * 1.01 + MB);
  expect(await status()).toMatchObject({ versionName: 'bar-1', mounted: true, usedBy: [{ name: 'train' }] });
});

test('a volume goes up and down with every byte, under a set that runs and one that is stopped', async () => {
  await create('20MB');
  await start();
  await plant();
  const planted = await hashes();
  expect(await resize('50MB')).toMatchObject({ code: 200, data: { name: 'bar-2' } });
  expect(await hashes()).toBe(planted);
  expect(await resize('50MB')).toMatchObject({ code: 1028 });
  expect(await resize('5MB')).toMatchObject({ code: 1030 });
  await daemon.ok('PATCH', '/replicaSet/train/stop');
  expect(await resize('40MB')).toMatchObject({ code: 200, data: { name: 'bar-3' } });
  await daemon.ok('PATCH', '/replicaSet/train/restart');
  expect(await hashes()).toBe(planted);
  expect(await daemon.rest('DELETE', '/volumes/bar')).toMatchObject({ status: 409 });
  await daemon.ok('DELETE', '/replicaSet/train');
  await daemon.ok('DELETE', '/volumes/bar');
  expect(await mounts()).toEqual([]);
});

test('after a reboot everything is mounted before a set runs, and an unmounted volume is never written beside', async () => {
  await create('20MB');
  await start();
  await inside('echo here > /data/file');
  await daemon.ok('PATCH', '/replicaSet/train/stop');
  await daemon.stop();
  const [mount = ''] = await mounts();
  await run('umount', [mount]);
  expect(await readdir(mount)).toEqual([]);
  await daemon.startAgain();
  await daemon.ok('PATCH', '/replicaSet/train/restart');
  expect(await inside('cat /data/file')).toBe('here\n');
});

test('a disk that is full refuses in words, keeps what was acknowledged, and takes the next try', async () => {
  await using disk = await smallDisk(120);
  await daemon.stop();
  await daemon.startAgain({ env: { BERTH_VOLUMES_DIR: disk.path } });
  await create('20MB');
  await start();
  await plant();
  const planted = await hashes();
  await disk.fill(15 * MB);
  const refused = { status: 409, msg: expect.stringMatching(/MiB free/) };
  expect(await daemon.rest('POST', '/volumes', { name: 'more', size: '30MB' })).toMatchObject(refused);
  expect(await resize('60MB')).toMatchObject(refused);
  expect(await status()).toMatchObject({ versionName: 'bar-1', size: '20MB', mounted: true });
  expect(await hashes()).toBe(planted);
  expect((await readdir(disk.path)).filter((name) => name.startsWith('more'))).toEqual([]);
  await disk.free();
  expect(await resize('60MB')).toMatchObject({ code: 200 });
  expect(await hashes()).toBe(planted);
  await daemon.ok('DELETE', '/replicaSet/train');
  await daemon.ok('DELETE', '/volumes/bar');
});

test('two resizes at once come one after the other', async () => {
  await create('20MB');
  await start();
  await plant();
  const planted = await hashes();
  const answers = await Promise.all([resize('30MB'), resize('40MB')]);
  expect(answers.map(({ code }) => code)).toEqual([200, 200]);
  expect((await status()).version).toBe(3);
  expect(await hashes()).toBe(planted);
});
