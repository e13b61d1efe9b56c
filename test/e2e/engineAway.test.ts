/** The engine dies, restarts, or its GPUs fail: a private engine, because it is mistreated. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Bind } from '../../common/contract/fields.ts';
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { Daemon } from '../rig/daemon.ts';
import { eventually } from '../rig/eventually.ts';
import { type PrivateEngine, startPrivateEngine, stubNvidiaSmi } from '../rig/privateEngine.ts';
import { IMAGE } from '../rig/testEngine.ts';

let engine: PrivateEngine;
let daemon: Daemon;

beforeAll(async () => {
  engine = await startPrivateEngine();
});

afterAll(() => engine.stop());

beforeEach(async () => {
  daemon = await Daemon.start({
    dockerHost: engine.dockerHost,
    nvidiaSmi: stubNvidiaSmi,
    env: { STUB_GPU_DIR: engine.gpuPath },
  });
});

afterEach(() => daemon.dispose());

const run = (name: string, gpuCount = 1, binds: readonly Bind[] = []) =>
  daemon.ok('POST', '/replicaSet', { replicaSetName: name, imageName: IMAGE, gpuCount, containerPorts: ['22'], binds });
const stateOf = async (name: string) => (await daemon.status(name)).state;
const engineState = async () => (await daemon.about()).engine.state;

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'after the engine ended by %s and came back, what ran runs, what was paused does not',
  async (signal) => {
    await daemon.ok('POST', '/volumes', { name: 'bar', size: '20MB' });
    await run('train', 1, [{ src: 'bar', dest: '/data' }]);
    await run('rest');
    await daemon.inside('train', 'echo kept > /data/file');
    await daemon.ok('PATCH', '/replicaSet/rest/pause');
    await engine.kill(signal);
    await eventually('the daemon has noticed', async () => (await engineState()) === 'down');
    expect(await daemon.rest('PATCH', '/replicaSet/train', {})).toMatchObject({ status: 503, code: 1007 });
    expect(await daemon.ok('GET', '/replicaSet/train')).toMatchObject({ info: { version: 1 } });
    await engine.restart();
    await eventually('train runs again', async () => {
      const answer = await daemon.rest<{ stdout: string } | null>('POST', '/replicaSet/train/execute', {
        cmd: ['cat', '/data/file'],
      });
      return answer.data?.stdout === 'kept\n';
    });
    expect(await stateOf('rest')).toBe('paused');
    expect(await new DockerEngine(engine.dockerHost).inspectContainer('rest-1')).toMatchObject({ running: false });
  },
);

test('a set whose command ends by itself is shown as exited, and is not started again', async () => {
  await run('train');
  await daemon.ok('POST', '/replicaSet', { replicaSetName: 'job', imageName: IMAGE, gpuCount: 1, cmd: ['sleep', '1'] });
  await eventually('the job has ended', async () => (await stateOf('job')) === 'exited');
  const job = await daemon.status('job');
  expect(job.reason).toBe('ended by itself with exit code 0');
  expect(job.gpus).toEqual([]);
  await engine.kill('SIGTERM');
  await engine.restart();
  await eventually('the engine is back', async () => (await engineState()) === 'up');
  expect(await stateOf('job')).toBe('exited');
});

test('a container removed from outside is said to be gone, and its GPU is free', async () => {
  await run('train', 2);
  await new DockerEngine(engine.dockerHost).remove('train-1');
  const gone = 'container train-1 was removed outside Berth';
  await eventually('it is noticed', async () => (await daemon.status('train')).reason === gone);
  expect(await stateOf('train')).toBe('exited');
  await eventually('its GPUs are free', async () => (await daemon.gpusTaken()).length === 0);
});

test('a GPU whose start fails is quarantined with the reason, the run leaks nothing, and the next one goes elsewhere', async () => {
  const first = (await daemon.gpus())[0]?.uuid as string;
  await engine.setGpuState('broken', `${first}\n`);
  const failed = await daemon.rest('POST', '/replicaSet', { replicaSetName: 'train', imageName: IMAGE, gpuCount: 1 });
  expect(failed).toMatchObject({ status: 502, code: 1004 });
  const [sick] = await daemon.gpus();
  expect(sick).toMatchObject({ uuid: first, state: 'quarantined' });
  expect(sick?.reason).toMatch(/could not start/);
  expect(await daemon.sets()).toEqual([]);
  await run('train');
  const [granted] = (await daemon.status('train')).gpus;
  expect(granted?.uuid).not.toBe(first);
  await engine.setGpuState('broken', '');
  await daemon.ok('PATCH', `/resources/gpus/${first}/undrain`);
  expect(await daemon.gpusTaken()).not.toContain(first);
});

test('a process outside Berth that computes on a GPU is named, and its GPU is not granted', async () => {
  const uuid = (await daemon.gpus())[3]?.uuid as string;
  await engine.setGpuState('apps.csv', `${uuid},${process.pid},python3,1000\n`);
  const refused = await daemon.rest('POST', '/replicaSet', { replicaSetName: 'all', imageName: IMAGE, gpuCount: 8 });
  expect(refused).toMatchObject({ status: 503, code: 1013 });
  expect(refused.msg).toContain(`GPU 3 in use outside Berth by process ${process.pid} (python3)`);
  expect((await daemon.gpus())[3]).toMatchObject({ state: 'foreign' });
  await engine.setGpuState('apps.csv', '');
  await run('all', 8);
});

test('a drained GPU is granted to nobody, by index too, until it is put back', async () => {
  await daemon.ok('PATCH', '/resources/gpus/0/drain', { reason: 'new fan' });
  const refused = await daemon.rest('POST', '/replicaSet', { replicaSetName: 'all', imageName: IMAGE, gpuCount: 8 });
  expect(refused).toMatchObject({ status: 503, code: 1013 });
  expect(refused.msg).toContain('GPU 0 drained');
  await daemon.ok('PATCH', '/resources/gpus/0/undrain');
  await run('all', 8);
});
