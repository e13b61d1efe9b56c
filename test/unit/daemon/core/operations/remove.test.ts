import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../../rig/setScenes.ts';

const SCENES = ['running', 'paused', 'stopped', 'exited', 'gone'] as const;

test.each(SCENES)('delete of a %s set leaves nothing of it', async (scene) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', { gpuPatch: { gpuCount: 1 } });
  if (scene === 'paused' || scene === 'stopped') await rig.call(scene === 'paused' ? 'pause' : 'stop', 'train');
  if (scene === 'exited') rig.world.exit('train-2', 1);
  if (scene === 'gone') rig.engine.model.remove('train-2');
  await rig.quiet();
  expect(await rig.call('remove', 'train')).toBeNull();
  expect(rig.world.containers.size).toBe(0);
  expect([...rig.world.images.keys()]).toEqual(['app:1']);
  expect([...rig.store.rows('version').keys()]).toEqual([]);
  expect(rig.gpuHolders()).toEqual({});
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a deleted name used again cannot see the old files, nor its container, nor its version numbers', async () => {
  const rig = await CoreRig.open();
  rig.world.addImage('db:1', { volumes: ['/data'] });
  await rig.run('train', { imageName: 'db:1' });
  rig.writeFile('train', '/secret', 'old');
  rig.writeFile('train', '/data/secret', 'old');
  await rig.call('patch', 'train', {});
  await rig.call('remove', 'train');
  expect(await rig.run('train', { imageName: 'db:1' })).toBe('train-3');
  expect(rig.readFile('train', '/secret')).toBeUndefined();
  expect(rig.readFile('train', '/data/secret')).toBeUndefined();
  expect(await codeOf(rig.call('rollback', 'train', { version: 1 }))).toBe('VERSION_NOT_FOUND');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a set that is being deleted is not there for anybody any more', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const release = rig.engine.hold('remove');
  const removing = rig.call('remove', 'train');
  await rig.quiet();
  expect(await codeOf(rig.status('train'))).toBe('NOT_FOUND');
  expect(await rig.services.replicaSet.list({}, rig.caller())).toEqual([]);
  const stopping = codeOf(rig.call('stop', 'train'));
  release();
  await removing;
  expect(await stopping).toBe('NOT_FOUND');
});

test('a delete that is cut off goes on, and its GPUs are held until the container is gone', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'running');
  for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.failNext('failed', 'remove');
  expect(await codeOf(rig.call('remove', 'train'))).toBe('ENGINE_FAILED');
  expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBe('GPUS_BUSY');
  await rig.advance(60_000);
  await rig.advance(60_000);
  await rig.advance(60_000);
  expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBeUndefined();
  expect(rig.violations()).toEqual([]);
});

test('a name is free again when its delete has been answered', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const answers = await Promise.all([
    codeOf(rig.call('remove', 'train')),
    codeOf(rig.run('train')),
    codeOf(rig.run('train')),
  ]);
  expect(answers).toEqual([undefined, undefined, 'NAME_TAKEN']);
});

test("a volume that somebody else's container uses does not hold up the delete", async () => {
  const rig = await CoreRig.open();
  rig.world.addImage('db:1', { volumes: ['/data'] });
  await rig.run('train', { imageName: 'db:1' });
  const volume = rig.core.state.current('train')?.implicitVolumes[0]?.name ?? '';
  rig.world.addForeign({ name: 'backup', binds: [`${volume}:/data`] });
  await rig.call('remove', 'train');
  expect(rig.core.state.sets()).toEqual([]);
  expect(rig.world.volumes.has(volume)).toBe(true);
});

test('what an admin does to a GPU while a delete runs is kept', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  const { id } = rig.world.get('train-2');
  const release = rig.engine.hold('removeImage');
  const removing = rig.call('remove', 'train');
  await rig.quiet();
  await rig.services.resource.gpuDrain({ gpu: '0', reason: 'repair' }, rig.caller());
  expect(rig.world.tasksOf(id)).toEqual([]);
  release();
  await removing;
  expect(rig.core.state.table('gpu').values().next().value?.drain?.reason).toBe('repair');
});

describe('with options', () => {
  test.each(['running', 'frozen'] as const)('strict, it refuses a %s set unless it is forced', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const plan = (more: object) =>
      rig.services.replicaSet.plan({ name: 'train', verb: 'delete', ...more }, rig.caller());
    expect(await codeOf(plan({ strict: true }))).toBe('WRONG_STATE');
    expect(await codeOf(rig.call('remove', 'train', { strict: true }))).toBe('WRONG_STATE');
    expect(await rig.status('train')).toMatchObject({ leasesHeld: true });
    await rig.call('remove', 'train', { strict: true, force: true });
    expect(rig.core.state.sets()).toEqual([]);
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test.each(['paused', 'stopped', 'exited'] as const)('strict, it deletes a %s set', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    await rig.call('remove', 'train', { strict: true });
    expect(rig.core.state.sets()).toEqual([]);
  });

  test('its processes may end by themselves first, in the time that is given', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    let timeoutS: unknown;
    rig.at(
      (effect) => effect.kind === 'engine' && effect.verb === 'stop',
      (effect) => {
        timeoutS = effect.kind === 'engine' && effect.args[1];
      },
    );
    await rig.call('remove', 'train', { stop: true, timeout: 99 });
    expect(timeoutS).toBe(99);
    expect(rig.engine.calls.slice(-3).map((call) => call.split(' ')[0])).toContain('stop');
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('without them nothing is waited for', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.call('remove', 'train');
    expect(rig.engine.calls.filter((call) => call.startsWith('stop'))).toEqual([]);
  });
});

test('ingress is answered with why it is not offered, and an unknown set is not found', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.call('ingress', 'train'))).toBe('NOT_FOUND');
  await rig.run('train');
  expect(await codeOf(rig.call('ingress', 'train'))).toBe('NOT_OFFERED');
  expect(await codeOf(rig.call('setIngress', 'train', { rules: [] }))).toBe('NOT_OFFERED');
});
