import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const MINUTE = 60_000;

describe('a container that ends by itself', () => {
  test('with success frees everything at once', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.world.exit('train-1', 0);
    await rig.quiet();
    expect(await rig.status('train')).toMatchObject({
      state: 'exited',
      reason: 'ended by itself with exit code 0',
      leasesHeld: false,
    });
    expect(rig.violations()).toEqual([]);
  });

  test('with an error keeps everything for the grace, then frees it, and says so to who watches', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'exited');
    expect(await rig.status('train')).toMatchObject({ state: 'exited', leasesHeld: true });
    await rig.advance(9 * MINUTE);
    expect(Object.keys(rig.gpuHolders())).toHaveLength(2);
    const batches = rig.store.batches.length;
    await rig.advance(MINUTE);
    await rig.advance(MINUTE);
    expect(rig.gpuHolders()).toEqual({});
    expect(await rig.status('train')).toMatchObject({ state: 'exited', leasesHeld: false });
    expect(rig.store.batches.slice(batches).flat()).toContainEqual(expect.objectContaining({ table: 'set' }));
    await rig.advance(MINUTE);
    expect(rig.store.batches).toHaveLength(batches + 1);
    expect(rig.violations()).toEqual([]);
  });

  test('for want of memory says so', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.world.exit('train-1', 137, { oom: true });
    await rig.quiet();
    expect(await rig.status('train')).toMatchObject({ state: 'exited', reason: 'killed: out of memory' });
  });

  test('and whose processes live on keeps their GPUs from others', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    await bring(rig, 'train', 'running');
    Object.assign(rig.world.get('train-1'), { status: 'exited', exitCode: 0 });
    await rig.advance(MINUTE);
    expect(await rig.status('train')).toMatchObject({ state: 'exited', leasesHeld: false });
    expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBe('GPUS_BUSY');
    expect(rig.violations()).toEqual([]);
  });
});

describe('a container that was removed from outside', () => {
  test('leaves its set exited, with everything free', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'gone');
    expect(await rig.status('train')).toMatchObject({
      state: 'exited',
      reason: 'container train-1 was removed outside Berth',
      leasesHeld: false,
    });
    expect(rig.violations()).toEqual([]);
  });
});

describe('a container that was started from outside', () => {
  test.each(['stopped', 'paused'] as const)('is stopped again when its set is %s', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    rig.engine.model.start('train-1');
    await rig.quiet();
    expect(rig.world.get('train-1').status).toBe('exited');
    expect(await rig.status('train')).toMatchObject({ state: scene });
    expect(rig.violations()).toEqual([]);
  });

  test('makes a set that had exited run again, while it holds its GPUs', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'exited');
    rig.engine.model.start('train-1');
    await rig.quiet();
    expect(await rig.status('train')).toMatchObject({ state: 'running', reason: null });
    expect(rig.violations()).toEqual([]);
  });

  test('is stopped when its set had exited and gave its GPUs back', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.world.exit('train-1', 0);
    await rig.quiet();
    rig.engine.model.start('train-1');
    await rig.quiet();
    expect(rig.world.get('train-1').status).toBe('exited');
    expect(rig.violations()).toEqual([]);
  });
});

describe('while berthd was not there', () => {
  test('a container that Docker lost with the host is started again', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.core.stop();
    rig.world.reboot();
    await rig.restart();
    expect(rig.world.get('train-1').status).toBe('running');
    expect(rig.violations()).toEqual([]);
  });

  test('a container that was stopped before the host was booted is started again', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.core.stop();
    rig.world.exit('train-1', 0);
    rig.bootedAt = new Date('9999-01-01');
    await rig.restart();
    expect(rig.world.get('train-1').status).toBe('running');
    expect(rig.violations()).toEqual([]);
  });

  test('a container that somebody killed on a host that stayed up is not', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.core.stop();
    rig.world.exit('train-1', 137);
    await rig.restart();
    expect(await rig.status('train')).toMatchObject({ state: 'exited', reason: 'ended by itself with exit code 137' });
    expect(rig.violations()).toEqual([]);
  });

  test('a container that failed by itself is not', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.core.stop();
    rig.world.exit('train-1', 2);
    await rig.restart();
    expect(await rig.status('train')).toMatchObject({ state: 'exited', reason: 'ended by itself with exit code 2' });
    expect(rig.violations()).toEqual([]);
  });

  test('nothing happened: a restart of berthd touches no container', async () => {
    const rig = await CoreRig.open();
    for (const scene of ['running', 'paused', 'stopped', 'exited'] as const) {
      await rig.run(scene);
      if (scene === 'paused' || scene === 'stopped') await rig.call(scene === 'paused' ? 'pause' : 'stop', scene);
      if (scene === 'exited') rig.world.exit('exited-1', 1);
    }
    await rig.quiet();
    const calls = rig.engine.calls.length;
    await rig.stopAndStart();
    expect(rig.engine.calls).toHaveLength(calls);
    expect(rig.violations()).toEqual([]);
  });
});

describe('a round', () => {
  test('does not wait for a set that is busy', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'a', 'running');
    await rig.run('b');
    const release = rig.engine.hold('commit');
    const patching = rig.call('patch', 'a', {});
    await rig.quiet();
    Object.assign(rig.world.get('b-1'), { status: 'exited', exitCode: 3 });
    rig.world.endTasks(rig.world.get('b-1').id);
    await rig.advance(MINUTE);
    expect(await rig.status('b')).toMatchObject({ state: 'exited' });
    release();
    await patching;
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('goes on after a set whose state cannot be written down', async () => {
    const rig = await CoreRig.open();
    await rig.run('a');
    await rig.run('b');
    await rig.quiet();
    for (const name of ['a-1', 'b-1']) Object.assign(rig.world.get(name), { status: 'exited', exitCode: 3 });
    rig.store.failNextWrite();
    await rig.advance(MINUTE);
    expect(await rig.status('a')).toMatchObject({ state: 'running' });
    expect(await rig.status('b')).toMatchObject({ state: 'exited' });
    await rig.advance(MINUTE);
    expect(await rig.status('a')).toMatchObject({ state: 'exited' });
  });
});

test('an intent that cannot be settled holds up neither others nor the start', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.crashAt((effect) => effect.kind === 'engine' && effect.verb === 'create');
  await codeOf(rig.call('patch', 'train', {})).catch(() => undefined);
  for (let times = 0; times < 3; times += 1) rig.engine.faults.failNext('failed', 'removeImage');
  await rig.restart();
  expect(rig.core.state.table('intent').size).toBe(1);
  expect(await codeOf(rig.run('other'))).toBeUndefined();
  expect(await codeOf(rig.call('stop', 'train'))).toBe('ENGINE_FAILED');
  await rig.advance(MINUTE);
  await rig.advance(MINUTE);
  expect(rig.violations()).toEqual([]);
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
});
