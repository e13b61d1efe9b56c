import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../rig/coreRig.ts';
import { stubGpu } from '../../../rig/engine/stubGpus.ts';
import { codeOf } from '../../../rig/setScenes.ts';

test('gpus tells 0 for what can be granted and 1 for everything else', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1 });
  await rig.services.resource.gpuDrain({ gpu: '2' }, rig.caller());
  const { gpus } = await rig.services.resource.gpus({}, rig.caller());
  expect(gpus).toEqual({ [stubGpu(0)]: 1, [stubGpu(1)]: 0, [stubGpu(2)]: 1, [stubGpu(3)]: 0 });
});

test('AvailableCount is what is free of the range', async () => {
  const rig = await CoreRig.open();
  rig.world.outsiderPorts.add(40_000);
  await rig.run('train', { containerPorts: ['22'] });
  const { ports } = await rig.services.resource.ports({}, rig.caller());
  expect(ports).toEqual({
    StartPort: 40_000,
    EndPort: 40_019,
    AvailableCount: 18,
    UsedPortSet: { '40000': {}, '40001': {} },
  });
  const list = await rig.services.resource.portList({}, rig.caller());
  expect(list).toMatchObject({ start: 40_000, end: 40_019, free: 18 });
  expect(list.ports.map(({ state, holder }) => [state, holder])).toEqual([
    ['foreign', null],
    ['granted', 'train'],
  ]);
});

describe('drain', () => {
  test('takes a free GPU out of use until undrain, and both are audited', async () => {
    const rig = await CoreRig.open({ gpus: 1 });
    const { resource } = rig.services;
    const drained = await resource.gpuDrain({ gpu: stubGpu(0), reason: 'repair' }, rig.caller('root'));
    expect(drained).toMatchObject({ state: 'drained', reason: 'repair' });
    await expect(rig.run('train', { gpuCount: 1 })).rejects.toThrow('drained');
    expect(await resource.gpuUndrain({ gpu: '0' }, rig.caller('root'))).toMatchObject({ state: 'free' });
    await rig.run('train', { gpuCount: 1 });
    const audit = [...rig.store.rows('audit').values()];
    expect(audit.map(({ verb, actor, subject }) => [verb, actor, subject])).toEqual([
      ['drain', 'root', stubGpu(0)],
      ['undrain', 'root', stubGpu(0)],
      ['run', 'ada', 'train'],
    ]);
  });

  test('lets who holds the GPU keep it, also over a restart, but not after a stop', async () => {
    const rig = await CoreRig.open({ gpus: 1 });
    await rig.run('train', { gpuCount: 1 });
    await rig.services.resource.gpuDrain({ gpu: '0' }, rig.caller());
    await rig.call('restart', 'train');
    expect(rig.gpuHolders()).toEqual({ [stubGpu(0)]: 'train' });
    await rig.call('stop', 'train');
    expect(await codeOf(rig.call('continueSet', 'train'))).toBe('LEASES_TAKEN');
  });

  test('that cannot be written down did not happen', async () => {
    const rig = await CoreRig.open();
    rig.store.failNextWrite();
    expect(await codeOf(rig.services.resource.gpuDrain({ gpu: '0' }, rig.caller()))).toBe('STORE_FAILED');
    expect(await rig.services.resource.gpus({}, rig.caller())).toMatchObject({ gpus: { [stubGpu(0)]: 0 } });
  });
});

test('undrain puts a quarantined GPU back into use', async () => {
  const rig = await CoreRig.open({ gpus: 1 });
  rig.world.brokenGpus.set(stubGpu(0), 'Xid 79');
  await codeOf(rig.run('train', { gpuCount: 1 }));
  rig.world.brokenGpus.clear();
  await rig.services.resource.gpuUndrain({ gpu: '0' }, rig.caller());
  expect(await codeOf(rig.run('train', { gpuCount: 1 }))).toBeUndefined();
});

test.each([
  ['by a beginning that only one has', stubGpu(3).slice(0, -1).concat('3'), undefined],
  ['by a beginning that several have', 'GPU-', 'GPU_NOT_FOUND'],
  ['by an index that none has', '9', 'GPU_NOT_FOUND'],
])('a GPU is found %s: %s', async (_, gpu, code) => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.services.resource.gpuDrain({ gpu }, rig.caller()))).toBe(code);
});
