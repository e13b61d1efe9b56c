import { expect, test } from 'vitest';
import { ContainerInfo } from '../../../../common/contract/info.ts';
import { infoOf } from '../../../../daemon/core/infoView.ts';
import { aSpec, aVersion } from '../../../rig/records.ts';

const version = aVersion('train', 2, {
  spec: aSpec({
    imageName: 'nvidia/cuda:12',
    gpuCount: 1,
    binds: [{ src: 'data', dest: '/data' }],
    env: ['LANG=C'],
    containerPorts: ['22'],
  }),
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

test('what else was asked for stands in the fields that existing clients have for it', () => {
  const spec = aSpec({
    cmd: ['train.py'],
    entrypoint: ['python'],
    user: '1000:100+27,44',
    workDir: '/work',
    hostname: 'box',
    labels: ['team=vision'],
    shmBytes: 2 ** 30,
    limits: {
      nanoCpus: 1.5e9,
      memoryBytes: 2 ** 33,
      memorySwapBytes: 2 ** 34,
      cpuShares: 512,
      cpusetCpus: '0-3',
      pidsMax: 100,
    },
  });
  const info = infoOf(aVersion('train', 1, { spec }));
  expect(info.config).toMatchObject({
    Hostname: 'box',
    User: '1000:100',
    WorkingDir: '/work',
    Entrypoint: ['python'],
    Cmd: ['train.py'],
    Labels: { team: 'vision' },
  });
  expect(info.hostConfig).toMatchObject({
    GroupAdd: ['27', '44'],
    ShmSize: 2 ** 30,
    NanoCpus: 1.5e9,
    Memory: 2 ** 33,
    MemorySwap: 2 ** 34,
    CpuShares: 512,
    CpusetCpus: '0-3',
    PidsLimit: 100,
  });
  expect(JSON.stringify(ContainerInfo.parse(info))).toBe(JSON.stringify(info));
});

test('a set without GPUs has no device requests', () => {
  expect(infoOf(aVersion('train', 1)).hostConfig.DeviceRequests).toBeNull();
});

test('every key of the contract is there, in its order, and no other', () => {
  const info = infoOf(version);
  expect(JSON.stringify(ContainerInfo.parse(info))).toBe(JSON.stringify(info));
});
