import { expect, test } from 'vitest';
import type { VersionSpec } from '../../../../daemon/core/records.ts';
import { describeChanges } from '../../../../daemon/core/specChanges.ts';
import { aSpec } from '../../../rig/records.ts';

const base = aSpec({
  imageName: 'app:1',
  gpuCount: 1,
  binds: [{ src: 'data', dest: '/data' }],
  env: ['LANG=C'],
  containerPorts: ['22'],
  cmd: ['sleep', '1'],
});

test.each<[Partial<VersionSpec>, string[]]>([
  [{}, []],
  [{ gpuCount: 2 }, ['gpus 1 > 2']],
  [{ imageName: 'app:2' }, ['image app:1 > app:2']],
  [{ binds: [{ src: 'data2', dest: '/data' }] }, ['volume /data data > data2']],
  [{ binds: [] }, ['volume /data data > none']],
  [{ containerPorts: ['22', '80'] }, ['ports 22 > 22,80']],
  [{ cmd: ['sleep 1'] }, ['command changed']],
  [{ entrypoint: [] }, ['entrypoint changed']],
  [{ labels: ['team=vision'] }, ['labels +team']],
  [{ user: '1000' }, ['user default > 1000']],
  [{ init: false, stopTimeoutS: 60 }, ['init default > no', 'stop timeout default > 60 s']],
  [
    { shmBytes: 2 ** 30, limits: { ...base.limits, nanoCpus: 1.5e9, memoryBytes: 2 ** 33, cpusetCpus: '0-3' } },
    ['shm default > 1 GiB', 'cpu default > 1.5', 'memory default > 8 GiB', 'cpus default > 0-3'],
  ],
])('%j reads as %j', (changed, words) => {
  expect(describeChanges(base, { ...base, ...changed })).toEqual(words);
});

test('values of the environment are not told, only its names', () => {
  expect(describeChanges(base, { ...base, env: ['TOKEN=secret'] })).toEqual(['env +TOKEN -LANG']);
  expect(describeChanges(base, { ...base, env: ['LANG=secret'] })).toEqual(['env ~LANG']);
});
