import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../../rig/setScenes.ts';

const GIB = 2 ** 30;
const limitsOf = (rig: CoreRig, container = 'train-1') => rig.world.get(container).spec.limits;

describe.each(WITH_CONTAINER)('of a %s set', (scene) => {
  test('resources change the container that is there, make no version and are written down', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const { state } = await rig.status('train');
    const answer = await rig.call('resources', 'train', { memory: 8 * GIB, cpu: 1.5 });
    expect(answer).toEqual({
      changes: ['cpu default > 1.5', 'memory default > 8 GiB'],
      applied: scene === 'running' || scene === 'frozen',
    });
    expect(limitsOf(rig)).toMatchObject({ memoryBytes: 8 * GIB, memorySwapBytes: 8 * GIB, nanoCpus: 1.5e9 });
    expect(await rig.status('train')).toMatchObject({ state, version: 1, limits: { memoryBytes: 8 * GIB } });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });
});

test('a set whose container was removed outside has them recorded', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'gone');
  expect(await rig.call('resources', 'train', { cpu: 2 })).toMatchObject({ applied: false });
  expect((await rig.status('train')).limits).toMatchObject({ nanoCpus: 2e9 });
});

test('amendments are told with who and when, come along into the next version, and end there', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('resources', 'train', { memory: 8 * GIB });
  await rig.call('resources', 'train', { cpu: 2 });
  const told = { actor: 'ada', at: expect.any(String), operation: expect.any(String) };
  const [first] = await rig.call('versions', 'train');
  expect(first?.amendments).toEqual([
    { ...told, changes: ['memory default > 8 GiB'] },
    { ...told, changes: ['cpu default > 2'] },
  ]);
  const { history } = await rig.call('history', 'train');
  expect(history[0]).toMatchObject({ amendments: [{ changes: ['memory default > 8 GiB'] }, {}] });
  await rig.call('patch', 'train', {});
  expect(limitsOf(rig, 'train-2')).toMatchObject({ memoryBytes: 8 * GIB, nanoCpus: 2e9 });
  expect((await rig.call('versions', 'train')).map((version) => version.amendments.length)).toEqual([0, 2]);
  expect((await rig.call('history', 'train')).history[0]).not.toHaveProperty('amendments');
});

test('a rollback returns to a version as last amended, and says what is other than today', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('resources', 'train', { memory: 8 * GIB });
  await rig.call('patch', 'train', {});
  await rig.call('resources', 'train', { memory: 16 * GIB });
  const plan = await rig.services.replicaSet.plan({ name: 'train', verb: 'rollback', version: 1 }, rig.caller());
  expect(plan.changes).toContain('memory 16 GiB > 8 GiB');
  expect(await rig.call('rollback', 'train', { version: 1 })).toEqual({
    containerName: 'train-3',
    diff: ['memory 16 GiB > 8 GiB'],
  });
  expect(limitsOf(rig, 'train-3')).toMatchObject({ memoryBytes: 8 * GIB });
});

test('the same limits again change nothing', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('resources', 'train', { cpu: 2 });
  const batches = rig.store.batches.length;
  expect(await rig.call('resources', 'train', { cpu: 2 })).toEqual({ changes: [], applied: true });
  expect(rig.store.batches).toHaveLength(batches);
});

test('what the engine refuses is refused with its reason, and the old limits stand', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('resources', 'train', { cpu: 2 });
  const attempt = rig.call('resources', 'train', { cpu: 4000 });
  await expect(attempt).rejects.toMatchObject({ code: 'ENGINE_REFUSED' });
  await expect(attempt).rejects.toThrow('there are only 256 CPUs available');
  expect(limitsOf(rig)).toMatchObject({ nanoCpus: 2e9 });
  expect((await rig.call('versions', 'train'))[0]?.amendments).toHaveLength(1);
});

test('an update whose answer never came is repeated', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.loseAnswer('dropped', 'update');
  expect(await rig.call('resources', 'train', { cpu: 2 })).toMatchObject({ applied: true });
  expect(limitsOf(rig)).toMatchObject({ nanoCpus: 2e9 });
});

test('resources of an unknown set are not found', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.call('resources', 'train', { cpu: 2 }))).toBe('NOT_FOUND');
});
