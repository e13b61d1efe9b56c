import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

test('operations on one name take turns, those on others do not wait', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const release = rig.engine.hold('stop');
  const order: string[] = [];
  const work = [
    rig.call('patch', 'train', {}).then(() => order.push('patch')),
    rig.call('pause', 'train').then(() => order.push('pause')),
    rig.call('remove', 'train').then(() => order.push('delete')),
  ];
  await rig.run('other');
  order.push('other');
  release();
  await Promise.all(work);
  expect(order).toEqual(['other', 'patch', 'pause', 'delete']);
});

test('a set shows what it is busy with', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const release = rig.engine.hold('stop');
  const pausing = rig.call('pause', 'train');
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ busy: 'pause', state: 'running' });
  release();
  await pausing;
  expect(await rig.status('train')).toMatchObject({ busy: null, state: 'paused' });
});

describe('the audit', () => {
  test('tells who did what to which version, and what came of it', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.call('patch', 'train', {});
    rig.engine.faults.failNext('noSpace', 'commit', 'no space left on device');
    await codeOf(rig.call('patch', 'train', {}));
    await rig.call('remove', 'train');
    const rows = [...rig.store.rows('audit').values()];
    expect(
      rows.map(({ actor, verb, subject, before, after, result, message }) => [
        actor,
        verb,
        subject,
        before,
        after,
        result,
        message,
      ]),
    ).toEqual([
      ['ada', 'run', 'train', null, 1, 'ok', null],
      ['ada', 'patch', 'train', 1, 2, 'ok', null],
      ['ada', 'patch', 'train', 2, 3, 'failed', 'no space left on device'],
      ['ada', 'delete', 'train', 2, null, 'ok', null],
    ]);
  });

  test('tells of an operation that was cut off', async () => {
    const rig = await CoreRig.open();
    rig.crashAt((effect) => effect.kind === 'engine' && effect.verb === 'start');
    await expect(rig.run('train')).rejects.toThrow();
    await rig.restart();
    expect([...rig.store.rows('audit').values()]).toMatchObject([
      { verb: 'run', result: 'failed', message: 'cut off' },
    ]);
  });
});

test('an undo that fails is taken up again before the next operation of its name', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.failNext('failed', 'create');
  rig.engine.faults.failNext('failed', 'removeImage');
  expect(await codeOf(rig.call('patch', 'train', {}))).toBe('ENGINE_FAILED');
  expect(rig.core.state.table('intent').size).toBe(1);
  expect(await rig.call('patch', 'train', {})).toEqual({ containerName: 'train-3' });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('what is answered is durable', async () => {
  const rig = await CoreRig.open();
  rig.store.holdWrites();
  let isAnswered = false;
  const running = rig.run('train').then(() => {
    isAnswered = true;
  });
  await rig.quiet();
  expect(isAnswered).toBe(false);
  rig.store.releaseWrites();
  await running;
  await rig.restart();
  expect(await rig.status('train')).toMatchObject({ state: 'running' });
});

test('a read right after a write is not stale', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1 });
  await rig.call('patch', 'train', { gpuPatch: { gpuCount: 2 } });
  expect(await rig.call('info', 'train')).toMatchObject({ info: { version: 2 } });
  expect((await rig.call('history', 'train')).history.map(({ version }) => version)).toEqual([2, 1]);
});

test('concurrent calls of every kind leave everything in order', async () => {
  const rig = await CoreRig.open();
  const names = ['a', 'b', 'c'];
  await Promise.all(names.map((name) => rig.run(name, { gpuCount: 1, containerPorts: ['22'] })));
  const verbs = ['patch', 'restart', 'stop', 'continueSet', 'pause', 'start', 'rollback', 'remove', 'stop'] as const;
  const attempts = names.flatMap((name) => verbs.map((verb) => codeOf(rig.call(verb, name, { version: 1 }))));
  const codes = await Promise.all(attempts);
  await rig.quiet();
  expect(codes).not.toContain('INTERNAL');
  expect(rig.violations()).toEqual([]);
  expect(rig.world.containers.size).toBe(0);
  expect(rig.gpuHolders()).toEqual({});
});

test('no failure of the engine shows as one of ours', async () => {
  const kinds = [
    'unknown',
    'notFound',
    'imageNotFound',
    'conflict',
    'portTaken',
    'device',
    'noSpace',
    'failed',
  ] as const;
  for (const kind of kinds) {
    const rig = await CoreRig.open();
    rig.engine.faults.failNext(kind, 'start');
    const code = await codeOf(rig.run('train', { gpuCount: 1 }));
    await rig.quiet();
    expect(code, kind).not.toBe('INTERNAL');
    expect(rig.violations(), kind).toEqual([]);
  }
});
