import { expect, test } from 'vitest';
import { ContainerInfo } from '../../../../common/contract/info.ts';
import { infoOf } from '../../../../daemon/core/infoView.ts';
import { aVersion } from '../../../rig/records.ts';

const version = aVersion('train', 2, {
  spec: {
    imageName: 'nvidia/cuda:12',
    gpuCount: 1,
    binds: [{ src: 'data', dest: '/data' }],
    env: ['LANG=C'],
    containerPorts: ['22'],
    cmd: [],
  },
  gpus: ['GPU-1'],
  ports: [{ containerPort: '22/tcp', hostPort: 40_000 }],
  startedFrom: 'berth.local/snapshot/u:v1-op',
});

test('existing clients see what was asked for: the image by its name, the version last in the environment', () => {
  const info = infoOf(version);
  expect(info).toMatchObject({ version: 2, containerName: 'train-2' });
  expect(info.config).toMatchObject({
    Image: 'nvidia/cuda:12',
    Env: ['LANG=C', 'CONTAINER_VERSION=2'],
    Cmd: null,
    ExposedPorts: { '22/tcp': {} },
    Labels: null,
  });
  expect(info.hostConfig).toMatchObject({
    Binds: ['data:/data'],
    PortBindings: { '22/tcp': [{ HostIp: '', HostPort: '40000' }] },
    DeviceRequests: [{ Driver: 'nvidia', Count: 0, DeviceIDs: ['GPU-1'], Capabilities: [['gpu']], Options: null }],
    ShmSize: 0,
  });
});

test('a set without GPUs has no device requests', () => {
  expect(infoOf(aVersion('train', 1)).hostConfig.DeviceRequests).toBeNull();
});

test('every key of the contract is there, in its order, and no other', () => {
  const info = infoOf(version);
  expect(JSON.stringify(ContainerInfo.parse(info))).toBe(JSON.stringify(info));
});
