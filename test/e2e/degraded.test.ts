/** A host on which something is missing, broken or taken: berthd starts, says so, and goes on with what there is. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import type { Contract } from '../../common/contract/index.ts';
import type { OutputOf } from '../../common/services.ts';
import { Daemon, type DaemonOptions } from '../rig/daemon.ts';
import { eventually } from '../rig/eventually.ts';
import { fakeNvidiaSmi } from '../rig/fakeNvidiaSmi.ts';
import { IMAGE, testEngine } from '../rig/testEngine.ts';

const started: Daemon[] = [];

afterEach(async () => {
  for (const daemon of started.splice(0)) await daemon.dispose();
});

async function start(options: Partial<DaemonOptions> = {}): Promise<Daemon> {
  const daemon = await Daemon.start({ ...testEngine(), ...options });
  started.push(daemon);
  return daemon;
}

const gpuList = (daemon: Daemon) => daemon.ok<OutputOf<Contract['resource']['gpuList']>>('GET', '/resources/gpus/list');

const RUN = { replicaSetName: 'train', imageName: IMAGE, gpuCount: 0 };

test('without Docker reads are answered, writes get 503, and everything works once Docker is there', async () => {
  const { dockerHost } = testEngine();
  const daemon = await start({ awaitEngine: false, dockerHost: 'unix:///nonexistent/berth-docker.sock' });
  expect(await daemon.ok('GET', '/replicaSet')).toEqual([]);
  expect(await daemon.gpus()).toHaveLength(8);
  await eventually('the daemon has noticed', async () =>
    (await daemon.rest('POST', '/replicaSet', RUN)).msg.includes('Docker does not answer'),
  );
  const refused = await daemon.rest('POST', '/replicaSet', RUN);
  expect(refused).toMatchObject({ status: 503, code: 1004 });
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect(refused.msg).toMatch(/^Failed to start container: Docker does not answer.*Start Docker/);
  await daemon.stop();

  const socket = join(daemon.directory, 'docker.sock');
  await daemon.startAgain({ awaitEngine: false, dockerHost: `unix://${socket}` });
  await symlink(dockerHost.replace('unix://', ''), socket);
  await eventually('Docker is seen', async () => (await daemon.about()).engine.state === 'up');
  expect(await daemon.ok('POST', '/replicaSet', RUN)).toEqual({ name: 'train-1' });
});

test('a second daemon on the same state is refused with the pid of the first', async () => {
  const daemon = await start();
  const main = new URL('../../daemon/main.ts', import.meta.url).pathname;
  const second = await execa(
    process.execPath,
    [
      main,
      'serve',
      '--data',
      join(daemon.directory, 'data'),
      '--socket',
      join(daemon.directory, 'c.sock'),
      '--addr',
      '127.0.0.1:1',
    ],
    { reject: false },
  );
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toContain(`already running on ${join(daemon.directory, 'data')} with pid ${daemon.pid}`);
  expect(await daemon.ok('GET', '/replicaSet')).toEqual([]);
});

test.each([
  [
    'the address of REST',
    (first: Daemon) => ['--addr', first.url.replace('http://', '')],
    /^berthd: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*$/,
  ],
  [
    'the Unix socket',
    (first: Daemon) => ['--socket', first.socket],
    /^berthd: cannot listen on .*b\.sock: another process answers there already$/,
  ],
])('a daemon that finds %s taken ends, and says so in one line', async (_what, taken, says) => {
  const daemon = await start();
  const main = new URL('../../daemon/main.ts', import.meta.url).pathname;
  const own = join(daemon.directory, 'second');
  const argv = [
    'serve',
    '--data',
    own,
    '--socket',
    `${own}.sock`,
    '--addr',
    '127.0.0.1:1',
    '--gpus',
    'none',
    ...taken(daemon),
  ];
  const second = await execa(process.execPath, [main, ...argv], { reject: false });
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toMatch(says);
});

test('without nvidia-smi there are no GPUs, which is said, and sets without GPUs run', async () => {
  const daemon = await start({ nvidiaSmi: '/nonexistent/nvidia-smi' });
  const { gpus, notice } = await gpuList(daemon);
  expect(gpus).toEqual([]);
  expect(notice).toMatch(/nvidia-smi not found at \/nonexistent\/nvidia-smi/);
  expect(await daemon.ok('POST', '/replicaSet', RUN)).toEqual({ name: 'train-1' });
  const asked = await daemon.rest('POST', '/replicaSet', { ...RUN, replicaSetName: 'other', gpuCount: 1 });
  expect(asked).toMatchObject({ status: 409, code: 1013 });
});

test('the token is asked for, and only loopback is listened on', async () => {
  const daemon = await start();
  const bare = await fetch(`${daemon.url}/api/v1/replicaSet`);
  expect(bare.status).toBe(401);
  expect(await bare.json()).toMatchObject({ code: 401, data: null });
  const ping = await fetch(`${daemon.url}/ping`);
  expect(await ping.json()).toEqual({ message: 'pong' });
});

test('SIGTERM ends the daemon with 0 while its containers run on', async () => {
  const daemon = await start();
  await daemon.ok('POST', '/replicaSet', RUN);
  expect(await daemon.stop()).toBe(0);
  await daemon.startAgain();
  expect((await daemon.sets())[0]).toMatchObject({ name: 'train', version: 1, state: 'running' });
});

test.each(['hang', 'driverDown', 'nonsense'] as const)(
  'with an nvidia-smi in mode %s the daemon lives and says what is wrong',
  async (mode) => {
    await using smi = await fakeNvidiaSmi(mode);
    const daemon = await start({ nvidiaSmi: smi.path });
    const { gpus, notice } = await gpuList(daemon);
    expect(gpus).toEqual([]);
    expect(notice).toMatch(/nvidia-smi/);
    expect(await daemon.ok('POST', '/replicaSet', RUN)).toEqual({ name: 'train-1' });
  },
);

test('GPUs that nvidia-smi stops reporting stay known, and what was granted stays granted', async () => {
  await using smi = await fakeNvidiaSmi('ok');
  const daemon = await start({ nvidiaSmi: smi.path });
  expect(await daemon.gpus()).toHaveLength(8);
  await daemon.stop();
  await smi.become('driverDown');
  await daemon.startAgain();
  expect(await daemon.gpus()).toHaveLength(8);
  expect((await gpuList(daemon)).notice).toMatch(/nvidia-smi/);
});
