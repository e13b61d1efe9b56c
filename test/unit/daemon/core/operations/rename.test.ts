import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../../rig/setScenes.ts';

const rename = (rig: CoreRig, newName = 'moved', name = 'train') => rig.call('rename', name, { newName });

describe.each(['running', 'frozen', 'paused', 'stopped', 'exited', 'gone'] as const)('a %s set', (scene) => {
  test('is renamed with all it has, and the old name is not found any more', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const before = await rig.status('train');
    expect(await rename(rig)).toEqual({ name: 'moved' });
    expect(await codeOf(rig.status('train'))).toBe('NOT_FOUND');
    expect(await rig.status('moved')).toEqual({ ...before, name: 'moved' });
    expect(rig.gpuHolders()).toEqual(Object.fromEntries(before.gpus.map(({ uuid }) => [uuid, 'moved'])));
    if (scene === 'gone') return;
    await rig.restart();
    expect(await rig.status('moved')).toMatchObject({ state: before.state, containerName: 'train-1' });
    expect(rig.violations()).toEqual([]);
  });
});

test('its history comes along, and its next version takes the new name and goes on counting', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  await rename(rig);
  const versions = await rig.call('versions', 'moved');
  expect(versions.map(({ version }) => version)).toEqual([2, 1]);
  expect(versions[0]?.amendments).toMatchObject([{ actor: 'ada', changes: ['name train > moved'] }]);
  expect(await rig.call('patch', 'moved', {})).toEqual({ containerName: 'moved-3' });
  expect(rig.readFile('moved', '/keep')).toBe('mine');
  await rig.call('rollback', 'moved', { version: 1 });
  expect(rig.readFile('moved', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('no container name is used twice, whoever takes either name afterwards', async () => {
  const rig = await CoreRig.open();
  await rig.run('moved');
  await rig.call('patch', 'moved', {});
  await rig.call('patch', 'moved', {});
  await rig.call('remove', 'moved');
  await bring(rig, 'train', 'running');
  await rename(rig);
  expect(await rig.run('train')).toBe('train-2');
  expect(await rig.call('patch', 'moved', {})).toEqual({ containerName: 'moved-4' });
  await rename(rig, 'third');
  expect(await rig.run('train')).toBe('train-3');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a container that ends under its old name is seen as that of the renamed set', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rename(rig);
  await rig.run('train');
  rig.world.exit('train-1', 3);
  await rig.quiet();
  expect(await rig.status('moved')).toMatchObject({ state: 'exited', reason: 'ended by itself with exit code 3' });
  expect(await rig.status('train')).toMatchObject({ state: 'running' });
});

test('neither its container nor its snapshots are taken for something left behind', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  await rename(rig);
  rig.engine.faults.failNext('failed', 'commit');
  await rig.call('patch', 'moved', {}).catch(() => undefined);
  await rig.advance(60_000);
  await rig.restart();
  await rig.advance(60_000);
  expect(rig.log.lines.filter(({ message }) => message.includes('belongs to no record'))).toEqual([]);
  expect(rig.violations()).toEqual([]);
});

test.each([
  ['another set has', 'other'],
  ['it has itself', 'train'],
] as const)('a name that %s is refused', async (_, newName) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.run('other');
  expect(await codeOf(rename(rig, newName))).toBe('NAME_TAKEN');
  expect(rig.violations()).toEqual([]);
});

test('a run that takes the new name first has it', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const release = rig.engine.hold('create');
  const running = rig.run('moved');
  await rig.quiet();
  const renaming = codeOf(rename(rig));
  release();
  await running;
  expect(await renaming).toBe('NAME_TAKEN');
  expect(rig.violations()).toEqual([]);
});

test('a rename while something is under way is refused', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const release = rig.engine.hold('stop');
  const patching = rig.call('patch', 'train', {});
  await rig.quiet();
  await expect(rename(rig)).rejects.toThrow('train cannot be renamed while patch is under way');
  release();
  await patching;
});

test('an operation that was committed and not finished is finished under the new name', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  rig.engine.faults.failNext('failed', 'remove');
  rig.engine.faults.failNext('failed', 'remove');
  await rig.call('rollback', 'train', { version: 1 });
  await rig.quiet();
  await rename(rig);
  await rig.advance(60_000);
  await rig.advance(60_000);
  expect(rig.violations()).toEqual([]);
  expect(rig.world.find('train-2')).toBeUndefined();
});

test('a rename that cannot be written down changes nothing', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const before = await rig.status('train');
  rig.store.failNextWrite();
  expect(await codeOf(rename(rig))).toBe('STORE_FAILED');
  expect(await rig.status('train')).toEqual(before);
  expect(rig.violations()).toEqual([]);
});

test('an unknown set is not found', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(rename(rig))).toBe('NOT_FOUND');
});
