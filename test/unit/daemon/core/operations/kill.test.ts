import { describe, expect, test } from 'vitest';
import type { Effect } from '../../../../../daemon/core/effects.ts';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../../rig/setScenes.ts';

const kill = (rig: CoreRig, signal = 'KILL') => rig.call('kill', 'train', { signal });

test.each(['running', 'frozen'] as const)(
  'KILL ends a %s set, which keeps its GPUs as after a crash',
  async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    expect(await kill(rig)).toBeNull();
    expect(await rig.status('train')).toMatchObject({ state: 'exited', reason: 'killed by ada', leasesHeld: true });
    expect(Object.keys(rig.gpuHolders())).toHaveLength(2);
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
    await rig.advance(600_000);
    expect(rig.gpuHolders()).toEqual({});
  },
);

test('a signal that ends nothing leaves the set running', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await kill(rig, 'USR1');
  await rig.quiet();
  expect(rig.engine.calls.filter((call) => call.startsWith('kill'))).toHaveLength(1);
  expect(await rig.status('train')).toMatchObject({ state: 'running', reason: null });
  expect(rig.violations()).toEqual([]);
});

test('a set that ends by a signal is shown as exited', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await kill(rig, 'TERM');
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ state: 'exited', leasesHeld: true });
  expect(rig.violations()).toEqual([]);
});

test.each(['paused', 'stopped', 'exited', 'gone'] as const)('of a %s set is refused', async (scene) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  expect(await codeOf(kill(rig))).toBe('WRONG_STATE');
  expect(rig.violations()).toEqual([]);
});

test('only KILL reaches a frozen set', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'frozen');
  await expect(kill(rig, 'TERM')).rejects.toThrow('train is frozen, and TERM would not reach it');
  expect(rig.world.get('train-1').status).toBe('paused');
});

describe('a signal whose answer never came', () => {
  test('is not sent twice', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.engine.faults.loseAnswer('applied', 'kill');
    expect(await codeOf(kill(rig, 'USR1'))).toBe('OUTCOME_UNKNOWN');
    expect(rig.engine.calls.filter((call) => call.startsWith('kill'))).toHaveLength(1);
  });

  test('is sent again where it is KILL, which ends a process once', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.engine.faults.loseAnswer('dropped', 'kill');
    await kill(rig);
    expect(await rig.status('train')).toMatchObject({ state: 'exited' });
  });
});

test('a set that ended right before is told so', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'kill',
    () => rig.world.exit('train-1', 3),
  );
  await expect(kill(rig)).rejects.toThrow('train ended before KILL reached it');
});

test('a set that was killed on purpose is not started again when the engine goes soon after', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await kill(rig);
  await rig.engineDown();
  await rig.engineUp();
  expect(await rig.status('train')).toMatchObject({ state: 'exited' });
  expect(rig.violations()).toEqual([]);
});

describe('cut off', () => {
  const atSignal = (effect: Effect): boolean => effect.kind === 'engine' && effect.verb === 'kill';
  const sent = (rig: CoreRig): number => rig.engine.calls.filter((call) => call.startsWith('kill')).length;

  test.each(['before', 'after'] as const)('%s its signal, KILL goes forward', async (when) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.crashAt(atSignal, when);
    await kill(rig).catch(() => undefined);
    await rig.restart();
    expect(await rig.status('train')).toMatchObject({ state: 'exited', reason: 'killed by ada', leasesHeld: true });
    expect([...rig.store.rows('audit').values()].at(-1)).toMatchObject({ verb: 'kill', result: 'ok' });
    expect(rig.violations()).toEqual([]);
  });

  test('after it, any other counts as sent and is not sent again', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.crashAt(atSignal, 'after');
    await kill(rig, 'USR1').catch(() => undefined);
    await rig.restart();
    expect(sent(rig)).toBe(1);
    expect(await rig.status('train')).toMatchObject({ state: 'running', busy: null });
    expect(rig.violations()).toEqual([]);
  });

  test('by an engine that never answers, it stays open and goes forward', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.loseAnswer('dropped', 'kill');
    expect(await codeOf(kill(rig))).toBe('OUTCOME_UNKNOWN');
    expect([...rig.store.rows('intent').values()]).toMatchObject([{ verb: 'kill', phase: 'committed' }]);
    await rig.call('stop', 'train');
    expect(rig.store.rows('intent').size).toBe(0);
    expect(await rig.status('train')).toMatchObject({ state: 'stopped' });
    expect(rig.violations()).toEqual([]);
  });
});

test('a signal that the engine refuses was not sent, and the operation has failed', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.failNext('failed', 'kill');
  expect(await codeOf(kill(rig, 'USR1'))).toBe('ENGINE_FAILED');
  expect(rig.store.rows('intent').size).toBe(0);
  expect([...rig.store.rows('audit').values()].at(-1)).toMatchObject({ verb: 'kill', result: 'failed' });
  expect(await rig.status('train')).toMatchObject({ state: 'running', reason: null });
});
