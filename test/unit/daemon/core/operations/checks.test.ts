import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { codeOf } from '../../../../rig/setScenes.ts';

const runWith = (rig: CoreRig, ...binds: readonly (readonly [src: string, dest: string])[]) =>
  rig.run('train', { binds: binds.map(([src, dest]) => ({ src, dest })) });

async function withRoots(...bindRoots: readonly string[]): Promise<CoreRig> {
  const rig = await CoreRig.open({ settings: { bindRoots } });
  for (const path of ['/data', '/data/ada', '/', '/etc', '/database']) rig.paths.set(path, path);
  rig.paths.set('/data/link', '/etc');
  rig.paths.set('/srv', '/data');
  return rig;
}

describe('a host path', () => {
  test('is bound by where it really is, below a directory that is open to binds', async () => {
    const rig = await withRoots('/data');
    await runWith(rig, ['/data/ada', '/work']);
    expect(rig.world.get('train-1').spec.binds).toEqual(['/data/ada:/work']);
  });

  test('that is a link within it is bound by what it leads to, so that it cannot lead elsewhere later', async () => {
    const rig = await withRoots('/data');
    rig.paths.set('/data/latest', '/data/ada');
    await runWith(rig, ['/data/latest', '/work']);
    expect(rig.world.get('train-1').spec.binds).toEqual(['/data/ada:/work']);
  });

  test('is also below a root that is itself a link', async () => {
    const rig = await withRoots('/srv');
    await runWith(rig, ['/data/ada', '/work']);
    expect(rig.world.get('train-1').spec.binds).toEqual(['/data/ada:/work']);
  });

  test.each([
    ['/', 'is not below an allowed directory'],
    ['/etc', 'is not below an allowed directory'],
    ['/database', 'is not below an allowed directory'],
    ['/data/link', 'it leads to /etc'],
    ['/data/none', 'does not exist'],
  ])('%s is refused: it %s', async (src, why) => {
    const rig = await withRoots('/data');
    const attempt = runWith(rig, [src, '/work']);
    await expect(attempt).rejects.toMatchObject({ code: 'BIND_REFUSED' });
    await expect(attempt).rejects.toThrow(why);
    expect(rig.world.containers.size).toBe(0);
  });

  test('is refused where no directory is open to binds', async () => {
    const rig = await withRoots();
    await expect(runWith(rig, ['/data/ada', '/work'])).rejects.toThrow('no host directory is open to binds');
  });

  test('that became a link to elsewhere since is refused by the next patch, and the set runs on', async () => {
    const rig = await withRoots('/data');
    await runWith(rig, ['/data/ada', '/work']);
    rig.paths.set('/data/ada', '/etc');
    expect(await codeOf(rig.call('patch', 'train', {}))).toBe('BIND_REFUSED');
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  });
});

test('a volume must exist; none is invented', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(runWith(rig, ['data', '/data']))).toBe('VOLUME_NOT_FOUND');
  expect(rig.world.volumes.has('data')).toBe(false);
});

test('two binds of one place are refused, however they are written', async () => {
  const rig = await CoreRig.open();
  rig.engine.model.createVolume('one', {});
  rig.engine.model.createVolume('two', {});
  await expect(runWith(rig, ['one', '/data'], ['two', '//data/./'])).rejects.toMatchObject({ code: 'BIND_REFUSED' });
});
