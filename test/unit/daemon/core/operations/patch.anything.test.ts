import { expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../../rig/setScenes.ts';

const specOf = (rig: CoreRig, container: string) => rig.world.get(container).spec;

test('run makes the container as it was asked for, and every later version is the same', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', {
    cmd: ['sleep', '1000'],
    entrypoint: [],
    user: '1000:100+27,44',
    workDir: '/work',
    hostname: 'box',
    init: false,
    stopTimeout: 33,
    shmSize: 2 ** 30,
    labels: ['team=vision'],
    cpu: 1.5,
    memory: 2 ** 33,
  });
  const asked = {
    cmd: ['sleep', '1000'],
    entrypoint: [],
    user: '1000:100',
    groups: ['27', '44'],
    workingDir: '/work',
    hostname: 'box',
    init: false,
    stopTimeoutS: 33,
    limits: { shmBytes: 2 ** 30, nanoCpus: 1.5e9, memoryBytes: 2 ** 33, memorySwapBytes: 2 ** 33 },
    labels: { team: 'vision', 'berth.replicaset': 'train' },
  };
  expect(specOf(rig, 'train-1')).toMatchObject(asked);
  await rig.call('restart', 'train');
  expect(specOf(rig, 'train-2')).toMatchObject(asked);
  await rig.call('rollback', 'train', { version: 1 });
  expect(specOf(rig, 'train-3')).toMatchObject(asked);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('several changes at once make one version', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {
    gpuPatch: { gpuCount: 1 },
    addPorts: ['80'],
    setEnv: ['LR=0.1'],
    cmd: ['sleep', '7000'],
    memory: 2 ** 33,
  });
  expect(rig.core.state.current('train')).toMatchObject({
    version: 2,
    changes: ['gpus 2 > 1', 'ports 22 > 22,80', 'env +LR', 'command changed', 'memory default > 8 GiB'],
    ports: [
      { containerPort: '22/tcp', hostPort: 40_000 },
      { containerPort: '80/tcp', hostPort: 40_001 },
    ],
  });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a port that is published no more is free again', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', { removePorts: ['22'] });
  expect(rig.core.state.portsOf('train')).toEqual([]);
  expect((await rig.status('train')).ports).toEqual([]);
});

test('a command that cannot be started is refused, and the old container runs again', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  expect(await codeOf(rig.call('patch', 'train', { cmd: ['no-such-command'] }))).toBe('COMMAND_NOT_STARTED');
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('limits of the set stand in place of the defaults for each GPU', async () => {
  const rig = await CoreRig.open({ settings: { memoryPerGpuBytes: 2 ** 30, cpusPerGpu: 2 } });
  await bring(rig, 'train', 'running');
  expect(specOf(rig, 'train-1').limits).toMatchObject({ memoryBytes: 2 ** 31, nanoCpus: 4e9 });
  await rig.call('patch', 'train', { memory: 2 ** 33 });
  expect(specOf(rig, 'train-2').limits).toMatchObject({ memoryBytes: 2 ** 33, nanoCpus: 4e9 });
  await rig.call('patch', 'train', { reset: ['memory'] });
  expect(specOf(rig, 'train-3').limits).toMatchObject({ memoryBytes: 2 ** 31 });
});

test("the set's own time to stop counts wherever it is stopped", async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { stopTimeout: 33 });
  const timeouts: unknown[] = [];
  for (const verb of ['restart', 'pause'] as const) {
    rig.at(
      (effect) => effect.kind === 'engine' && effect.verb === 'stop',
      (effect) => timeouts.push(effect.kind === 'engine' && effect.args[1]),
    );
    await rig.call(verb, 'train');
  }
  expect(timeouts).toEqual([33, 33]);
});

const otherImage = (rig: CoreRig): void =>
  rig.world.addImage('app:2', { files: { '/new': 'new' }, cmd: ['sleep', '2'], env: ['V=2'], volumes: ['/db'] });

test('another image begins with its own files, and the old ones are a rollback away', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  otherImage(rig);
  await rig.call('patch', 'train', { imageName: 'app:2' });
  expect(rig.readFile('train', '/new')).toBe('new');
  expect(rig.readFile('train', '/keep')).toBeUndefined();
  expect(specOf(rig, 'train-2')).toMatchObject({ image: 'app:2', cmd: ['sleep', '2'] });
  expect(rig.core.state.current('train')).toMatchObject({
    changes: ['image app:1 > app:2', 'files of app:2'],
    spec: { imageName: 'app:2' },
    implicitVolumes: [{ dest: '/db' }],
  });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
  await rig.call('rollback', 'train', { version: 1 });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  expect(rig.core.state.current('train')?.spec.imageName).toBe('app:1');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('another image with the files kept gives only its command and environment', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  otherImage(rig);
  await rig.call('patch', 'train', { imageName: 'app:2', keepFiles: true });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  expect(rig.readFile('train', '/new')).toBeUndefined();
  expect(specOf(rig, 'train-2')).toMatchObject({ cmd: ['sleep', '2'], env: expect.arrayContaining(['V=2']) });
  expect(rig.core.state.current('train')?.changes).toEqual(['image app:1 > app:2', 'files kept']);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('an image that is not there is refused before anything stops', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const calls = rig.engine.calls.length;
  expect(await codeOf(rig.call('patch', 'train', { imageName: 'none:1' }))).toBe('IMAGE_NOT_FOUND');
  expect(rig.engine.calls).toHaveLength(calls);
});

test('the plan says plainly what becomes of the files', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  otherImage(rig);
  const plan = (more: object) =>
    rig.services.replicaSet.plan({ name: 'train', verb: 'patch', imageName: 'app:2', ...more }, rig.caller());
  const fresh = await plan({});
  expect(fresh.changes).toContain('files begin anew from app:2; those of now stay with version 1, to roll back to');
  expect(fresh.keeps).not.toContain('all files of the container');
  const kept = await plan({ keepFiles: true });
  expect(kept.changes).toContain('of app:2 only its command, environment, user and working directory are taken');
  expect(kept.keeps).toContain('all files of the container, those of the old image too');
});

test('a port keeps its number and its address through versions, and can be given another address', async () => {
  const rig = await CoreRig.open({ settings: { portAddress: '10.0.0.7' } });
  await rig.run('train', { containerPorts: ['127.0.0.1:22', '80', '[::1]:53/udp'] });
  const ports = [
    { containerPort: '22/tcp', hostPort: 40_000, hostIp: '127.0.0.1' },
    { containerPort: '80/tcp', hostPort: 40_001, hostIp: '10.0.0.7' },
    { containerPort: '53/udp', hostPort: 40_002, hostIp: '::1' },
  ];
  expect(specOf(rig, 'train-1').ports).toEqual(ports);
  expect((await rig.status('train')).ports[1]).toEqual({ containerPort: '80/tcp', hostPort: 40_001 });
  const { info } = await rig.call('info', 'train');
  expect(info.hostConfig.PortBindings['22/tcp']).toEqual([{ HostIp: '127.0.0.1', HostPort: '40000' }]);
  await rig.call('patch', 'train', { addPorts: ['22'] });
  expect(specOf(rig, 'train-2').ports).toEqual([{ ...ports[0], hostIp: '10.0.0.7' }, ...ports.slice(1)]);
  expect(rig.core.state.current('train')?.changes).toEqual(['ports 127.0.0.1:22,80,[::1]:53/udp > 22,80,[::1]:53/udp']);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});
