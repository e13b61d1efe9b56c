import { expect, test } from 'vitest';
import type { PlanView, SetVerb } from '../../../../common/contract/views.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const plan = (rig: CoreRig, verb: SetVerb, more: object = {}): Promise<PlanView> =>
  rig.services.replicaSet.plan({ name: 'train', verb, ...more }, rig.caller());

test('a patch tells what ends, what changes hands and what stays', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const planned = await plan(rig, 'patch', { gpuPatch: { gpuCount: 3 } });
  expect(planned).toMatchObject({ currentVersion: 1, nextVersion: 2, endsProcesses: [{ command: 'sh' }] });
  expect(planned.changes).toEqual(['gpus 2 > 3', 'GPU 2 granted']);
  expect(planned.keeps).toEqual(expect.arrayContaining(['GPU 0', 'GPU 1', 'host port 40000 for 22/tcp']));
  const fewer = await plan(rig, 'patch', { gpuPatch: { gpuCount: 1 } });
  expect(fewer.changes).toEqual(['gpus 2 > 1', 'GPU 1 freed']);
});

test('a plan changes nothing', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const [batches, calls] = [rig.store.batches.length, rig.engine.calls.length];
  const verbs: SetVerb[] = ['patch', 'restart', 'stop', 'pause', 'continue', 'start', 'commit', 'delete'];
  for (const verb of verbs) await plan(rig, verb);
  expect([rig.store.batches.length, rig.engine.calls.length]).toEqual([batches, calls]);
});

test('a rollback tells which files return, and its failures are those of the operation', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', { gpuPatch: { gpuCount: 1 } });
  expect((await plan(rig, 'rollback', { version: 1 })).changes).toEqual([
    'files return to how version 1 ended',
    'gpus 1 > 2',
    'GPU 1 granted',
  ]);
  expect(await codeOf(plan(rig, 'rollback', { version: 2 }))).toBe('SAME_VERSION');
  expect(await codeOf(plan(rig, 'rollback', { version: 9 }))).toBe('VERSION_NOT_FOUND');
  expect(await codeOf(plan(rig, 'patch', { gpuPatch: { gpuCount: 9 } }))).toBe('GPUS_IMPOSSIBLE');
});

test('a rollback to a version whose files were never saved is refused in the plan', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  rig.lose('train-2');
  await rig.call('rollback', 'train', { version: 1 });
  await rig.quiet();
  expect(await codeOf(plan(rig, 'rollback', { version: 2 }))).toBe('SNAPSHOT_MISSING');
});

test.each([
  ['running', 'stop', ['GPU 0 freed', 'GPU 1 freed', 'host port 40000 freed'], ['stop container']],
  ['running', 'pause', ['stopped'], ['stop container']],
  ['running', 'continue', [], ['stop container', 'start container']],
  ['running', 'start', [], []],
  ['running', 'reboot', [], ['stop container', 'start container']],
  ['running', 'freeze', ['processes stand still until thaw'], ['freeze processes']],
  ['running', 'thaw', [], []],
  ['running', 'kill', ['KILL is sent to its main process'], ['send KILL']],
  ['frozen', 'freeze', [], []],
  ['frozen', 'thaw', ['processes go on'], ['thaw processes']],
  ['frozen', 'start', ['processes go on'], ['thaw processes']],
  ['stopped', 'stop', [], []],
  ['paused', 'pause', [], []],
  ['paused', 'continue', [], ['start container']],
  [
    'stopped',
    'continue',
    ['GPU 0 taken again', 'GPU 1 taken again', 'host port 40000 taken again'],
    ['start container'],
  ],
] as const)('of a %s set, %s changes %j', async (scene, verb, changes, steps) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  expect(await plan(rig, verb)).toMatchObject({ changes, steps, nextVersion: null });
});

test('start takes the next version where the old grants cannot be had, continue is refused', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  await rig.run('other', { gpuCount: 1 });
  expect(await plan(rig, 'start')).toMatchObject({ nextVersion: 2 });
  expect(await codeOf(plan(rig, 'continue'))).toBe('LEASES_TAKEN');
  expect(await codeOf(plan(rig, 'pause'))).toBe('WRONG_STATE');
});

test.each(['reboot', 'freeze', 'thaw', 'kill'] as const)('%s of a stopped set is refused in the plan', async (verb) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  expect(await codeOf(plan(rig, verb))).toBe('WRONG_STATE');
});

test('a kill ends processes unless its signal is one that ends none by itself', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  expect((await plan(rig, 'kill', { signal: 'TERM' })).endsProcesses).toHaveLength(1);
  expect((await plan(rig, 'kill', { signal: 'WINCH' })).endsProcesses).toEqual([]);
  await rig.call('freeze', 'train');
  expect(await codeOf(plan(rig, 'kill', { signal: 'TERM' }))).toBe('WRONG_STATE');
});

test('delete says what is lost for good', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  expect((await plan(rig, 'delete')).changes[0]).toContain('deleted for good');
});

test('a run of a name that exists and a set that does not are refused', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(plan(rig, 'stop'))).toBe('NOT_FOUND');
  await rig.run('train');
  expect(await codeOf(plan(rig, 'run'))).toBe('NAME_TAKEN');
});
