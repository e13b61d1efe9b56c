import { describe, expect, test } from 'vitest';
import type { GpuView } from '../../../../common/contract/resource.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { stubGpu } from '../../../rig/engine/stubGpus.ts';
import { stubDevices } from '../../../rig/fakeGpuSource.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const LOOK_MS = 15_000;
const gpusOf = async (rig: CoreRig): Promise<readonly GpuView[]> =>
  (await rig.services.resource.gpuList({}, rig.caller())).gpus;
const statesOf = async (rig: CoreRig): Promise<string[]> => (await gpusOf(rig)).map(({ state }) => state);

describe('foreign use', () => {
  test.each([
    ['by a number of GPUs', { gpuCount: 2 }, ['foreign', 'foreign', 'free', 'free']],
    ['of all GPUs', { gpuCount: -1 }, ['foreign', 'foreign', 'foreign', 'foreign']],
    ['by index', { gpus: ['3'] }, ['free', 'free', 'free', 'foreign']],
    ['by UUID', { gpus: [stubGpu(2)] }, ['free', 'free', 'foreign', 'free']],
  ])('%s is seen when the container starts, and over when it ends', async (_, asked, states) => {
    const rig = await CoreRig.open();
    const id = rig.world.addForeign({ name: 'jupyter', ...asked });
    await rig.quiet();
    expect(await statesOf(rig)).toEqual(states);
    rig.world.exit(id, 0);
    await rig.quiet();
    expect(await statesOf(rig)).toEqual(['free', 'free', 'free', 'free']);
  });

  test('by a process of the host names the process and its user', async () => {
    const rig = await CoreRig.open();
    rig.source.used = [{ uuid: stubGpu(1), pid: 77, command: 'python', user: 'bob', containerId: null }];
    await rig.advance(LOOK_MS);
    const used = (await gpusOf(rig))[1];
    expect(used).toMatchObject({ state: 'foreign', holder: 'process 77 (python)', owner: 'bob' });
    expect(used?.since).toBe('2026-01-01T00:00:15.000Z');
    await rig.advance(LOOK_MS);
    expect((await gpusOf(rig))[1]?.since).toBe('2026-01-01T00:00:15.000Z');
  });

  test("is not what a set's own container does", async () => {
    const rig = await CoreRig.open();
    await rig.run('train', { gpuCount: 1 });
    const { id } = rig.world.get('train-1');
    rig.source.used = [{ uuid: stubGpu(0), pid: 77, command: 'python', user: 'root', containerId: id }];
    await rig.advance(LOOK_MS);
    expect((await gpusOf(rig))[0]).toMatchObject({ state: 'granted', reason: null });
  });

  test('of a GPU just before a run is seen by that run', async () => {
    const rig = await CoreRig.open({ gpus: 1 });
    rig.source.used = [{ uuid: stubGpu(0), pid: 77, command: 'python', user: 'bob', containerId: null }];
    await expect(rig.run('train', { gpuCount: 1 })).rejects.toThrow('in use outside Berth by process 77 (python)');
  });

  test('is over also for a container that ends between being listed and being looked at', async () => {
    const rig = await CoreRig.open({ gpus: 1 });
    const release = rig.engine.hold('inspectContainer');
    const id = rig.world.addForeign({ name: 'jupyter', gpuCount: 1 });
    await rig.quiet();
    rig.world.exit(id, 0);
    release();
    await rig.quiet();
    expect(await statesOf(rig)).toEqual(['free']);
  });

  test('that cannot be asked for stays known', async () => {
    const rig = await CoreRig.open({ gpus: 1 });
    rig.source.used = [{ uuid: stubGpu(0), pid: 77, command: 'python', user: 'bob', containerId: null }];
    await rig.advance(LOOK_MS);
    rig.source.failure = 'nvidia-smi hangs';
    await rig.advance(LOOK_MS);
    expect(await statesOf(rig)).toEqual(['foreign']);
  });

  test('by containers stays known while the engine cannot be asked', async () => {
    const rig = await CoreRig.open({ gpus: 1 });
    rig.world.addForeign({ name: 'jupyter', gpuCount: 1 });
    await rig.quiet();
    rig.engine.faults.failNext('failed', 'listContainers');
    await rig.advance(LOOK_MS);
    expect(await statesOf(rig)).toEqual(['foreign']);
  });

  test('by a set that was stopped, and whose container somebody started, keeps its GPUs from others', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    await bring(rig, 'train', 'stopped');
    const release = rig.engine.hold('stop');
    rig.engine.model.start('train-1');
    await rig.quiet();
    expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBe('GPUS_BUSY');
    release();
    await rig.quiet();
    expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBeUndefined();
  });
});

describe('GPUs', () => {
  test('that are not reported any more are missing, whoever holds them, and come back', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    await rig.run('train', { gpuCount: 1 });
    rig.source.list = [];
    await rig.advance(LOOK_MS);
    expect(await gpusOf(rig)).toMatchObject([
      { state: 'granted', holder: 'train', reason: expect.stringContaining('missing since') },
      { state: 'missing' },
    ]);
    rig.source.list = stubDevices(2);
    await rig.advance(LOOK_MS);
    expect(await statesOf(rig)).toEqual(['granted', 'free']);
  });

  test('stay as they are while the source does not answer, and granting goes on', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    rig.source.failure = 'nvidia-smi hangs';
    await rig.advance(LOOK_MS);
    expect(await rig.services.resource.gpuList({}, rig.caller())).toMatchObject({ notice: 'nvidia-smi hangs' });
    await rig.run('train', { gpuCount: 2 });
    expect(await statesOf(rig)).toEqual(['granted', 'granted']);
  });

  test('of another kind of source are forgotten, but those that are held', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    await rig.run('train', { gpuCount: 1 });
    rig.source.kind = 'simulated';
    rig.source.list = [{ ...(stubDevices(1)[0] as (typeof rig.source.list)[number]), uuid: 'SIM-1', index: 5 }];
    await rig.advance(LOOK_MS);
    expect((await gpusOf(rig)).map(({ uuid, state, simulated }) => [uuid, state, simulated])).toEqual([
      [stubGpu(0), 'granted', false],
      ['SIM-1', 'free', true],
    ]);
  });

  test('keep their drain and their quarantine over a restart', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    await rig.services.resource.gpuDrain({ gpu: '0', reason: 'repair' }, rig.caller());
    rig.world.brokenGpus.set(stubGpu(1), 'Xid 79');
    await codeOf(rig.run('train', { gpuCount: 1 }));
    await rig.restart();
    expect(await statesOf(rig)).toEqual(['drained', 'quarantined']);
    expect(rig.violations()).toEqual([]);
  });

  test('that are as they were are not written again', async () => {
    const rig = await CoreRig.open();
    const batches = rig.store.batches.length;
    await rig.advance(LOOK_MS);
    await rig.advance(LOOK_MS);
    expect(rig.store.batches).toHaveLength(batches);
  });
});
