import { expect, test } from 'vitest';
import { withTag } from '../../../../../daemon/core/operations/commitImage.ts';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../../rig/setScenes.ts';

const save = (rig: CoreRig, newImageName: string) => rig.call('commit', 'train', { newImageName });

test.each(WITH_CONTAINER)('commit of a %s set makes an image that the next set can run', async (scene) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  const { state } = await rig.status('train');
  expect(await save(rig, 'team/train')).toEqual({ imageName: 'team/train' });
  expect((await rig.status('train')).state).toBe(state);
  await rig.run('copy', { imageName: 'team/train:latest' });
  expect(rig.readFile('copy', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('an image made of a set carries no labels of ours', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await save(rig, 'mine:1');
  expect(Object.values(rig.world.images.get('mine:1')?.labels ?? {}).join('')).toBe('');
});

test('a container that was removed outside cannot be saved', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'gone');
  expect(await codeOf(save(rig, 'mine:1'))).toBe('WRONG_STATE');
});

test('the place of the snapshots is not for users', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  expect(await codeOf(save(rig, 'berth.local/snapshot/x:1'))).toBe('BAD_INPUT');
});

test('a commit that fails leaves an older image of that name alone', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.world.addImage('mine:1', { comment: 'older' });
  rig.engine.faults.failNext('noSpace', 'commit');
  expect(await codeOf(save(rig, 'mine:1'))).toBe('ENGINE_NO_SPACE');
  expect(rig.world.images.get('mine:1')?.comment).toBe('older');
  expect(rig.violations()).toEqual([]);
});

test.each([
  ['train', 'train:latest'],
  ['team/train:v1', 'team/train:v1'],
  ['host:5000/train', 'host:5000/train:latest'],
])('%s is committed as %s', (name, tag) => {
  expect(withTag(name)).toBe(tag);
});
