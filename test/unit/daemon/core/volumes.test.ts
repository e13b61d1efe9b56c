import { beforeEach, describe, expect, test } from 'vitest';
import { hostIdOf } from '../../../../daemon/core/volumeUse.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { codeOf } from '../../../rig/setScenes.ts';

const MB = 2 ** 20;
let rig: CoreRig;
beforeEach(async () => {
  rig = await CoreRig.open({ volumes: { totalBytes: 1000 * MB, support: { growsInUse: false } } });
});

const volumes = () => rig.services.volume;
const create = (name: string, size: string | null = '20MB', thin = false) =>
  volumes().create({ name, size, thin }, rig.caller());
const resize = (name: string, size: string, restartUsers = false) =>
  volumes().resize({ name, size, restartUsers }, rig.caller());
const remove = (name: string) => volumes().remove({ name }, rig.caller());
const status = (name: string) => volumes().status({ name }, rig.caller());
const bound = (name: string, src: string) => rig.run(name, { binds: [{ src, dest: '/data' }] });
const idOf = (name: string): string => {
  const volume = rig.core.state.table('volume').get(name);
  if (volume === undefined) throw new Error(`there is no volume ${name}`);
  return hostIdOf(volume);
};
const bindsOf = (container: string) => rig.world.find(container)?.spec.binds;

describe('create', () => {
  test('makes version 1, mounted, with its size', async () => {
    expect(await create('bar', '20MB')).toEqual({ name: 'bar-1', size: '20MB' });
    expect(await status('bar')).toMatchObject({ version: 1, size: '20MB', sizeBytes: 20 * MB, mounted: true });
    expect(rig.violations()).toEqual([]);
  });

  test('without a size it is a Docker volume', async () => {
    expect(await create('bar', null)).toEqual({ name: 'bar-1', size: null });
    expect(rig.world.volumes.has('bar-1')).toBe(true);
    expect(await volumes().info({ name: 'bar' }, rig.caller())).toEqual({
      Info: { version: 1, createTime: expect.any(String), opt: { Driver: 'local', Name: 'bar-1' } },
    });
  });

  test('a Docker volume of somebody else keeps its name, and the next number is taken', async () => {
    rig.engine.model.createVolume('bar-1', {});
    expect(await create('bar', null)).toEqual({ name: 'bar-2', size: null });
  });

  test('a name is taken once, also by a Docker volume', async () => {
    await create('bar');
    rig.engine.model.createVolume('old', {});
    expect(await codeOf(create('bar'))).toBe('VOLUME_TAKEN');
    expect(await codeOf(create('old'))).toBe('VOLUME_TAKEN');
  });

  test('more than is free is refused, and burns no number', async () => {
    expect(await codeOf(create('bar', '2GB'))).toBe('VOLUME_NO_ROOM');
    expect(await create('bar')).toMatchObject({ name: 'bar-1' });
  });

  test('a thin one may promise more than is free, but not more than the disk has', async () => {
    rig.volumes.model.othersBytes = 900 * MB;
    expect(await create('bar', '500MB', true)).toMatchObject({ name: 'bar-1' });
    expect(await codeOf(create('baz', '2GB', true))).toBe('VOLUME_NO_ROOM');
    expect(await codeOf(create('qux', null, true))).toBe('BAD_INPUT');
  });

  test('a size that cannot be kept to is refused with what is missing', async () => {
    rig = await CoreRig.open({ volumes: { support: { backend: null, reason: 'mkfs.ext4 is not here' } } });
    await expect(create('bar')).rejects.toThrow(/mkfs\.ext4 is not here/);
  });

  test('a number is not used again after a delete', async () => {
    await create('bar');
    await remove('bar');
    expect(await create('bar')).toMatchObject({ name: 'bar-2' });
  });
});

describe('binds', () => {
  test.each(['bar', 'bar-1', 'bar-2'])('%s means the volume as it is now', async (src) => {
    await create('bar');
    await resize('bar', '30MB');
    await bound('train', src);
    expect(bindsOf('train-1')).toEqual([`${rig.volumes.path(idOf('bar'))}:/data`]);
    expect((await rig.status('train')).binds).toEqual([{ src: 'bar-2', dest: '/data' }]);
    expect((await rig.call('info', 'train')).info.hostConfig.Binds).toEqual(['bar-2:/data']);
  });

  test('a version that never was is not found', async () => {
    await create('bar');
    expect(await codeOf(bound('train', 'bar-7'))).toBe('VOLUME_NOT_FOUND');
    expect(await codeOf(bound('train', 'nope'))).toBe('VOLUME_NOT_FOUND');
    expect(rig.world.containers.size).toBe(0);
  });

  test('an older version of a set keeps saying what it had bound', async () => {
    await create('bar');
    await bound('train', 'bar');
    await resize('bar', '30MB', true);
    const { history } = await rig.call('history', 'train');
    expect(history.map((it) => it.status.hostConfig.Binds)).toEqual([['bar-2:/data'], ['bar-1:/data']]);
  });

  test('patch finds a bind by any name of its volume', async () => {
    await create('bar');
    await create('baz');
    await bound('train', 'bar');
    const volumePatch = { oldBind: { src: 'bar-1', dest: '/data' }, newBind: { src: 'baz', dest: '/data' } };
    await rig.call('patch', 'train', { volumePatch });
    expect(bindsOf('train-2')).toEqual([`${rig.volumes.path(idOf('baz'))}:/data`]);
  });

  test('what was unmounted is mounted again before a container starts', async () => {
    await create('bar');
    await bound('train', 'bar');
    await rig.call('stop', 'train');
    rig.volumes.model.unmount(idOf('bar'));
    await rig.call('start', 'train');
    expect(rig.violations()).toEqual([]);
  });

  test('a volume that cannot be mounted fails the start, and nothing remains', async () => {
    await create('bar');
    rig.volumes.model.failNext('mount');
    expect(await codeOf(bound('train', 'bar'))).toBe('VOLUME_FAILED');
    expect(rig.violations()).toEqual([]);
  });

  test('volumes that Berth made for an image are nobody else’s', async () => {
    rig.world.addImage('db:1', { volumes: ['/data'] });
    await rig.run('db', { imageName: 'db:1' });
    const [name = ''] = [...rig.world.volumes.keys()];
    expect(await codeOf(bound('thief', name))).toBe('BIND_REFUSED');
  });
});

describe('resize', () => {
  test('grows as the next version, with every file, and keeps its history', async () => {
    await create('bar');
    rig.volumes.model.write(idOf('bar'), 'weights', 10 * MB);
    expect(await resize('bar', '50MB')).toEqual({ name: 'bar-2', size: '50MB', restarted: [] });
    expect(rig.volumes.model.filesOf(idOf('bar'))).toEqual(new Map([['weights', 10 * MB]]));
    const versions = await volumes().versions({ name: 'bar' }, rig.caller());
    expect(versions.map((it) => [it.versionName, it.size, it.cause, it.current])).toEqual([
      ['bar-2', '50MB', 'resize', true],
      ['bar-1', '20MB', 'create', false],
    ]);
    const { history } = await volumes().history({ name: 'bar' }, rig.caller());
    expect(history.map((it) => it.status.opt)).toEqual([
      { Driver: 'local', DriverOpts: { size: '50MB' }, Name: 'bar-2' },
      { Driver: 'local', DriverOpts: { size: '20MB' }, Name: 'bar-1' },
    ]);
  });

  test('the same size, in whatever unit, is refused', async () => {
    await create('bar', '512MB');
    expect(await codeOf(resize('bar', '0.5GB'))).toBe('SAME_SIZE');
  });

  test('below what it holds is refused with both numbers', async () => {
    await create('bar');
    rig.volumes.model.write(idOf('bar'), 'weights', 15 * MB);
    await expect(resize('bar', '10MB')).rejects.toMatchObject({
      code: 'SIZE_BELOW_USED',
      message: 'volume bar holds 15 MiB; asked for are 10MB',
      details: { usedBytes: 15 * MB, askedBytes: 10 * MB },
    });
  });

  test('more than the disk has is refused', async () => {
    await create('bar');
    expect(await codeOf(resize('bar', '5GB'))).toBe('VOLUME_NO_ROOM');
  });

  test('one without a size is refused', async () => {
    await create('bar', null);
    expect(await codeOf(resize('bar', '5GB'))).toBe('SIZE_NOT_ENFORCEABLE');
  });

  test('sets that run on it are named, and nothing has changed', async () => {
    await create('bar');
    await bound('train', 'bar');
    await bound('idle', 'bar');
    await rig.call('stop', 'idle');
    await expect(resize('bar', '50MB')).rejects.toMatchObject({ code: 'VOLUME_IN_USE', details: { sets: ['train'] } });
    expect((await rig.status('train')).state).toBe('running');
    expect((await status('bar')).version).toBe(1);
  });

  test('with their leave, sets come back as their next versions with everything', async () => {
    await create('bar');
    await rig.run('train', { gpuCount: 2, containerPorts: ['22'], binds: [{ src: 'bar', dest: '/data' }] });
    rig.writeFile('train', '/keep', 'mine');
    const before = await rig.status('train');
    expect(await resize('bar', '50MB', true)).toMatchObject({ name: 'bar-2', restarted: ['train-2'] });
    const after = await rig.status('train');
    expect(after).toMatchObject({ version: 2, state: 'running', gpus: before.gpus, ports: before.ports });
    expect(rig.readFile('train', '/keep')).toBe('mine');
    const [newest] = await rig.call('versions', 'train');
    expect(newest).toMatchObject({ cause: 'volume resize', changes: ['volume bar 20MB > 50MB'] });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('where a volume grows in use, nobody is stopped', async () => {
    rig = await CoreRig.open({ volumes: { support: { growsInUse: true } } });
    await create('bar');
    await bound('train', 'bar');
    expect(await resize('bar', '50MB', true)).toEqual({ name: 'bar-2', size: '50MB', restarted: [] });
    expect((await rig.status('train')).version).toBe(1);
    expect(await codeOf(resize('bar', '10MB'))).toBe('VOLUME_IN_USE');
  });

  test('a set that cannot be made anew runs on as it was', async () => {
    await create('bar');
    await bound('train', 'bar');
    rig.at(
      (effect, verb) => verb === 'volume resize' && effect.kind === 'engine' && effect.verb === 'create',
      () => rig.engine.faults.failNext('failed', 'create'),
    );
    expect(await resize('bar', '50MB', true)).toMatchObject({ name: 'bar-2', restarted: [] });
    expect(await rig.status('train')).toMatchObject({ version: 1, state: 'running' });
    expect(rig.violations()).toEqual([]);
  });

  test('two at once follow each other', async () => {
    await create('bar');
    const [first, second] = await Promise.all([resize('bar', '50MB'), resize('bar', '60MB')]);
    expect([first.name, second.name]).toEqual(['bar-2', 'bar-3']);
  });

  test('nobody binds it while it is away', async () => {
    await create('bar');
    rig.volumes.model.failNext('resize');
    rig.volumes.model.failNext('resize');
    expect(await codeOf(resize('bar', '50MB'))).toBe('VOLUME_FAILED');
    expect(await codeOf(bound('late', 'bar'))).toBe('VOLUME_BUSY');
    await rig.advance(60_000);
    await bound('late', 'bar');
    expect(rig.violations()).toEqual([]);
  });
});

describe('delete', () => {
  test('takes everything, and only its highest number stays', async () => {
    await create('bar');
    await resize('bar', '30MB');
    await remove('bar-2');
    expect(await codeOf(status('bar'))).toBe('VOLUME_NOT_FOUND');
    expect(rig.volumes.model.list()).toEqual([]);
    expect([...rig.store.rows('volumeVersion')]).toEqual([]);
  });

  test('sets that have it bound are named, also stopped ones', async () => {
    await create('bar');
    await bound('train', 'bar');
    await rig.call('stop', 'train');
    await expect(remove('bar')).rejects.toMatchObject({ code: 'VOLUME_IN_USE', details: { sets: ['train'] } });
    await rig.call('remove', 'train');
    await remove('bar');
    expect(rig.violations()).toEqual([]);
  });

  test('one that somebody outside Berth has open is refused, and is as it was', async () => {
    await create('bar');
    rig.at(
      (effect) => effect.kind === 'volume' && effect.verb === 'unmount',
      () => rig.volumes.model.failNext('unmount', 'before', 'inUse'),
    );
    expect(await codeOf(remove('bar'))).toBe('VOLUME_IN_USE');
    expect(await status('bar')).toMatchObject({ mounted: true, busy: null });
    expect(rig.violations()).toEqual([]);
  });
});
