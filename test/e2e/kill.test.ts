/**
 * SIGKILL in the middle: berthd ends after each effect of an operation in turn, and starts again on what it left.
 * Whatever the moment, the operation is then wholly done or wholly undone, and nothing is lost or leaked.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import { Daemon } from '../rig/daemon.ts';
import { eventually } from '../rig/eventually.ts';
import { IMAGE, outsideView, testEngine } from '../rig/testEngine.ts';

let daemon: Daemon;
let engine: DockerEngine;
let instance: string;

beforeEach(async () => {
  daemon = await Daemon.start({ ...testEngine(), faulty: true });
  engine = outsideView();
  instance = (await daemon.about()).instance;
});

afterEach(() => daemon.dispose());

const inside = (script: string) => daemon.inside('train', script);

const ourContainers = async () =>
  (await engine.listContainers()).filter((container) => container.labels[LABEL.instance] === instance);

const snapshotTags = async (): Promise<string[]> => {
  const uids = (await daemon.sets()).map((set) => set.uid.toLowerCase());
  return (await engine.listImages())
    .flatMap((image) => image.tags)
    .filter((tag) => uids.some((uid) => tag.startsWith(`berth.local/snapshot/${uid}`)));
};

/** Every record has its container, every container its record; leases are exactly what the sets hold. */
async function expectConsistent(): Promise<void> {
  const sets = await daemon.sets();
  const containers = await ourContainers();
  expect(containers.map((it) => it.name).toSorted()).toEqual(sets.map((it) => it.containerName).toSorted());
  const leased = (await daemon.gpus()).filter((gpu) => gpu.state === 'granted').map((gpu) => gpu.uuid);
  const held = sets.flatMap((set) => set.gpus.map((gpu) => gpu.uuid));
  expect(leased.toSorted()).toEqual(held.toSorted());
  for (const set of sets) {
    expect(set.state).toBe('running');
    expect(containers.find((it) => it.name === set.containerName)?.running).toBe(true);
    const versions = await daemon.versions(set.name);
    const old = versions.filter((version) => !version.current);
    expect(old.every((version) => version.restorable)).toBe(true);
    expect(await snapshotTags()).toHaveLength(old.length);
  }
}

/** Kills after effect 1, 2, … until the operation gets through; each time `begin`, the crash, and a look. */
async function killAtEveryEffect(
  verb: string,
  begin: () => Promise<void>,
  act: () => Promise<unknown>,
  look: () => Promise<void>,
): Promise<number> {
  for (let effect = 1; ; effect += 1) {
    await begin();
    await daemon.killAfter(verb, effect);
    const answered = await act().then(
      () => true,
      () => false,
    );
    if (answered && (await livesToTheEnd())) return effect - 1;
    await daemon.exited();
    await daemon.killAfter('nothing', 0);
    await daemon.startAgain();
    await expectConsistent();
    await look();
  }
}

/** An answer may come before the last effects: false when one of those was its end. */
async function livesToTheEnd(): Promise<boolean> {
  await eventually('the operation or the daemon has ended', async () => {
    const set = await daemon.status('train').catch(() => undefined);
    return daemon.hasExited || set?.busy === null;
  });
  return !daemon.hasExited;
}

const setUp = async (): Promise<void> => {
  if ((await daemon.rest('GET', '/replicaSet/train')).code === 200) await daemon.ok('DELETE', '/replicaSet/train');
  await daemon.ok('POST', '/replicaSet', {
    replicaSetName: 'train',
    imageName: IMAGE,
    gpuCount: 2,
    containerPorts: ['22'],
  });
  await inside('echo one > /canary');
};

test('a run that is cut off anywhere leaves a whole set or nothing', async () => {
  const begin = async (): Promise<void> => {
    if ((await daemon.rest('GET', '/replicaSet/train')).code === 200) await daemon.ok('DELETE', '/replicaSet/train');
  };
  const act = () =>
    daemon.ok('POST', '/replicaSet', {
      replicaSetName: 'train',
      imageName: IMAGE,
      gpuCount: 2,
      containerPorts: ['22'],
    });
  const cuts = await killAtEveryEffect('run', begin, act, expectConsistent);
  expect(cuts).toBeGreaterThan(3);
});

test('a patch that is cut off anywhere keeps the files, in the old version or the new one', async () => {
  const patch = (gpuCount: number) => daemon.ok('PATCH', '/replicaSet/train', { gpuPatch: { gpuCount } });
  await setUp();
  const begin = async (): Promise<void> => {
    if ((await daemon.status('train')).gpuCount === 3) await patch(2);
  };
  const look = async () => expect(await inside('cat /canary')).toBe('one\n');
  const cuts = await killAtEveryEffect('patch', begin, () => patch(3), look);
  expect(cuts).toBeGreaterThan(8);
});

test('a rollback that is cut off anywhere keeps both states of the files', async () => {
  const begin = async (): Promise<void> => {
    await setUp();
    await daemon.ok('PATCH', '/replicaSet/train', {});
    await inside('echo two > /canary');
  };
  const act = async () => daemon.ok('PATCH', '/replicaSet/train/rollback', { version: await firstVersion() });
  const firstVersion = async () => (await daemon.versions('train')).at(-1)?.version;
  const cuts = await killAtEveryEffect('rollback', begin, act, async () => {
    const versions = await daemon.versions('train');
    const done = versions[0]?.cause === 'rollback';
    expect(await inside('cat /canary')).toBe(done ? 'one\n' : 'two\n');
    const other = done ? versions[1] : versions.at(-1);
    await daemon.ok('PATCH', '/replicaSet/train/rollback', { version: other?.version });
    expect(await inside('cat /canary')).toBe(done ? 'two\n' : 'one\n');
  });
  expect(cuts).toBeGreaterThan(8);
});
