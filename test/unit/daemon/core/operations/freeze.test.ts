import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../../rig/setScenes.ts';

const statusOf = (rig: CoreRig) => rig.world.get('train-1').status;

test('freeze keeps everything, and thaw lets the same container go on', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  expect(await rig.call('freeze', 'train')).toBeNull();
  expect(await rig.status('train')).toMatchObject({ state: 'frozen', version: 1, leasesHeld: true });
  expect(Object.keys(rig.gpuHolders())).toHaveLength(2);
  expect(statusOf(rig)).toBe('paused');
  expect(rig.violations()).toEqual([]);
  expect(await rig.call('thaw', 'train')).toBeNull();
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  expect(statusOf(rig)).toBe('running');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test.each([
  ['freeze', 'frozen'],
  ['thaw', 'running'],
] as const)('%s of a set that is %s already does nothing', async (verb, scene) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  const batches = rig.store.batches.length;
  expect(await rig.call(verb, 'train')).toBeNull();
  expect(rig.store.batches).toHaveLength(batches);
});

describe.each(['freeze', 'thaw', 'reboot'] as const)('%s', (verb) => {
  test.each(['paused', 'stopped', 'exited', 'gone'] as const)('of a %s set is refused, saying why', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const attempt = rig.call(verb, 'train');
    await expect(attempt).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await expect(attempt).rejects.toThrow(/train does not run: it is (paused|stopped|exited)\. `berth start train`/);
    expect(rig.violations()).toEqual([]);
  });

  test('of an unknown set is not found', async () => {
    const rig = await CoreRig.open();
    expect(await codeOf(rig.call(verb, 'train'))).toBe('NOT_FOUND');
  });
});

test.each(['freeze', 'thaw'] as const)('a %s that the engine refuses changes nothing', async (verb) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', verb === 'freeze' ? 'running' : 'frozen');
  const before = await rig.status('train');
  rig.engine.faults.failNext('failed', verb);
  expect(await codeOf(rig.call(verb, 'train'))).toBe('ENGINE_FAILED');
  expect(await rig.status('train')).toEqual(before);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a container frozen from outside is shown as frozen, and as running once it is thawed', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.world.freeze('train-1');
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ state: 'frozen', reason: 'frozen outside Berth' });
  rig.world.thaw('train-1');
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ state: 'running', reason: 'thawed outside Berth' });
  expect(rig.violations()).toEqual([]);
});

test('a patch of a frozen set that fails before it stops anything leaves it frozen', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'frozen');
  rig.engine.faults.failNext('failed', 'stop');
  expect(await codeOf(rig.call('patch', 'train', {}))).toBe('ENGINE_FAILED');
  expect(await rig.status('train')).toMatchObject({ state: 'frozen', reason: null });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a patch of a frozen set that fails later leaves it running, and says that it is not frozen any more', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'frozen');
  rig.engine.faults.failNext('failed', 'create');
  expect(await codeOf(rig.call('patch', 'train', {}))).toBe('ENGINE_FAILED');
  const { state, reason } = await rig.status('train');
  expect({ state, reason }).toEqual({ state: 'running', reason: expect.stringContaining('not frozen any more') });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a frozen set runs again after a reboot of the host', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'frozen');
  rig.world.reboot();
  await rig.restart();
  expect(await rig.status('train')).toMatchObject({ state: 'running' });
  expect(rig.violations()).toEqual([]);
});

test('start of a frozen set thaws it', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'frozen');
  expect(await rig.call('start', 'train')).toEqual({
    containerName: 'train-1',
    newVersion: false,
    action: 'thawed',
  });
  expect(await rig.status('train')).toMatchObject({ state: 'running' });
});
