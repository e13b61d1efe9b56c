import { describe, expect, test } from 'vitest';
import type { StatsView } from '../../../../common/contract/look.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf, type Scene } from '../../../rig/setScenes.ts';

const firstStats = async (rig: CoreRig, name: string): Promise<StatsView | undefined> => {
  for await (const stats of rig.services.replicaSet.stats({ name, stream: false }, rig.caller())) return stats;
  return undefined;
};

const LOOKS = {
  inspect: (rig: CoreRig) => rig.call('inspect', 'train'),
  top: (rig: CoreRig) => rig.call('top', 'train'),
  changes: (rig: CoreRig) => rig.call('changes', 'train'),
  stats: (rig: CoreRig) => firstStats(rig, 'train'),
} as const;
type Look = keyof typeof LOOKS;

const ANSWERS: readonly (readonly [Look, Scene, 'WRONG_STATE' | undefined])[] = (
  ['running', 'paused', 'stopped', 'exited', 'gone'] as const
).flatMap((scene) =>
  (Object.keys(LOOKS) as Look[]).map((look) => {
    const needsProcesses = look === 'top' || look === 'stats';
    return [
      look,
      scene,
      scene === 'gone' || (needsProcesses && scene !== 'running') ? 'WRONG_STATE' : undefined,
    ] as const;
  }),
);

test.each(ANSWERS)('%s of a set that is %s: %s', async (look, scene, code) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', scene);
  expect(await codeOf(LOOKS[look](rig))).toBe(code);
});

test.each(Object.keys(LOOKS) as Look[])('%s of an unknown set is not found', async (look) => {
  expect(await codeOf(LOOKS[look](await CoreRig.open()))).toBe('NOT_FOUND');
});

test.each(Object.keys(LOOKS) as Look[])('%s without an engine is told so', async (look) => {
  const rig = await CoreRig.open();
  await rig.run('train');
  await rig.engineDown();
  expect(await codeOf(LOOKS[look](rig))).toBe('ENGINE_DOWN');
});

test('a set in the middle of a patch has no processes now, and the patch is named', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const release = rig.engine.hold('commit');
  const patched = rig.call('patch', 'train');
  await rig.quiet();
  await expect(rig.call('top', 'train')).rejects.toThrow('train is in the middle of patch');
  release();
  await patched;
  expect(await codeOf(rig.call('top', 'train'))).toBeUndefined();
});

test('inspect, top and changes say what the engine says', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  rig.writeFile('train', '/new', 'x');
  expect(await rig.call('inspect', 'train')).toMatchObject({ Name: '/train-1' });
  expect(await rig.call('top', 'train')).toMatchObject({ Titles: ['UID', 'PID', 'CMD'] });
  expect(await rig.call('changes', 'train')).toEqual([{ Path: '/new', Kind: 1 }]);
});

describe('stats', () => {
  test('are the first figures that count, with those of the GPUs that the set holds', async () => {
    const rig = await CoreRig.open();
    await rig.run('train', { gpuCount: 2 });
    const [first, second] = rig.core.state.gpusOf('train').map(({ uuid }) => uuid);
    const asked = firstStats(rig, 'train');
    const load = { uuid: first ?? '', utilizationPercent: 93, memoryUsedBytes: 2 ** 30 };
    const others = { temperatureC: null, powerW: 300, powerLimitW: null };
    rig.source.sample({ at: rig.time.now().toISOString(), gpus: [{ ...load, ...others }] });
    const stats = await asked;
    expect(stats).toMatchObject({ name: 'train', version: 1, cpuPercent: 12.5, memoryBytes: 64 * 2 ** 20 });
    expect(stats?.gpus).toMatchObject([
      { uuid: first, utilizationPercent: 93, memoryUsedBytes: 2 ** 30, powerW: 300 },
      { uuid: second, utilizationPercent: null, memoryUsedBytes: null },
    ]);
  });

  test('go on until the version is replaced, and say by which', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    const seen: number[] = [];
    const watching = (async () => {
      const items = rig.services.replicaSet.stats({ name: 'train', stream: true }, rig.caller());
      for await (const { version } of items) seen.push(version);
    })();
    watching.catch(() => undefined);
    await rig.quiet();
    await rig.call('patch', 'train');
    await expect(watching).rejects.toThrow('train: version 1 replaced by 2');
    expect(new Set(seen)).toEqual(new Set([1]));
  });
});
