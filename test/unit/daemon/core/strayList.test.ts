import { describe, expect, test } from 'vitest';
import { LABEL } from '../../../../daemon/core/labels.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const list = (rig: CoreRig) => rig.services.system.strays({}, rig.caller());
const instanceOf = (rig: CoreRig): string => rig.core.state.table('meta').get('instance') ?? '';

/** A set with a history and an image with a volume, a volume of each kind. */
async function aHost(): Promise<CoreRig> {
  const rig = await CoreRig.open();
  rig.world.addImage('db:1', { volumes: ['/data'] });
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  await rig.run('db', { imageName: 'db:1' });
  await rig.services.volume.create({ name: 'sized', size: '20MB' }, rig.caller());
  await rig.services.volume.create({ name: 'plain', size: null }, rig.caller());
  await rig.quiet();
  return rig;
}

test('what fits a record is no stray, nor is what has no mark of Berth', async () => {
  const rig = await aHost();
  rig.world.addForeign({ name: 'web', labels: { app: 'web' } });
  rig.engine.model.createVolume('theirs', {});
  await rig.call('rename', 'train', { newName: 'moved' });
  expect(await list(rig)).toEqual([]);
});

test('nor is what an operation under way has made', async () => {
  const rig = await aHost();
  const release = rig.engine.hold('start');
  const patching = rig.call('patch', 'train', {});
  await rig.quiet();
  expect(rig.world.find('train-3')).toBeDefined();
  expect(await list(rig)).toEqual([]);
  release();
  await patching;
});

describe('a container', () => {
  test.each([
    ['of another installation', { [LABEL.instance]: 'other' }, /of another installation of Berth, "other"; left alone/],
    ['with a forged label', { [LABEL.replicaSet]: 'train' }, /without naming an installation: forged or inherited/],
  ])('%s is listed', async (_, labels, why) => {
    const rig = await aHost();
    rig.world.addForeign({ name: 'odd', labels });
    expect(await list(rig)).toEqual([{ kind: 'container', name: 'odd', why: expect.stringMatching(why) }]);
    await rig.advance(60_000);
    expect(rig.world.get('odd').status).toBe('running');
  });

  test('that inherited every label of a set is listed, and its set is not mistaken for it', async () => {
    const rig = await aHost();
    rig.world.addForeign({ name: 'copy', labels: rig.world.get('train-2').spec.labels });
    const why = 'says that it is of "train", whose container is train-2; left alone';
    expect(await list(rig)).toEqual([{ kind: 'container', name: 'copy', why }]);
    await rig.advance(60_000);
    expect(rig.world.get('copy').status).toBe('running');
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 2 });
  });

  test('of a set that nobody knows is listed', async () => {
    const rig = await aHost();
    const labels = { [LABEL.instance]: instanceOf(rig), [LABEL.replicaSet]: 'lost', [LABEL.operation]: '01JUNKNOWN' };
    rig.world.addForeign({ name: 'lost-4', labels });
    const why = 'says that it is of "lost", of which nothing is on record; left alone';
    expect(await list(rig)).toEqual([{ kind: 'container', name: 'lost-4', why }]);
  });

  test('whose labels a commit has blanked is none', async () => {
    const rig = await aHost();
    rig.world.addForeign({ name: 'copy', labels: { [LABEL.instance]: '', [LABEL.replicaSet]: '' } });
    expect(await list(rig)).toEqual([]);
  });
});

test('a snapshot of an operation that was undone is said to be removed, and one of nobody to be left alone', async () => {
  const rig = await aHost();
  for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.loseAnswer('late', 'commit');
  expect(await codeOf(rig.call('patch', 'train', {}))).toBe('OUTCOME_UNKNOWN');
  rig.engine.faults.settleLate();
  const foreign = 'berth.local/snapshot/01jzzzzzzzzzzzzzzzzzzzzzzz:v1-01jzzzzzzzzzzzzzzzzzzzzzzz';
  rig.world.addImage(foreign);
  expect(await list(rig)).toEqual([
    { kind: 'image', name: expect.stringContaining('berth.local/'), why: expect.stringContaining('removes it') },
    { kind: 'image', name: foreign, why: 'names no operation of this installation; left alone' },
  ]);
  await rig.advance(60_000);
  expect((await list(rig)).map(({ name }) => name)).toEqual([foreign]);
  expect(rig.world.images.has(foreign)).toBe(true);
});

test('an image with labels of Berth is listed, whoever forged them', async () => {
  const rig = await aHost();
  rig.world.addImage('theirs:1', { labels: { [LABEL.instance]: instanceOf(rig) } });
  const why = 'bears labels of this installation, which gives none to images; left alone';
  expect(await list(rig)).toEqual([{ kind: 'image', name: 'theirs:1', why }]);
});

test('volumes and directories of volumes that no record has are listed and stay', async () => {
  const rig = await aHost();
  rig.engine.model.createVolume('berth-forged', {});
  rig.engine.model.createVolume('mine', { [LABEL.instance]: instanceOf(rig) });
  const directory = 'old-01JZZZZZZZZZZZZZZZZZZZZZZZ';
  rig.volumes.model.create(directory, 1000, true);
  expect(await list(rig)).toEqual([
    { kind: 'volume', name: 'berth-forged', why: expect.stringContaining('forged or inherited') },
    { kind: 'volume', name: 'mine', why: 'no version and no volume on record has it; left alone' },
    { kind: 'directory', name: directory, why: expect.stringContaining('no volume on record has it; left alone') },
  ]);
  await rig.advance(60_000);
  expect(rig.world.volumes.has('mine')).toBe(true);
  expect(rig.volumes.model.list()).toContain(directory);
});

test('while the engine is away the list is refused rather than empty', async () => {
  const rig = await aHost();
  await rig.engineDown();
  expect(await codeOf(list(rig))).toBe('ENGINE_DOWN');
});
