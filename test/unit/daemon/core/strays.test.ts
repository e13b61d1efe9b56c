import { expect, test } from 'vitest';
import { lateAnswerMs } from '../../../../common/limits.ts';
import { LABEL } from '../../../../daemon/core/labels.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const MINUTE = 60_000;

test('a snapshot that appears after its patch was undone is removed', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.loseAnswer('late', 'commit');
  expect(await codeOf(rig.call('patch', 'train', {}))).toBe('OUTCOME_UNKNOWN');
  rig.engine.faults.settleLate();
  const snapshots = (): string[] => [...rig.world.images.keys()].filter((tag) => tag.startsWith('berth.local/'));
  expect(snapshots()).toHaveLength(1);
  await rig.advance(MINUTE);
  expect(snapshots()).toEqual([]);
  expect(rig.violations()).toEqual([]);
});

test('snapshots of versions stay, also those of other installations and of operations still under way', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  const [kept] = [...rig.world.images.keys()].filter((tag) => tag.startsWith('berth.local/'));
  const foreign = 'berth.local/snapshot/01jzzzzzzzzzzzzzzzzzzzzzzz:v1-01jzzzzzzzzzzzzzzzzzzzzzzz';
  rig.world.addImage(foreign);
  rig.engine.faults.failNext('failed', 'create');
  await codeOf(rig.call('patch', 'train', {}));
  await rig.restart();
  expect(rig.world.images.has(kept ?? '')).toBe(true);
  expect(rig.world.images.has(foreign)).toBe(true);
});

test('a snapshot that outlived its set, since somebody used it, is removed at the next start', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const { spec } = rig.world.get('train-1');
  await rig.call('patch', 'train', {});
  const [tag = ''] = [...rig.world.images.keys()].filter((image) => image.startsWith('berth.local/'));
  rig.engine.model.create({ ...spec, name: 'copy', image: tag, labels: {}, ports: [], gpus: [] });
  await rig.call('remove', 'train');
  expect(rig.world.images.has(tag)).toBe(true);
  rig.engine.model.remove('copy');
  await rig.restart();
  expect(rig.world.images.has(tag)).toBe(false);
});

test.each([
  ['of an operation that has ended is removed', true, (comment: string) => comment],
  [
    'of another installation stays',
    false,
    (comment: string) => comment.replace(/"instance":"[^"]*"/, '"instance":"x"'),
  ],
  ['of an operation that nobody knows stays', false, (comment: string) => comment.replace(/[0-9A-Z]{26}/, 'X')],
  ['that somebody else made stays', false, () => 'mine'],
])('a snapshot that never got its name, %s', async (_what, isRemoved, commentFrom) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  const [tag = ''] = [...rig.world.images.keys()].filter((image) => image.startsWith('berth.local/'));
  const id = 'sha256:unnamed';
  rig.world.addImage(id, { id, comment: commentFrom(rig.world.images.get(tag)?.comment ?? '') });
  await rig.restart();
  expect(rig.world.images.has(id)).toBe(!isRemoved);
  expect(rig.world.images.has(tag)).toBe(true);
});

test('images are looked through only after something was undone', async () => {
  const rig = await CoreRig.open();
  let looks = 0;
  const { model } = rig.engine;
  const list = model.listImages.bind(model);
  model.listImages = () => {
    looks += 1;
    return list();
  };
  await rig.advance(lateAnswerMs);
  looks = 0;
  await rig.advance(MINUTE);
  expect(looks).toBe(0);
  rig.engine.faults.failNext('failed', 'create');
  await codeOf(rig.run('train'));
  await rig.advance(MINUTE);
  await rig.advance(MINUTE);
  expect(looks).toBe(2);
  await rig.advance(lateAnswerMs);
  await rig.advance(MINUTE);
  expect(looks).toBe(2);
});

test.each([
  ['commit', (rig: CoreRig) => rig.call('patch', 'train', {})],
  ['createVolume', (rig: CoreRig) => rig.run('db', { imageName: 'db:1' })],
] as const)('what a %s leaves behind long after the daemon that asked for it died is removed', async (verb, act) => {
  const rig = await CoreRig.open();
  rig.world.addImage('db:1', { volumes: ['/data'] });
  await bring(rig, 'train', 'running');
  rig.engine.faults.loseAnswer('late', verb);
  rig.at(
    (effect) =>
      effect.kind === 'engine' &&
      effect.verb.startsWith('inspect') &&
      rig.engine.calls.some((call) => call.startsWith(verb)),
    () => rig.die(),
  );
  await expect(act(rig)).rejects.toThrow();
  await rig.restart();
  await rig.advance(5 * MINUTE);
  rig.engine.faults.settleLate();
  expect(rig.violations()).toEqual([expect.stringContaining('I6')]);
  await rig.advance(MINUTE);
  expect(rig.violations()).toEqual([]);
});

test('a container with our labels and no record is reported once and left alone', async () => {
  const rig = await CoreRig.open();
  const instance = rig.core.state.table('meta').get('instance') ?? '';
  const labels = { [LABEL.instance]: instance, [LABEL.replicaSet]: 'lost', [LABEL.operation]: '01JUNKNOWN' };
  rig.world.addForeign({ name: 'lost-4', labels });
  await rig.advance(MINUTE);
  await rig.advance(MINUTE);
  expect(rig.world.find('lost-4')?.status).toBe('running');
  expect(rig.log.lines.filter(({ message }) => message.includes('left alone'))).toHaveLength(1);
});

test('a container of another installation is none of ours', async () => {
  const rig = await CoreRig.open();
  rig.world.addForeign({ name: 'theirs-1', labels: { [LABEL.instance]: 'other', [LABEL.replicaSet]: 'theirs' } });
  await rig.advance(MINUTE);
  expect(rig.world.find('theirs-1')?.status).toBe('running');
  expect(rig.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
});
