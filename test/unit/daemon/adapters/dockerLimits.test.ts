import { expect, test } from 'vitest';
import { updateBody } from '../../../../daemon/adapters/dockerLimits.ts';
import { plainSpec } from '../../../rig/engine/conformance.ts';

const none = {
  ...plainSpec.limits,
  memoryBytes: null,
  memorySwapBytes: null,
  nanoCpus: null,
  pidsMax: null,
};
const full = { Memory: 1, NanoCpus: 1, CpuShares: 2, CpusetCpus: '0', PidsLimit: 1 };

test('memory and swap always go together', () => {
  expect(updateBody({ ...none, memoryBytes: 2 ** 30 }, {}, 4)).toEqual({ Memory: 2 ** 30, MemorySwap: 2 ** 30 });
  expect(updateBody({ ...none, memoryBytes: 2 ** 30, memorySwapBytes: 2 ** 31 }, {}, 4)).toEqual({
    Memory: 2 ** 30,
    MemorySwap: 2 ** 31,
  });
});

test('what is not limited is left as it is, or raised to what the host has where it was', () => {
  expect(updateBody(none, {}, 4)).toEqual({});
  expect(updateBody(none, full, 4)).toEqual({
    Memory: 2 ** 52,
    MemorySwap: 2 ** 52,
    NanoCpus: 4e9,
    CpuShares: 1024,
    CpusetCpus: '0-3',
    PidsLimit: -1,
  });
});

test('nothing but limits is ever sent, GPUs least of all', () => {
  const limits = { ...none, memoryBytes: 1, nanoCpus: 2, cpuShares: 3, cpusetCpus: '0', pidsMax: 4 };
  const keys = ['Memory', 'MemorySwap', 'NanoCpus', 'CpuShares', 'CpusetCpus', 'PidsLimit'];
  expect(Object.keys(updateBody(limits, full, 4))).toEqual(keys);
});
