import { describe, expect, test } from 'vitest';
import { Reconciler } from '../../../../daemon/core/reconciler.ts';
import { del } from '../../../../daemon/core/records.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const engineOf = async (rig: CoreRig) => (await rig.services.system.version({}, rig.caller())).engine;

describe('an engine that is away', () => {
  test('leaves reads as they are, refuses changes, and all goes on when it is back', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.engineDown();
    expect(await engineOf(rig)).toMatchObject({ state: 'down', version: null });
    expect(await rig.status('train')).toMatchObject({ state: 'running' });
    expect(await rig.call('history', 'train')).toMatchObject({ history: [{ version: 1 }] });
    expect(await codeOf(rig.run('other'))).toBe('ENGINE_DOWN');
    expect(await codeOf(rig.call('stop', 'train'))).toBe('ENGINE_DOWN');
    await rig.engineUp();
    expect(await engineOf(rig)).toMatchObject({ state: 'up', reason: null });
    expect(await codeOf(rig.call('stop', 'train'))).toBeUndefined();
    expect(rig.violations()).toEqual([]);
  });

  test('is asked again every second, for as long as it takes, and reported once', async () => {
    const rig = await CoreRig.open();
    await rig.engineDown();
    for (let seconds = 0; seconds < 30; seconds += 1) await rig.advance(1_000);
    expect(rig.log.lines.filter(({ message }) => message.includes('does not answer'))).toHaveLength(1);
    await rig.engineUp();
    expect(await engineOf(rig)).toMatchObject({ state: 'up' });
  });

  test.each(['patch', 'rollback', 'stop', 'remove'] as const)('in the middle of a %s leaves no mess', async (verb) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.call('patch', 'train', {});
    rig.at(
      (effect) => effect.kind === 'engine' && (effect.verb === 'stop' || effect.verb === 'remove'),
      () => rig.engine.faults.setDown(true),
    );
    expect(await codeOf(rig.call(verb, 'train', { version: 1 }))).toBe('ENGINE_DOWN');
    await rig.engineUp();
    expect(rig.violations()).toEqual([]);
  });

  test('when berthd starts makes it serve what it knows', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.engine.faults.setDown(true);
    await rig.restart();
    expect(await rig.status('train')).toMatchObject({ state: 'running' });
    expect(await codeOf(rig.run('other'))).toBe('ENGINE_DOWN');
    await rig.engineUp();
    expect(await codeOf(rig.run('other'))).toBeUndefined();
  });
});

describe('an engine or host that was started anew', () => {
  test('has the sets that ran running again, on the GPUs and ports they had', async () => {
    const rig = await CoreRig.open({ gpus: 6 });
    await bring(rig, 'train', 'running');
    await bring(rig, 'quiet', 'paused');
    await bring(rig, 'gone', 'stopped');
    const holders = rig.gpuHolders();
    await rig.engineDown();
    rig.world.reboot();
    await rig.engineUp();
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
    expect(rig.world.get('train-1').status).toBe('running');
    expect(rig.world.get('quiet-1').status).toBe('exited');
    expect(rig.gpuHolders()).toEqual(holders);
    expect(rig.violations()).toEqual([]);
  });

  test('does not run again what had ended by itself', async () => {
    const rig = await CoreRig.open();
    await rig.run('job', { gpuCount: 1 });
    await rig.engineDown();
    rig.world.exit('job-1', 0);
    await rig.engineUp();
    expect(await rig.status('job')).toMatchObject({ state: 'exited', leasesHeld: false });
    expect(rig.violations()).toEqual([]);
  });

  test('and a set that cannot run any more says why, and keeps its GPUs for the grace', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.engineDown();
    rig.world.reboot();
    rig.engine.faults.failNext('failed', 'start', 'no such runtime');
    await rig.engineUp();
    const status = await rig.status('train');
    expect(status).toMatchObject({ state: 'exited', leasesHeld: true });
    expect(status.reason).toBe('could not be started again after the engine was away: no such runtime');
    expect(rig.violations()).toEqual([]);
  });
});

test('a start that met a full disk is made up for a minute later', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.engineDown();
  rig.world.reboot();
  rig.store.failNextWrite();
  await rig.engineUp();
  expect(rig.world.get('train-1').status).toBe('exited');
  await rig.advance(60_000);
  expect(rig.world.get('train-1').status).toBe('running');
  expect(rig.violations()).toEqual([]);
});

test('one set that cannot be dealt with does not keep the others waiting, nor writes refused', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'a', 'running');
  await rig.run('b');
  await rig.engineDown();
  rig.world.reboot();
  rig.engine.faults.failNext('failed', 'inspectContainer');
  await rig.engineUp();
  expect(rig.world.get('b-1').status).toBe('running');
  expect(await engineOf(rig)).toMatchObject({ state: 'up' });
  expect(await codeOf(rig.run('c'))).toBeUndefined();
});

describe('stopping', () => {
  test('lets the operation under way end, refuses the next, and containers run on', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    const release = rig.engine.hold('commit');
    const patching = rig.call('patch', 'train', {});
    const waiting = codeOf(rig.call('stop', 'train'));
    await rig.quiet();
    const stopping = rig.core.stop();
    expect(await codeOf(rig.run('other'))).toBe('STOPPING');
    release();
    expect(await patching).toEqual({ containerName: 'train-2' });
    expect(await waiting).toBe('STOPPING');
    await stopping;
    expect(rig.world.get('train-2').status).toBe('running');
    await rig.restart();
    expect(rig.violations()).toEqual([]);
  });

  test('while the engine is away ends at once, and leaves it to the next start', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    await rig.engineDown();
    await rig.core.stop();
    expect(await codeOf(rig.run('other'))).toBe('STOPPING');
  });

  test('during recovery never opens for writes', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.crashAt((effect) => effect.kind === 'engine' && effect.verb === 'commit');
    await codeOf(rig.call('patch', 'train', {})).catch(() => undefined);
    const release = rig.engine.hold('start');
    await rig.restart();
    const waiting = codeOf(rig.run('other'));
    await rig.quiet();
    const stopping = rig.core.stop();
    release();
    await stopping;
    expect(await waiting).toBe('STOPPING');
    expect(await codeOf(rig.run('other'))).toBe('STOPPING');
  });
});

describe('a write that comes while the daemon recovers', () => {
  const recovering = async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.crashAt((effect) => effect.kind === 'engine' && effect.verb === 'commit');
    await codeOf(rig.call('patch', 'train', {})).catch(() => undefined);
    const release = rig.engine.hold('start');
    await rig.restart();
    return { rig, release };
  };

  test('waits for the recovery, and is done', async () => {
    const { rig, release } = await recovering();
    const waiting = rig.call('patch', 'train', {});
    await rig.quiet();
    release();
    expect(await waiting).toEqual({ containerName: 'train-3' });
    expect(rig.violations()).toEqual([]);
  });

  test('is refused when that takes too long', async () => {
    const { rig, release } = await recovering();
    const waiting = codeOf(rig.run('other'));
    await rig.quiet();
    await rig.advance(10_000);
    expect(await waiting).toBe('STARTING');
    release();
  });
});

test('every connection that broke has closed its stream of events', async () => {
  const rig = await CoreRig.open();
  let open = 0;
  const listen = rig.world.onEvent.bind(rig.world);
  rig.world.onEvent = (listener) => {
    open += 1;
    const off = listen(listener);
    return () => {
      open -= 1;
      off();
    };
  };
  for (let times = 0; times < 5; times += 1) {
    await rig.engineDown();
    await rig.engineUp();
  }
  for (let times = 0; times < 2; times += 1) rig.engine.faults.failNext('down', 'listContainers');
  await rig.engineDown();
  await rig.engineUp();
  await rig.engineUp();
  expect(await engineOf(rig)).toMatchObject({ state: 'up' });
  expect(open).toBe(1);
});

describe('a state that is damaged', () => {
  const damaged = { kind: 'damaged', reason: 'db/000005.ldb is damaged', since: '2026-01-01T00:00:00.000Z' } as const;

  test('is read and shown, and nothing is settled, compared or changed from it', async () => {
    const rig = await CoreRig.open();
    await rig.run('train', { gpuCount: 1 });
    rig.crashAt((effect) => effect.kind === 'engine' && effect.verb === 'commit');
    await expect(rig.call('patch', 'train', {})).rejects.toThrow();
    rig.store.trouble = damaged;
    await rig.restart();
    await rig.advance(Reconciler.intervalMs);
    expect(rig.core.state.table('intent').size).toBe(1);
    expect(await rig.status('train')).toMatchObject({ version: 1 });
    expect(await codeOf(rig.call('patch', 'train', {}))).toBe('STORE_DAMAGED');
    await expect(rig.services.resource.gpuDrain({ gpu: '0' }, rig.caller())).rejects.toThrow(damaged.reason);
    const view = { state: 'damaged', reason: damaged.reason, since: damaged.since };
    expect(await rig.services.system.version({}, rig.caller())).toMatchObject({ store: view });
    for await (const event of rig.services.event.watch({ telemetry: false }, rig.caller())) {
      expect(event).toMatchObject({ type: 'snapshot', store: view });
      break;
    }
    rig.store.trouble = null;
    await rig.restart();
    expect(rig.violations()).toEqual([]);
  });

  test('is told before an engine that is away, and at once while berthd is starting', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    await rig.engineDown();
    expect(await codeOf(rig.call('stop', 'train'))).toBe('ENGINE_DOWN');
    rig.store.trouble = damaged;
    expect(await codeOf(rig.call('stop', 'train'))).toBe('STORE_DAMAGED');
    await rig.restart();
    expect(await codeOf(rig.call('stop', 'train'))).toBe('STORE_DAMAGED');
    expect(await codeOf(rig.call('start', 'train'))).toBe('STORE_DAMAGED');
  });

  test('has no identity where even that is lost', async () => {
    const rig = await CoreRig.open();
    rig.store.apply([del('meta', 'instance')]);
    rig.store.trouble = damaged;
    await rig.restart();
    expect(await rig.services.system.version({}, rig.caller())).toMatchObject({ instance: 'unknown' });
  });
});

test('while the state cannot be written nothing new begins', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  rig.store.trouble = { kind: 'stalled', reason: 'no space left on device', since: '2026-01-01T00:00:00.000Z' };
  expect(await codeOf(rig.run('probe'))).toBe('STORE_FAILED');
  expect(rig.world.find('probe-1')).toBeUndefined();
  rig.store.trouble = null;
  await rig.run('probe');
});
