import { expect, test } from 'vitest';
import { nearest } from '../../../common/nearest.ts';

test.each([
  ['ReplicaSetName', 'replicaSetName'],
  ['gpucount', 'gpuCount'],
  ['bind', 'binds'],
  ['privileged', undefined],
])('%s was meant as %s', (name, meant) => {
  expect(nearest(name, ['replicaSetName', 'gpuCount', 'binds'])).toBe(meant);
});
