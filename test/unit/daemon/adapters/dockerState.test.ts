/** Docker's answers in the core's words, with what foreign containers may hold. */
import { describe, expect, test } from 'vitest';
import type { ContainerInspectInfo, ImageInspectInfo } from '../../../../daemon/adapters/dockerConnection.ts';
import { containerState, imageInfo } from '../../../../daemon/adapters/dockerState.ts';

const inspected = (config: object = {}, host: object = {}, state: object = {}): ContainerInspectInfo =>
  ({
    Id: 'c1',
    Name: '/web-1',
    State: {
      Status: 'running',
      Running: true,
      ExitCode: 0,
      OOMKilled: false,
      Error: '',
      StartedAt: '2026-01-02T03:04:05.6Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ...state,
    },
    Config: { Image: 'cuda:12', Env: ['A=1'], Labels: { team: 'vision' }, ...config },
    HostConfig: { Binds: ['/data:/data'], PortBindings: {}, DeviceRequests: null, Runtime: 'runc', ...host },
  }) as unknown as ContainerInspectInfo;

test('a container is shown with its name as given and times only where they happened', () => {
  expect(containerState(inspected())).toEqual({
    id: 'c1',
    name: 'web-1',
    status: 'running',
    running: true,
    exitCode: 0,
    oomKilled: false,
    error: '',
    startedAt: '2026-01-02T03:04:05.6Z',
    finishedAt: null,
    labels: { team: 'vision' },
    image: 'cuda:12',
    env: ['A=1'],
    binds: ['/data:/data'],
    ports: [],
    networks: [],
    gpuIds: [],
    gpuCount: 0,
  });
});

test('what is bound is shown in whichever form it was asked for', () => {
  const Mounts = [
    { Type: 'bind', Source: '/srv', Target: '/srv' },
    { Type: 'tmpfs', Target: '/scratch' },
  ];
  expect(containerState(inspected({}, { Mounts })).binds).toEqual(['/data:/data', '/srv:/srv']);
});

test('what Docker leaves out is empty', () => {
  const state = containerState(inspected({ Env: null, Labels: null }, { Binds: null, PortBindings: null }));
  expect(state).toMatchObject({ env: [], labels: {}, binds: [], ports: [] });
});

test('only ports with a number of their own are held', () => {
  const bindings = { '80/tcp': [{ HostPort: '40000' }, { HostPort: '' }], '90/tcp': null };
  expect(containerState(inspected({}, { PortBindings: bindings })).ports).toEqual([
    { containerPort: '80/tcp', hostPort: 40_000 },
  ]);
});

describe('GPUs of a container', () => {
  const asked = (host: object, config: object = {}) => {
    const { gpuIds, gpuCount } = containerState(inspected(config, host));
    return { gpuIds, gpuCount };
  };
  const gpu = [['gpu']];

  test.each([
    [
      'by UUID',
      { DeviceRequests: [{ Driver: 'nvidia', Count: 0, DeviceIDs: ['GPU-a'], Capabilities: gpu }] },
      ['GPU-a'],
      0,
    ],
    ['by number', { DeviceRequests: [{ Driver: '', Count: 2, DeviceIDs: null, Capabilities: gpu }] }, [], 2],
    ['all of them', { DeviceRequests: [{ Driver: '', Count: -1, DeviceIDs: null, Capabilities: gpu }] }, [], -1],
    ['by CDI name', { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=GPU-a'] }] }, ['GPU-a'], 0],
    ['all by CDI', { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=all'] }] }, [], -1],
    ['of another maker', { DeviceRequests: [{ Driver: 'other', Count: 1, Capabilities: [['fpga']] }] }, [], 0],
  ])('asked for %s', (_, host, gpuIds, gpuCount) => {
    expect(asked(host)).toEqual({ gpuIds, gpuCount });
  });

  test('asked for by the variable count only under the runtime that reads it', () => {
    const config = { Env: ['NVIDIA_VISIBLE_DEVICES=0,GPU-b'] };
    expect(asked({ Runtime: 'nvidia' }, config)).toEqual({ gpuIds: ['0', 'GPU-b'], gpuCount: 0 });
    expect(asked({ Runtime: 'runc' }, config)).toEqual({ gpuIds: [], gpuCount: 0 });
    expect(asked({ Runtime: 'nvidia' }, { Env: ['NVIDIA_VISIBLE_DEVICES=void'] })).toEqual({ gpuIds: [], gpuCount: 0 });
    expect(asked({ Runtime: 'nvidia' }, { Env: ['NVIDIA_VISIBLE_DEVICES=all'] })).toEqual({ gpuIds: [], gpuCount: -1 });
  });
});

test('an image is shown with its layers and defaults, whatever the engine leaves out', () => {
  const image = {
    Id: 'sha256:1',
    RootFS: { Layers: ['a', 'b'] },
    Size: 7,
    Config: { Cmd: ['sh'], Volumes: { '/data': {} } },
  };
  expect(imageInfo(image as unknown as ImageInspectInfo)).toEqual({
    id: 'sha256:1',
    layers: 2,
    sizeBytes: 7,
    comment: '',
    cmd: ['sh'],
    entrypoint: null,
    user: '',
    workingDir: '',
    env: [],
    volumes: ['/data'],
    labels: {},
    stopSignal: null,
    healthcheck: null,
  });
});

test('the networks of a container are shown without the names that Docker adds', () => {
  const info = {
    ...inspected(),
    NetworkSettings: {
      Networks: {
        lab: { Aliases: ['train', 'c1'], IPAMConfig: { IPv4Address: '10.0.0.5' }, IPAddress: '10.0.0.5' },
        bridge: { Aliases: null, IPAMConfig: null, IPAddress: '' },
      },
    },
  } as unknown as ContainerInspectInfo;
  expect(containerState(info).networks).toEqual([
    { network: 'lab', aliases: ['train'], ipv4: '10.0.0.5', address: '10.0.0.5' },
    { network: 'bridge', aliases: [], ipv4: null, address: null },
  ]);
});
