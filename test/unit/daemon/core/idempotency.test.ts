import { describe, expect, test } from 'vitest';
import { idempotencyKeptMs } from '../../../../common/limits.ts';
import { dispatch, ENTRIES, type Entry } from '../../../../common/services.ts';
import { CoreRig, IMAGE } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

function entryOf(path: string): Entry {
  const entry = ENTRIES.find((it) => it.path === path);
  if (entry === undefined) throw new Error(`there is no ${path}`);
  return entry;
}

/** As a face calls it: with the key among the fields. */
function ask(rig: CoreRig, path: string, input: object, key = 'k1', actor = 'ada'): Promise<unknown> {
  const entry = entryOf(path);
  return dispatch(rig.services, entry, rig.caller(actor), { ...input, idempotencyKey: key }) as Promise<unknown>;
}

const run = { replicaSetName: 'train', imageName: IMAGE, gpuCount: 1 };
const intoOf = (rig: CoreRig, verb: string): number =>
  [...rig.store.rows('audit').values()].filter((row) => row.verb === verb).length;

/** Every journaled change, from a set in a state in which it does something. */
const CHANGES = [
  ['replicaSet.patch', { name: 'train', gpuPatch: { gpuCount: 1 } }, 'running'],
  ['replicaSet.restart', { name: 'train' }, 'running'],
  ['replicaSet.continueSet', { name: 'train' }, 'paused'],
  ['replicaSet.start', { name: 'train' }, 'stopped'],
  ['replicaSet.start', { name: 'train' }, 'exited'],
  ['replicaSet.stop', { name: 'train' }, 'running'],
  ['replicaSet.pause', { name: 'train' }, 'running'],
  ['replicaSet.reboot', { name: 'train' }, 'running'],
  ['replicaSet.freeze', { name: 'train' }, 'running'],
  ['replicaSet.kill', { name: 'train', signal: 'URG' }, 'running'],
  ['replicaSet.commit', { name: 'train', newImageName: 'ada/train:v1' }, 'running'],
  ['replicaSet.remove', { name: 'train' }, 'running'],
] as const;

describe.each(CHANGES)('%s %j of a set that is %s', (path, input, scene) => {
  test('has one effect and one answer, however often it is sent', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const first = await ask(rig, path, input);
    const rows = rig.store.rows('audit').size;
    expect(await ask(rig, path, input)).toEqual(first);
    await rig.restart();
    expect(await ask(rig, path, input)).toEqual(first);
    expect(rig.store.rows('audit').size).toBe(rows);
    expect(rig.violations()).toEqual([]);
  });

  test('has one effect and one answer also when the daemon dies at any of its effects', async () => {
    for (let effect = 1; ; effect += 1) {
      const rig = await CoreRig.open();
      await bring(rig, 'train', scene);
      const before = rig.store.rows('audit').size;
      rig.crashAt(effect, effect % 2 === 0 ? 'after' : 'before');
      const answer = await ask(rig, path, input).catch(() => 'lost');
      const isThrough = !rig.crashed;
      await rig.restart();
      const again = await ask(rig, path, input);
      entryOf(path).procedure.output.parse(again);
      if (answer !== 'lost') expect(again, `effect ${effect}`).toEqual(answer);
      const done = [...rig.store.rows('audit').values()].slice(before).filter((row) => row.result === 'ok');
      expect(done.length, `effect ${effect}`).toBe(1);
      await rig.quiet();
      expect(rig.violations(), `effect ${effect}`).toEqual([]);
      if (isThrough) return;
    }
  });
});

test('a run that is sent twice makes one set, at the same time and later', async () => {
  const rig = await CoreRig.open();
  const answers = await Promise.all([ask(rig, 'replicaSet.run', run), ask(rig, 'replicaSet.run', run)]);
  expect([...answers, await ask(rig, 'replicaSet.run', run)]).toEqual(Array(3).fill({ name: 'train-1' }));
  expect(intoOf(rig, 'run')).toBe(1);
});

test('a rollback that was answered at its commit is answered the same before its end', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  const release = rig.engine.hold('commit');
  const first = await ask(rig, 'replicaSet.rollback', { name: 'train', version: 1 });
  expect(await ask(rig, 'replicaSet.rollback', { name: 'train', version: 1 })).toEqual(first);
  release();
  await rig.quiet();
  expect(await ask(rig, 'replicaSet.rollback', { name: 'train', version: 1 })).toEqual(first);
  expect(intoOf(rig, 'rollback')).toBe(1);
});

test('what was undone left no effect, so the same key tries again', async () => {
  const rig = await CoreRig.open();
  rig.engine.faults.failNext('failed', 'create');
  expect(await codeOf(ask(rig, 'replicaSet.run', run))).toBe('ENGINE_FAILED');
  expect(await ask(rig, 'replicaSet.run', run)).toEqual({ name: 'train-2' });
});

test('a key with another request is refused, at the same time, later and after a restart', async () => {
  const rig = await CoreRig.open();
  const other = { ...run, gpuCount: 2 };
  const first = ask(rig, 'replicaSet.run', run);
  expect(await codeOf(ask(rig, 'replicaSet.run', other))).toBe('KEY_REUSED');
  await first;
  expect(await codeOf(ask(rig, 'replicaSet.run', other))).toBe('KEY_REUSED');
  expect(await codeOf(ask(rig, 'replicaSet.stop', { name: 'train' }))).toBe('KEY_REUSED');
  await rig.restart();
  expect(await codeOf(ask(rig, 'replicaSet.run', other))).toBe('KEY_REUSED');
});

test('the keys of two people are two keys', async () => {
  const rig = await CoreRig.open();
  await ask(rig, 'replicaSet.run', run);
  expect(await ask(rig, 'replicaSet.run', { ...run, replicaSetName: 'probe' }, 'k1', 'bob')).toEqual({
    name: 'probe-1',
  });
});

test('a key expires after a day', async () => {
  const rig = await CoreRig.open();
  await ask(rig, 'replicaSet.run', run);
  await rig.advance(idempotencyKeptMs + 1);
  expect(await ask(rig, 'replicaSet.stop', { name: 'train' })).toBeNull();
  expect([...rig.store.rows('idem').keys()]).toEqual(['ada/k1']);
});

test('a change that is no operation, or finds nothing to do, is answered the same too', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  expect(await ask(rig, 'replicaSet.stop', { name: 'train' }, 'k2')).toBeNull();
  const drained = await ask(rig, 'resource.gpuDrain', { gpu: '0', reason: 'dust' });
  await rig.call('start', 'train');
  await ask(rig, 'resource.gpuUndrain', { gpu: '0' }, 'k3');
  expect(await ask(rig, 'resource.gpuDrain', { gpu: '0', reason: 'dust' })).toEqual(drained);
  expect(await ask(rig, 'replicaSet.stop', { name: 'train' }, 'k2')).toBeNull();
  expect(await rig.status('train')).toMatchObject({ state: 'running' });
});

test('a command is refused a key, since its output is not kept', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const attempt = (): Promise<unknown> => ask(rig, 'replicaSet.execute', { name: 'train', cmd: ['ls'] });
  expect(attempt).toThrow(/takes no idempotency key/);
});
