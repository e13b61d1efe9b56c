/** The create body: what is asked of Docker, and what can never be asked. */
import { describe, expect, test } from 'vitest';
import { createBody } from '../../../../daemon/adapters/dockerSpec.ts';
import type { ContainerSpec } from '../../../../daemon/core/engine.ts';

const bare: ContainerSpec = {
  name: 'web-1',
  image: 'cuda:12',
  cmd: null,
  entrypoint: null,
  user: '',
  groups: [],
  workingDir: '',
  hostname: null,
  init: true,
  stopTimeoutS: 10,
  env: [],
  labels: {},
  binds: [],
  ports: [],
  network: null,
  gpus: [],
  limits: {
    shmBytes: null,
    memoryBytes: null,
    memorySwapBytes: null,
    cpuShares: null,
    cpusetCpus: null,
    nanoCpus: null,
    pidsMax: null,
    logBytesMax: 10_000_000,
  },
  stopSignal: null,
  healthcheck: null,
};

const bodyOf = (change: Partial<ContainerSpec> = {}, canRaise = true) => createBody({ ...bare, ...change }, canRaise);
const hostOf = (change: Partial<ContainerSpec> = {}) => bodyOf(change).HostConfig;

test('the plainest container has init, a terminal, no restart policy, wide limits and a bounded log', () => {
  expect(bodyOf()).toEqual({
    name: 'web-1',
    Image: 'cuda:12',
    User: '',
    WorkingDir: '',
    Env: ['NVIDIA_VISIBLE_DEVICES=void'],
    Labels: {},
    StopTimeout: 10,
    Tty: true,
    OpenStdin: true,
    ExposedPorts: {},
    HostConfig: {
      Init: true,
      Binds: [],
      Mounts: [],
      PortBindings: {},
      RestartPolicy: { Name: 'no' },
      Ulimits: [
        { Name: 'memlock', Soft: -1, Hard: -1 },
        { Name: 'stack', Soft: 67_108_864, Hard: 67_108_864 },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5000000', 'max-file': '2' } },
    },
  });
});

test('a host path is mounted, which makes no directory, and a volume of Docker is bound by name', () => {
  expect(hostOf({ binds: ['/srv/data:/data', 'berth-1:/cache'] })).toMatchObject({
    Binds: ['berth-1:/cache'],
    Mounts: [{ Type: 'bind', Source: '/srv/data', Target: '/data' }],
  });
});

test('nothing that a spec may hold leads to a privileged setting', () => {
  const smuggled = {
    ...bare,
    Privileged: true,
    HostConfig: { Privileged: true },
    privileged: true,
    devices: ['/dev/sda'],
  };
  expect(createBody(smuggled, true)).toEqual(bodyOf());
});

test('limits stay as they are where nobody may raise them', () => {
  expect(bodyOf({}, false).HostConfig?.Ulimits).toEqual([]);
});

test('what is said of command, entrypoint, user, folder, signal and health is passed on', () => {
  const said = {
    cmd: ['serve', '-v'],
    entrypoint: ['/entry'],
    user: '1000',
    workingDir: '/work',
    stopSignal: 'SIGHUP',
    healthcheck: { Test: ['NONE'] },
  };
  expect(bodyOf(said)).toMatchObject({
    Cmd: ['serve', '-v'],
    Entrypoint: ['/entry'],
    User: '1000',
    WorkingDir: '/work',
    StopSignal: 'SIGHUP',
    Healthcheck: { Test: ['NONE'] },
  });
});

describe('GPUs', () => {
  test('are asked for by UUID, never by number', () => {
    expect(hostOf({ gpus: ['GPU-a', 'GPU-b'] })?.DeviceRequests).toEqual([
      { Driver: 'nvidia', Count: 0, DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu']] },
    ]);
  });

  test('are not asked for at all when there are none, or only simulated ones', () => {
    expect(hostOf()).not.toHaveProperty('DeviceRequests');
    expect(hostOf({ gpus: ['SIM-0', 'SIM-1'] })).not.toHaveProperty('DeviceRequests');
  });

  test('that an image would see by itself are taken out of sight', () => {
    const env = ['A=1', 'NVIDIA_VISIBLE_DEVICES=all', 'B=2'];
    expect(bodyOf({ env }).Env).toEqual(['A=1', 'B=2', 'NVIDIA_VISIBLE_DEVICES=void']);
    expect(bodyOf({ env, gpus: ['GPU-a'] }).Env).toEqual(['A=1', 'B=2', 'NVIDIA_VISIBLE_DEVICES=GPU-a']);
    expect(bodyOf({ env, gpus: ['SIM-0'] }).Env).toEqual(['A=1', 'B=2', 'NVIDIA_VISIBLE_DEVICES=void']);
  });
});

test('every published port is exposed too, or Docker would publish nothing', () => {
  const body = bodyOf({
    ports: [
      { containerPort: '80', hostPort: 40_000 },
      { containerPort: '53/udp', hostPort: 40_001, hostIp: '127.0.0.1' },
      { containerPort: '80/tcp', hostPort: 40_002 },
    ],
  });
  expect(body.ExposedPorts).toEqual({ '80/tcp': {}, '53/udp': {} });
  expect(body.HostConfig?.PortBindings).toEqual({
    '80/tcp': [{ HostPort: '40000' }, { HostPort: '40002' }],
    '53/udp': [{ HostIp: '127.0.0.1', HostPort: '40001' }],
  });
});

test('limits are set as they are asked for, memory and swap together', () => {
  const limits = {
    shmBytes: 1,
    memoryBytes: 2,
    memorySwapBytes: 7,
    nanoCpus: 3,
    cpuShares: 5,
    cpusetCpus: '0-1',
    pidsMax: 4,
    logBytesMax: 5,
  };
  expect(hostOf({ limits })).toMatchObject({
    ShmSize: 1,
    Memory: 2,
    MemorySwap: 7,
    NanoCpus: 3,
    CpuShares: 5,
    CpusetCpus: '0-1',
    PidsLimit: 4,
  });
  expect(hostOf({ limits: { ...limits, memorySwapBytes: null } })).toMatchObject({ Memory: 2, MemorySwap: 2 });
});

test('who it runs as, where and how long it may take to stop are said in the words of Docker', () => {
  const body = bodyOf({ entrypoint: [], groups: ['27', '44'], hostname: 'box', init: false, stopTimeoutS: 33 });
  expect(body).toMatchObject({ Entrypoint: [''], Hostname: 'box', StopTimeout: 33 });
  expect(body.HostConfig).toMatchObject({ Init: false, GroupAdd: ['27', '44'] });
});
