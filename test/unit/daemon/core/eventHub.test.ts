import { describe, expect, test } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { stubGpu } from '../../../rig/engine/stubGpus.ts';

interface Watching {
  /** The next event of this type; what comes before it is passed over. */
  next<T extends BerthEvent['type']>(type: T): Promise<Extract<BerthEvent, { type: T }>>;
  /** Types of all events that are there already. */
  types(): Promise<string[]>;
  leave(): void;
}

function watch(rig: CoreRig, input: { name?: string; telemetry?: boolean } = {}): Watching {
  const left = new AbortController();
  const stream = rig.services.event.watch({ telemetry: false, ...input }, rig.caller('ada', left.signal));
  const events = stream[Symbol.asyncIterator]();
  return {
    async next(type) {
      for (;;) {
        const { value, done } = await events.next();
        if (done) throw new Error('the stream ended');
        if (value.type === type) return value as never;
      }
    },
    async types() {
      left.abort();
      const rest: string[] = [];
      for (let it = await events.next(); !it.done; it = await events.next()) rest.push(it.value.type);
      return rest;
    },
    leave: () => left.abort(),
  };
}

test('a watcher begins with a snapshot of everything', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1, containerPorts: ['22'] });
  const snapshot = await watch(rig).next('snapshot');
  expect(snapshot).toMatchObject({
    engine: { state: 'up', version: '20.10.24' },
    sets: [{ name: 'train', state: 'running' }],
    ports: [{ hostPort: 40_000, holder: 'train' }],
    operations: [{ verb: 'run', state: 'succeeded' }],
  });
  expect(snapshot.gpus).toHaveLength(4);
});

test('a run is told from its first step to its grants', async () => {
  const rig = await CoreRig.open();
  const watching = watch(rig);
  await watching.next('snapshot');
  await rig.run('train', { gpuCount: 1, containerPorts: ['22'] });
  expect(await watching.next('operation')).toMatchObject({ operation: { verb: 'run', state: 'running' } });
  expect(await watching.next('gpus')).toMatchObject({
    gpus: [{ uuid: stubGpu(0), state: 'granted', holder: 'train' }],
  });
  expect(await watching.next('ports')).toMatchObject({ ports: [{ hostPort: 40_000 }] });
  expect(await watching.next('version')).toMatchObject({ version: { version: 1, cause: 'run' } });
  expect(await watching.next('set')).toMatchObject({ set: { name: 'train', busy: 'run' } });
  expect(await watching.next('set')).toMatchObject({ set: { name: 'train', busy: null } });
});

test('what is released is told for the GPU and for the set', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1 });
  const watching = watch(rig);
  await watching.next('snapshot');
  await rig.call('stop', 'train');
  const freed = async (): Promise<unknown> => (await watching.next('gpus')).gpus[0];
  expect(await freed()).toMatchObject({ state: 'free', holder: null });
  expect(await watching.next('set')).toMatchObject({ set: { state: 'stopped', gpus: [] } });
});

test('a set that is deleted is told as removed, and not as a set any more', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const watching = watch(rig);
  await watching.next('snapshot');
  await rig.call('remove', 'train');
  expect(await watching.next('setRemoved')).toEqual({ type: 'setRemoved', name: 'train' });
});

test('a watcher of one set hears of no other', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1 });
  const watching = watch(rig, { name: 'train' });
  const snapshot = await watching.next('snapshot');
  expect(snapshot.sets.map(({ name }) => name)).toEqual(['train']);
  expect(snapshot.gpus.map(({ uuid }) => uuid)).toEqual([stubGpu(0)]);
  await rig.run('other', { gpuCount: 1 });
  await rig.call('pause', 'train');
  expect(await watching.next('operation')).toMatchObject({ operation: { name: 'train', verb: 'pause' } });
});

test('a watcher that does not keep up gets a fresh snapshot instead of a backlog', async () => {
  const rig = await CoreRig.open();
  const watching = watch(rig);
  await watching.next('snapshot');
  for (let times = 0; times < 150; times += 1) {
    await rig.run('train');
    await rig.call('remove', 'train');
  }
  await rig.run('last');
  expect(await watching.next('snapshot')).toMatchObject({ sets: [{ name: 'last' }] });
});

test('who leaves hears nothing more, and the stream ends', async () => {
  const rig = await CoreRig.open();
  const watching = watch(rig);
  await watching.next('snapshot');
  watching.leave();
  await rig.run('train');
  expect(await watching.types()).toEqual([]);
});

test('an engine that goes and comes back is told', async () => {
  const rig = await CoreRig.open();
  const watching = watch(rig);
  await watching.next('snapshot');
  await rig.engineDown();
  expect(await watching.next('engine')).toMatchObject({ engine: { state: 'down' } });
  await rig.engineUp();
  expect(await watching.next('engine')).toMatchObject({ engine: { state: 'up', reason: null } });
});

describe('telemetry', () => {
  const sample = { at: '2026-01-01T00:00:00.000Z', gpus: [] };

  test('comes to who asked for it', async () => {
    const rig = await CoreRig.open();
    const watching = watch(rig, { telemetry: true });
    await watching.next('snapshot');
    rig.source.sample(sample);
    expect(await watching.next('telemetry')).toEqual({ type: 'telemetry', ...sample });
  });
});

test('a GPU that somebody outside begins to use is told', async () => {
  const rig = await CoreRig.open();
  const watching = watch(rig);
  await watching.next('snapshot');
  rig.world.addForeign({ name: 'jupyter', gpuCount: 1 });
  expect(await watching.next('gpus')).toMatchObject({ gpus: [{ state: 'foreign', holder: 'container jupyter' }] });
});

test('a watcher that asks for some types is told of those alone, after the snapshot', async () => {
  const rig = await CoreRig.open();
  const left = new AbortController();
  const input = { telemetry: false, types: ['set', 'ports'] as ('set' | 'ports')[] };
  const events = rig.services.event.watch(input, rig.caller('ada', left.signal))[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ type: 'snapshot' });
  await rig.run('train', { gpuCount: 1, containerPorts: ['22'] });
  const seen: string[] = [];
  while (!seen.includes('ports') || !seen.includes('set')) seen.push((await events.next()).value?.type ?? '');
  expect(new Set(seen)).toEqual(new Set(['set', 'ports']));
  left.abort();
});
