import { describe, expect, test } from 'vitest';
import type { OperationView } from '../../../../common/contract/views.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const list = (rig: CoreRig, input: { name?: string; limit?: number } = {}) =>
  rig.services.operation.list({ limit: 50, ...input }, rig.caller());
const cancel = (rig: CoreRig, id: string) => rig.services.operation.cancel({ id }, rig.caller('bob'));

async function onlyRunning(rig: CoreRig): Promise<string> {
  const [first] = await list(rig);
  if (first?.state !== 'running') throw new Error('no operation runs');
  return first.id;
}

describe('the list', () => {
  test('begins with what runs, and goes on with what ended, newest first, across restarts', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.engine.faults.failNext('noSpace', 'commit', 'no space left on device');
    await codeOf(rig.call('patch', 'train', {}));
    await rig.restart();
    await rig.call('pause', 'train');
    const release = rig.engine.hold('start');
    const going = rig.call('continueSet', 'train');
    await rig.quiet();
    expect((await list(rig)).map(({ verb, name, state, message }) => [verb, name, state, message])).toEqual([
      ['continue', 'train', 'running', null],
      ['pause', 'train', 'succeeded', null],
      ['patch', 'train', 'undone', 'no space left on device'],
      ['run', 'train', 'succeeded', null],
    ]);
    release();
    await going;
  });

  test('can be of one set, and short', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    await rig.run('probe');
    await rig.restart();
    expect((await list(rig, { name: 'train' })).map(({ name }) => name)).toEqual(['train']);
    expect((await list(rig, { limit: 1 })).map(({ name }) => name)).toEqual(['probe']);
  });

  test('leaves out what is no operation', async () => {
    const rig = await CoreRig.open();
    await rig.services.resource.gpuDrain({ gpu: '0' }, rig.caller());
    expect(await list(rig)).toEqual([]);
  });
});

test('one that has ended is found again after a restart, with its times', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const [{ id, startedAt, endedAt }] = (await list(rig)) as [OperationView];
  await rig.restart();
  expect(await rig.services.operation.get({ id }, rig.caller())).toMatchObject({ startedAt, endedAt, verb: 'run' });
  expect(await codeOf(rig.services.operation.get({ id: 'x' }, rig.caller()))).toBe('OPERATION_NOT_FOUND');
});

describe('cancel', () => {
  test('ends an operation at its next yield, and everything is as it was', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    const release = rig.engine.hold('commit');
    const patching = codeOf(rig.call('patch', 'train', { gpuPatch: { gpuCount: 3 } }));
    await rig.quiet();
    const cancelled = cancel(rig, await onlyRunning(rig));
    await rig.quiet();
    release();
    expect(await cancelled).toMatchObject({ state: 'undone', message: 'the operation was cancelled by bob' });
    expect(await patching).toBe('CANCELLED');
    expect(await rig.status('train')).toMatchObject({ version: 1, state: 'running', busy: null });
    expect(rig.readFile('train', '/keep')).toBe('mine');
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('comes too late once the commit has begun, and changes nothing then', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.call('patch', 'train', {});
    const release = rig.engine.hold('remove');
    const patching = rig.call('patch', 'train', {});
    await rig.quiet();
    const id = await onlyRunning(rig);
    expect(await codeOf(cancel(rig, id))).toBe('OPERATION_COMMITTED');
    release();
    expect(await patching).toEqual({ containerName: 'train-3' });
    expect(await codeOf(cancel(rig, id))).toBe('OPERATION_ENDED');
  });

  test('before a commit that is being written cannot take it back', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    let asked: Promise<unknown> = Promise.resolve();
    rig.at(
      (effect) => effect.kind === 'write' && effect.changes.some((it) => it.table === 'set'),
      () => {
        asked = list(rig).then(([it]) => codeOf(cancel(rig, it?.id ?? '')));
      },
    );
    await rig.call('pause', 'train');
    expect(await asked).toMatch(/OPERATION_(COMMITTED|ENDED)/);
    expect(await rig.status('train')).toMatchObject({ state: 'paused' });
  });

  test('at every yield leaves everything as it was, or done', async () => {
    for (let effect = 1; ; effect += 1) {
      const rig = await CoreRig.open();
      await bring(rig, 'train', 'running');
      let asked: Promise<unknown> | undefined;
      rig.at(effect, () => {
        asked = list(rig).then(([it]) => codeOf(cancel(rig, it?.id ?? '')));
      });
      const code = await codeOf(rig.call('patch', 'train', { gpuPatch: { gpuCount: 1 } }));
      await asked;
      await rig.quiet();
      expect(['CANCELLED', undefined]).toContain(code);
      expect((await rig.status('train')).version, `effect ${effect}`).toBe(code === undefined ? 2 : 1);
      expect(rig.violations(), `effect ${effect}`).toEqual([]);
      if (asked === undefined) return;
    }
  });

  test('of what is not there says so', async () => {
    const rig = await CoreRig.open();
    expect(await codeOf(cancel(rig, '01J'))).toBe('OPERATION_NOT_FOUND');
  });
});
