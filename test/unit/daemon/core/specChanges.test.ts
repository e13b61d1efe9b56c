import { expect, test } from 'vitest';
import type { VersionSpec } from '../../../../daemon/core/records.ts';
import { describeChanges } from '../../../../daemon/core/specChanges.ts';

const base: VersionSpec = {
  imageName: 'app:1',
  gpuCount: 1,
  binds: [{ src: 'data', dest: '/data' }],
  env: ['LANG=C'],
  containerPorts: ['22'],
  cmd: ['sleep', '1'],
};

test.each<[Partial<VersionSpec>, string[]]>([
  [{}, []],
  [{ gpuCount: 2 }, ['gpus 1 > 2']],
  [{ imageName: 'app:2' }, ['image app:1 > app:2']],
  [{ binds: [{ src: 'data2', dest: '/data' }] }, ['volume /data data > data2']],
  [{ binds: [] }, ['volume /data data > none']],
  [{ containerPorts: ['22', '80'] }, ['ports 22 > 22,80']],
  [{ cmd: ['sleep 1'] }, ['command changed']],
])('%j reads as %j', (changed, words) => {
  expect(describeChanges(base, { ...base, ...changed })).toEqual(words);
});

test('values of the environment are not told, only its names', () => {
  expect(describeChanges(base, { ...base, env: ['TOKEN=secret'] })).toEqual(['env LANG > TOKEN']);
});
