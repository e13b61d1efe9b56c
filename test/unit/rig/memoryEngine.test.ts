/** The hooks by which tests break the in-memory engine on purpose. Its verbs: the conformance suite. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../daemon/core/engine.ts';
import { kindOf, plainSpec } from '../../rig/engine/conformance.ts';
import { stubGpu } from '../../rig/engine/stubGpus.ts';
import { MemoryEngine } from '../../rig/memoryEngine.ts';

let engine: MemoryEngine;
const spec = { ...plainSpec, name: 'a-1', gpus: [stubGpu(0)] };
const statusOf = async () => (await engine.inspectContainer('a-1'))?.status;

beforeEach(async () => {
  engine = new MemoryEngine();
  await engine.create(spec);
});

describe('a lost answer', () => {
  test.each([
    ['applied', 'running', 'running'],
    ['dropped', 'created', 'created'],
    ['late', 'created', 'running'],
  ] as const)('that was %s leaves the container %s, and later %s', async (outcome, now, later) => {
    engine.faults.loseAnswer(outcome, 'start');
    expect(await kindOf(engine.start('a-1'))).toBe('unknown');
    expect(await statusOf()).toBe(now);
    engine.faults.settleLate();
    expect(await statusOf()).toBe(later);
  });

  test('is for the next change, never for a look, unless a verb is named', async () => {
    engine.faults.loseAnswer('dropped');
    expect(await statusOf()).toBe('created');
    expect(await kindOf(engine.start('a-1'))).toBe('unknown');
    expect(await kindOf(engine.start('a-1'))).toBe('none');
  });

  test('that comes too late to be true is forgotten', async () => {
    engine.faults.loseAnswer('late', 'start');
    await kindOf(engine.start('a-1'));
    await engine.remove('a-1');
    engine.faults.settleLate();
    expect(await statusOf()).toBeUndefined();
  });
});

test('a failure on purpose does nothing', async () => {
  engine.faults.failNext('noSpace', 'start');
  expect(await kindOf(engine.start('a-1'))).toBe('noSpace');
  expect(await statusOf()).toBe('created');
});

test('a stranded start leaves a live task on its GPUs, which even a removal does not end', async () => {
  engine.world.strandNextStart();
  expect(await kindOf(engine.start('a-1'))).toBe('unknown');
  const { id } = (await engine.inspectContainer('a-1')) ?? { id: '' };
  expect(await statusOf()).toBe('created');
  await engine.remove('a-1');
  expect(await engine.hostTasks.tasksOf(id)).toHaveLength(1);
  expect(engine.world.liveTasks()).toMatchObject([{ containerId: id, gpus: [stubGpu(0)] }]);
  engine.world.endTasks(id);
  expect(await engine.hostTasks.tasksOf(id)).toEqual([]);
});

test('a broken GPU fails its start in the words of the driver', async () => {
  engine.world.brokenGpus.set(stubGpu(0), 'fallen off the bus');
  await expect(engine.start('a-1')).rejects.toMatchObject({
    kind: 'device',
    message: expect.stringContaining('fallen off the bus'),
  });
  engine.world.brokenGpus.clear();
  await engine.start('a-1');
});

test('what containers do by themselves is seen and told', async () => {
  const abort = new AbortController();
  const events = engine.events(abort.signal);
  await engine.start('a-1');
  engine.world.freeze('a-1');
  expect(await engine.inspectContainer('a-1')).toMatchObject({ status: 'paused', running: true });
  engine.world.thaw('a-1');
  engine.world.exit('a-1', 137, { oom: true });
  expect(await engine.inspectContainer('a-1')).toMatchObject({ status: 'exited', exitCode: 137, oomKilled: true });
  const told: EngineEvent['action'][] = [];
  for await (const { action } of events) if (told.push(action) === 5) abort.abort();
  expect(told).toEqual(['start', 'pause', 'unpause', 'oom', 'die']);
});

test('an engine that goes down breaks its stream of events', async () => {
  const next = engine.events(new AbortController().signal)[Symbol.asyncIterator]().next();
  engine.faults.setDown(true);
  expect(await kindOf(next)).toBe('down');
  expect(await kindOf(engine.start('a-1'))).toBe('down');
  engine.faults.setDown(false);
  expect(await kindOf(engine.start('a-1'))).toBe('none');
});

test('a call that is held takes effect only when it is let go', async () => {
  const release = engine.hold('start');
  const started = engine.start('a-1');
  expect(await statusOf()).toBe('created');
  release();
  await started;
  expect(await statusOf()).toBe('running');
  expect(engine.calls).toEqual(['create a-1', 'start a-1']);
});

test('a reboot ends every container and tells nobody', async () => {
  await engine.start('a-1');
  engine.world.reboot();
  expect(await statusOf()).toBe('exited');
  expect(engine.world.liveTasks()).toEqual([]);
});

test('foreign containers show the GPUs they took, by index or by number', async () => {
  const named = engine.world.addForeign({ name: 'theirs', gpus: ['0'] });
  const counted = engine.world.addForeign({ name: 'others', gpuCount: -1 });
  expect(await engine.inspectContainer(named)).toMatchObject({ running: true, gpuIds: ['0'], gpuCount: 0 });
  expect(await engine.inspectContainer(counted)).toMatchObject({ gpuIds: [], gpuCount: -1 });
});

test('equal calls give equal answers, ids and times included', async () => {
  const again = new MemoryEngine();
  await again.create(spec);
  for (const each of [engine, again]) await each.start('a-1');
  expect(await again.inspectContainer('a-1')).toEqual(await engine.inspectContainer('a-1'));
});
