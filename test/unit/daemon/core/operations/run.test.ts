import { describe, expect, test } from 'vitest';
import { LABEL } from '../../../../../daemon/core/labels.ts';
import { CoreRig, IMAGE } from '../../../../rig/coreRig.ts';
import { stubGpu, stubGpus } from '../../../../rig/engine/stubGpus.ts';
import { codeOf } from '../../../../rig/setScenes.ts';

const nothingIsLeft = async (rig: CoreRig): Promise<void> => {
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
  expect(rig.core.state.sets()).toEqual([]);
  expect(rig.gpuHolders()).toEqual({});
  expect(rig.core.state.portsOf('train')).toEqual([]);
};

test('a set gets its GPUs by UUID, host ports, environment and command, and runs as version 1', async () => {
  const rig = await CoreRig.open();
  const name = await rig.run('train', {
    gpuCount: 2,
    containerPorts: ['22', '53/udp'],
    env: ['LANG=C'],
    cmd: ['sleep', '60'],
  });
  expect(name).toBe('train-1');
  const { spec, status } = rig.world.get('train-1');
  expect(status).toBe('running');
  expect(spec).toMatchObject({
    image: IMAGE,
    gpus: stubGpus(2),
    ports: [
      { containerPort: '22/tcp', hostPort: 40_000 },
      { containerPort: '53/udp', hostPort: 40_001 },
    ],
    env: ['PATH=/usr/bin:/bin', 'LANG=C', 'CONTAINER_VERSION=1'],
    cmd: ['sleep', '60'],
  });
  expect(spec.labels).toMatchObject({ [LABEL.replicaSet]: 'train', [LABEL.version]: '1' });
  expect(rig.gpuHolders()).toEqual({ [stubGpu(0)]: 'train', [stubGpu(1)]: 'train' });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('six concurrent runs of one name make one set', async () => {
  const rig = await CoreRig.open();
  const codes = await Promise.all(
    Array.from({ length: 6 }, () => codeOf(rig.run('train', { gpuCount: 1, containerPorts: ['22'] }))),
  );
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(codes.filter((code) => code === 'NAME_TAKEN')).toHaveLength(5);
  expect(Object.keys(rig.gpuHolders())).toHaveLength(1);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('sets that want the last GPU at once get it once, and the others are told who has it', async () => {
  const rig = await CoreRig.open({ gpus: 1 });
  const attempts = await Promise.allSettled(['a', 'b', 'c'].map((name) => rig.run(name, { gpuCount: 1 })));
  const refused = attempts.filter((attempt) => attempt.status === 'rejected');
  expect(refused).toHaveLength(2);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'GPUS_BUSY' });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('asking for more than is free leaks nothing', async () => {
  const rig = await CoreRig.open();
  await rig.run('other', { gpuCount: 3 });
  const attempt = rig.run('train', { gpuCount: 2, containerPorts: ['22'] });
  await expect(attempt).rejects.toMatchObject({ code: 'GPUS_BUSY', details: { asked: 2, available: 1, total: 4 } });
  await expect(attempt).rejects.toThrow('held by other');
  expect(Object.keys(rig.gpuHolders())).toHaveLength(3);
  expect(rig.core.state.portsOf('train')).toEqual([]);
});

test('more GPUs than the host has is impossible, not busy', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.run('train', { gpuCount: 5 }))).toBe('GPUS_IMPOSSIBLE');
});

test('too few host ports leave the GPUs free', async () => {
  const rig = await CoreRig.open({ settings: { portRange: { start: 40_000, end: 40_001 } } });
  await rig.run('other', { containerPorts: ['22'] });
  expect(await codeOf(rig.run('train', { gpuCount: 1, containerPorts: ['22', '80'] }))).toBe('PORTS_BUSY');
  expect(await codeOf(rig.run('train', { containerPorts: ['1', '2', '3'] }))).toBe('PORTS_IMPOSSIBLE');
  expect(rig.gpuHolders()).toEqual({});
});

test('an image that is not here is refused and burns no version number', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.run('train', { imageName: 'nowhere:1' }))).toBe('IMAGE_NOT_FOUND');
  expect(await rig.run('train')).toBe('train-1');
});

test.each(['create', 'start'] as const)(
  'a run whose %s fails leaves no container, GPU or port behind',
  async (verb) => {
    const rig = await CoreRig.open();
    rig.engine.faults.failNext('failed', verb, 'out of luck');
    const attempt = rig.run('train', { gpuCount: 2, containerPorts: ['22'] });
    await expect(attempt).rejects.toMatchObject({ code: 'ENGINE_FAILED', message: 'out of luck' });
    await nothingIsLeft(rig);
    expect(await rig.run('train', { gpuCount: 2 })).toBe('train-2');
  },
);

test('a disk that is full is said to be', async () => {
  const rig = await CoreRig.open();
  rig.engine.faults.failNext('noSpace', 'create');
  expect(await codeOf(rig.run('train'))).toBe('ENGINE_NO_SPACE');
  await nothingIsLeft(rig);
});

test('a state that cannot be written down means that nothing happened', async () => {
  const rig = await CoreRig.open();
  rig.store.failNextWrite();
  expect(await codeOf(rig.run('train', { gpuCount: 1 }))).toBe('STORE_FAILED');
  expect(rig.engine.calls).toEqual([]);
  await nothingIsLeft(rig);
});

test('a host port that somebody outside holds is marked foreign, and the next one is used in the same run', async () => {
  const rig = await CoreRig.open();
  rig.world.outsiderPorts.add(40_000).add(40_001);
  await rig.run('train', { containerPorts: ['22'] });
  const { state } = rig.core;
  expect(state.current('train')?.ports).toEqual([{ containerPort: '22/tcp', hostPort: 40_002 }]);
  expect(state.table('portLease').get('40000')).toMatchObject({
    name: null,
    reason: 'somebody outside Berth listens on it',
  });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('when every port turns out to be taken outside, the run fails and keeps none', async () => {
  const rig = await CoreRig.open({ settings: { portRange: { start: 40_000, end: 40_002 } } });
  for (const port of [40_000, 40_001, 40_002]) rig.world.outsiderPorts.add(port);
  expect(await codeOf(rig.run('train', { containerPorts: ['22'] }))).toBe('PORTS_BUSY');
  await nothingIsLeft(rig);
});

test('a GPU that a start failed on is quarantined with the reason, and the next run takes another', async () => {
  const rig = await CoreRig.open();
  rig.world.brokenGpus.set(stubGpu(0), 'fallen off the bus');
  await expect(rig.run('train', { gpuCount: 1 })).rejects.toMatchObject({ code: 'DEVICE_FAILED' });
  expect(rig.core.state.table('gpu').get(stubGpu(0))?.quarantine?.reason).toContain('fallen off the bus');
  expect(rig.core.state.table('gpu').get(stubGpu(1))?.quarantine).toBeNull();
  await nothingIsLeft(rig);
  await rig.run('train', { gpuCount: 1 });
  expect(rig.gpuHolders()).toEqual({ [stubGpu(1)]: 'train' });
});

test('an engine that died in the start leaves a process behind: its GPUs are granted to nobody', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'start',
    () => {
      rig.world.strandNextStart();
      rig.crashAt(() => true, 'after');
    },
  );
  await expect(rig.run('train', { gpuCount: 2 })).rejects.toThrow();
  await rig.restart();
  const reasons = [...rig.core.state.table('gpu').values()].map((gpu) => gpu.quarantine?.reason);
  expect(reasons).toEqual([expect.stringContaining('live on'), expect.stringContaining('live on')]);
  await nothingIsLeft(rig);
  expect(await codeOf(rig.run('next', { gpuCount: 1 }))).toBe('GPUS_BUSY');
});

test('such a process is remembered when the recovery itself is cut off after the container is removed', async () => {
  const rig = await CoreRig.open({ gpus: 1 });
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'start',
    () => {
      rig.world.strandNextStart();
      rig.crashAt(() => true, 'after');
    },
  );
  await expect(rig.run('train', { gpuCount: 1 })).rejects.toThrow();
  const release = rig.engine.hold('remove');
  await rig.restart();
  rig.die();
  release();
  await rig.restart();
  expect(rig.core.state.table('gpu').get(stubGpu(0))?.quarantine?.reason).toContain('live on');
  await nothingIsLeft(rig);
});

test('a container that is removed while its processes live on leaves them a GPU that nobody else gets', async () => {
  const rig = await CoreRig.open({ gpus: 1 });
  rig.world.tasksOf = () => [77];
  rig.at(
    (effect) => effect.kind === 'write' && effect.changes.some((change) => change.table === 'version'),
    () => rig.store.failNextWrite(),
  );
  expect(await codeOf(rig.run('train', { gpuCount: 1 }))).toBe('STORE_FAILED');
  expect(rig.core.state.table('gpu').get(stubGpu(0))?.quarantine?.reason).toContain('processes 77 of train-1 live on');
  await nothingIsLeft(rig);
});

test('a container whose creation was never answered is taken up, not made twice', async () => {
  const rig = await CoreRig.open();
  rig.engine.faults.loseAnswer('applied', 'create');
  expect(await rig.run('train', { gpuCount: 1 })).toBe('train-1');
  expect(rig.engine.calls.filter((call) => call.startsWith('create'))).toHaveLength(1);
});

test('GPUs that a container outside Berth uses are named and not granted', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  rig.world.addForeign({ name: 'jupyter', gpuCount: 1 });
  await rig.run('train', { gpuCount: 1 });
  expect(rig.gpuHolders()).toEqual({ [stubGpu(1)]: 'train' });
  await expect(rig.run('more', { gpuCount: 1 })).rejects.toThrow('in use outside Berth by container jupyter');
});

test('a container that ended before its run did is seen to have exited', async () => {
  const rig = await CoreRig.open();
  await rig.run('job', { gpuCount: 1, cmd: ['true'] });
  await rig.quiet();
  expect(await rig.status('job')).toMatchObject({
    state: 'exited',
    reason: 'ended by itself with exit code 0',
    gpus: [],
  });
  expect(rig.violations()).toEqual([]);
});

test('a start without an answer does not run a short job twice', async () => {
  const rig = await CoreRig.open();
  rig.engine.faults.loseAnswer('applied', 'start');
  await rig.run('job', { cmd: ['true'] });
  expect(rig.engine.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
});

test('a number whose container name somebody else has is passed over', async () => {
  const rig = await CoreRig.open();
  rig.world.addForeign({ name: 'train-1' });
  expect(await rig.run('train')).toBe('train-2');
  expect(rig.world.find('train-1')?.status).toBe('running');
});

test('a command that does not exist makes no set, and leaks nothing', async () => {
  const rig = await CoreRig.open();
  const failed = rig.run('train', { gpuCount: 1, containerPorts: ['22'], cmd: ['no-such-command'] });
  await expect(failed).rejects.toThrow('train ended at once with exit code 127: no-such-command');
  expect(await codeOf(failed)).toBe('COMMAND_NOT_STARTED');
  expect(rig.gpuHolders()).toEqual({});
  expect(rig.violations()).toEqual([]);
});

describe('a container that is created long after its run was given up', () => {
  test('is removed, with the volumes that came with it', async () => {
    const rig = await CoreRig.open();
    rig.world.addImage('db:1', { volumes: ['/data'] });
    for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.loseAnswer('late', 'create');
    expect(await codeOf(rig.run('train', { imageName: 'db:1' }))).toBe('OUTCOME_UNKNOWN');
    rig.engine.faults.settleLate();
    expect(rig.world.find('train-1')).toBeDefined();
    await rig.advance(60_000);
    await nothingIsLeft(rig);
  });
});

test("files of an image's VOLUME live in a volume of the set", async () => {
  const rig = await CoreRig.open();
  rig.world.addImage('db:1', { volumes: ['/data/'], files: { '/data/seed': 'seed' } });
  await rig.run('db', { imageName: 'db:1' });
  const [volume] = rig.core.state.current('db')?.implicitVolumes ?? [];
  expect(volume?.dest).toBe('/data');
  expect(rig.world.get('db-1').spec.binds).toEqual([`${volume?.name}:/data`]);
  expect(rig.readFile('db', '/data/seed')).toBe('seed');
});
