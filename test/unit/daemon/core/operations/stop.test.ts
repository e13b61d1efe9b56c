import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { stubGpu } from '../../../../rig/engine/stubGpus.ts';
import { bring, codeOf } from '../../../../rig/setScenes.ts';

const SCENES = ['running', 'paused', 'stopped', 'exited', 'gone'] as const;

test.each(SCENES)('stop of a %s set leaves it stopped and everything free', async (scene) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  expect(await rig.call('stop', 'train')).toBeNull();
  expect(await rig.status('train')).toMatchObject({ state: 'stopped', gpus: [], ports: [], leasesHeld: false });
  expect(rig.gpuHolders()).toEqual({});
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a repeated stop does not free what others were given since', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'stopped');
  await rig.run('other', { gpuCount: 2, containerPorts: ['22'] });
  const held = rig.gpuHolders();
  const batches = rig.store.batches.length;
  await rig.call('stop', 'train');
  await rig.call('stop', 'train');
  expect(rig.gpuHolders()).toEqual(held);
  expect(rig.store.batches).toHaveLength(batches);
  expect(rig.core.state.portsOf('other')).toHaveLength(1);
});

test('two stops at once free everything once', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await Promise.all([rig.call('stop', 'train'), rig.call('stop', 'train')]);
  expect(rig.engine.calls.filter((call) => call.startsWith('stop'))).toHaveLength(1);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('stop of A, run of B, delete of A leaves B its GPUs', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'a', 'stopped');
  await rig.run('b', { gpuCount: 2 });
  await rig.call('remove', 'a');
  expect(rig.gpuHolders()).toEqual({ [stubGpu(0)]: 'b', [stubGpu(1)]: 'b' });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('the GPUs stay granted until the container has ended', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'running');
  const release = rig.engine.hold('stop');
  const stopping = rig.call('stop', 'train');
  expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBe('GPUS_BUSY');
  release();
  await stopping;
  expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBeUndefined();
});

test('what a stop frees is granted to nobody until that is written down, and not at all when it cannot be', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'running');
  rig.at(
    (effect) => effect.kind === 'write' && effect.changes.some((change) => change.table === 'set'),
    () => {
      rig.store.holdWrites();
      rig.store.failNextWrite();
    },
  );
  const stopping = codeOf(rig.call('stop', 'train'));
  await rig.quiet();
  const running = codeOf(rig.run('other', { gpuCount: 2 }));
  await rig.quiet();
  rig.store.releaseWrites();
  expect(await stopping).toBe('STORE_FAILED');
  expect(await running).toBe('GPUS_BUSY');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a stop that the engine refuses leaves the set running with all it has', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.failNext('failed', 'stop');
  expect(await codeOf(rig.call('stop', 'train'))).toBe('ENGINE_FAILED');
  expect(await rig.status('train')).toMatchObject({ state: 'running', leasesHeld: true });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('GPUs on which processes live on are quarantined, not granted', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'running');
  const { id } = rig.world.get('train-1');
  rig.world.exit('train-1', 137);
  rig.world.begin(rig.world.get('train-1'));
  Object.assign(rig.world.get('train-1'), { status: 'exited' });
  expect(rig.world.tasksOf(id)).toHaveLength(1);
  await rig.call('stop', 'train');
  expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBe('GPUS_BUSY');
  expect(rig.core.state.table('gpu').get(stubGpu(0))?.quarantine?.reason).toContain('live on');
  expect(rig.violations()).toEqual([]);
});

describe('pause', () => {
  test.each(['running', 'paused', 'exited'] as const)('of a %s set keeps its GPUs and ports', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    await rig.call('pause', 'train');
    expect(await rig.status('train')).toMatchObject({ state: 'paused', leasesHeld: true });
    expect(Object.keys(rig.gpuHolders())).toHaveLength(2);
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test.each(['stopped', 'gone'] as const)(
    'of a %s set is refused: it holds nothing that could be kept',
    async (scene) => {
      const rig = await CoreRig.open();
      await bring(rig, 'train', scene);
      expect(await codeOf(rig.call('pause', 'train'))).toBe('WRONG_STATE');
      expect(rig.violations()).toEqual([]);
    },
  );
});

test.each(['stop', 'pause'] as const)('%s of an unknown set is not found', async (verb) => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.call(verb, 'train'))).toBe('NOT_FOUND');
});
