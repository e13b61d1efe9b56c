import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { stubGpu } from '../../../../rig/engine/stubGpus.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../../rig/setScenes.ts';

const backTo = (rig: CoreRig, version: number) => rig.call('rollback', 'train', { version });
const patchTo = (rig: CoreRig, gpuCount: number) => rig.call('patch', 'train', { gpuPatch: { gpuCount } });

/** Version 1 with two GPUs and `/keep`, version 2 with one GPU and without it. */
async function withTwoVersions(rig: CoreRig): Promise<void> {
  await bring(rig, 'train', 'running');
  await patchTo(rig, 1);
  rig.world.get('train-2').files.delete('/keep');
  rig.writeFile('train', '/new', '2');
  await rig.quiet();
}

async function bringTo(rig: CoreRig, scene: (typeof WITH_CONTAINER)[number] | 'gone'): Promise<void> {
  await withTwoVersions(rig);
  if (scene === 'paused' || scene === 'stopped') await rig.call(scene === 'paused' ? 'pause' : 'stop', 'train');
  if (scene === 'exited') rig.world.exit('train-2', 1);
  if (scene === 'gone') rig.lose('train-2');
  await rig.quiet();
}

test.each(WITH_CONTAINER)(
  'rollback of a %s set brings files and configuration back as the next version',
  async (scene) => {
    const rig = await CoreRig.open();
    await bringTo(rig, scene);
    expect(await backTo(rig, 1)).toMatchObject({
      containerName: 'train-3',
      diff: expect.arrayContaining(['gpus 1 > 2']),
    });
    expect(rig.readFile('train', '/keep')).toBe('mine');
    expect(rig.readFile('train', '/new')).toBeUndefined();
    expect(await rig.status('train')).toMatchObject({
      state: 'running',
      version: 3,
      gpuCount: 2,
      ports: [{ containerPort: '22/tcp', hostPort: 40_000 }],
    });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
    await backTo(rig, 2);
    expect(rig.readFile('train', '/keep')).toBeUndefined();
    expect(rig.readFile('train', '/new')).toBe('2');
  },
);

test('a set whose container was removed outside is brought back by a rollback', async () => {
  const rig = await CoreRig.open();
  await bringTo(rig, 'gone');
  await backTo(rig, 1);
  expect(rig.readFile('train', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
  expect(await codeOf(backTo(rig, 2))).toBe('SNAPSHOT_MISSING');
});

test('the history shows the tree: a rollback descends from the version it returns to', async () => {
  const rig = await CoreRig.open();
  await withTwoVersions(rig);
  await backTo(rig, 1);
  await rig.quiet();
  const versions = await rig.call('versions', 'train');
  expect(
    versions.map(({ version, parent, cause, current, restorable }) => [version, parent, cause, current, restorable]),
  ).toEqual([
    [3, 1, 'rollback', true, false],
    [2, 1, 'patch', false, true],
    [1, null, 'run', false, true],
  ]);
});

test('the current version, one that never was and an unknown set are refused', async () => {
  const rig = await CoreRig.open();
  await withTwoVersions(rig);
  expect(await codeOf(backTo(rig, 2))).toBe('SAME_VERSION');
  expect(await codeOf(backTo(rig, 0))).toBe('VERSION_NOT_FOUND');
  expect(await codeOf(backTo(rig, 7))).toBe('VERSION_NOT_FOUND');
  expect(await codeOf(rig.call('rollback', 'other', { version: 1 }))).toBe('NOT_FOUND');
});

test('a snapshot that was removed by hand is said to be gone before anything stops', async () => {
  const rig = await CoreRig.open();
  await withTwoVersions(rig);
  for (const tag of rig.world.images.keys()) if (tag.startsWith('berth.local/')) rig.world.images.delete(tag);
  expect(await codeOf(backTo(rig, 1))).toBe('SNAPSHOT_MISSING');
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 2 });
});

test('a rollback that needs more GPUs than are free grants nothing twice', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await withTwoVersions(rig);
  await rig.run('other', { gpuCount: 1 });
  expect(await codeOf(backTo(rig, 1))).toBe('GPUS_BUSY');
  expect(rig.gpuHolders()).toEqual({ [stubGpu(0)]: 'train', [stubGpu(1)]: 'other' });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test("rollback of foo cannot receive bar's files", async () => {
  const rig = await CoreRig.open();
  for (const name of ['foo', 'bar']) {
    await rig.run(name);
    rig.writeFile(name, '/who', name);
    await rig.call('patch', name, {});
  }
  await rig.call('rollback', 'foo', { version: 1 });
  expect(rig.readFile('foo', '/who')).toBe('foo');
});

describe('its answer goes out while the old container is still being saved', () => {
  async function answered(rig: CoreRig): Promise<() => void> {
    await withTwoVersions(rig);
    const release = rig.engine.hold('commit');
    await backTo(rig, 1);
    return release;
  }

  test('and until then the old container stays', async () => {
    const rig = await CoreRig.open();
    const release = await answered(rig);
    expect(rig.world.find('train-2')).toBeDefined();
    expect(await rig.status('train')).toMatchObject({ version: 3, busy: 'rollback' });
    release();
    await rig.quiet();
    expect(rig.world.find('train-2')).toBeUndefined();
    expect(rig.violations()).toEqual([]);
  });

  test.each([
    ['delete', (rig: CoreRig) => rig.call('remove', 'train')],
    ['patch', (rig: CoreRig) => patchTo(rig, 3)],
    ['stop', (rig: CoreRig) => rig.call('stop', 'train')],
    ['rollback to the version being saved', (rig: CoreRig) => backTo(rig, 2)],
  ] as const)('and a %s right behind it waits its turn', async (_, next) => {
    const rig = await CoreRig.open();
    const release = await answered(rig);
    const following = next(rig);
    await rig.run('other', { gpuCount: 1 });
    release();
    await following;
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });
});

test('a snapshot that could not be written down goes with its set', async () => {
  const rig = await CoreRig.open();
  await withTwoVersions(rig);
  const failSaving = (): void =>
    rig.at(
      (effect) => effect.kind === 'write' && effect.changes.every((change) => change.table === 'version'),
      () => rig.store.failNextWrite(),
    );
  failSaving();
  await backTo(rig, 1);
  await rig.quiet();
  failSaving();
  await rig.call('remove', 'train');
  await rig.quiet();
  expect([...rig.world.images.keys()]).toEqual(['app:1']);
  expect(rig.violations()).toEqual([]);
});

describe('no room for the files of the version before', () => {
  const full = async (rig: CoreRig): Promise<void> => {
    await withTwoVersions(rig);
    for (let times = 0; times < 20; times += 1) rig.engine.faults.failNext('noSpace', 'commit');
    await backTo(rig, 1);
    await rig.quiet();
  };

  test('leaves the rollback done, the old container there, and stop possible', async () => {
    const rig = await CoreRig.open();
    await full(rig);
    expect(rig.world.find('train-2')).toBeDefined();
    await rig.call('stop', 'train');
    expect(rig.gpuHolders()).toEqual({});
  });

  test('is made up for when there is room', async () => {
    const rig = await CoreRig.open();
    await full(rig);
    for (let minutes = 0; minutes < 20; minutes += 1) await rig.advance(60_000);
    expect(rig.violations()).toEqual([]);
    await backTo(rig, 2);
    expect(rig.readFile('train', '/new')).toBe('2');
  });

  test('does not keep the set from being deleted with all that is left of it', async () => {
    const rig = await CoreRig.open();
    await full(rig);
    await rig.call('remove', 'train');
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
    expect(rig.world.containers.size).toBe(0);
  });
});
