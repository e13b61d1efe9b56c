/** A chain of layers that comes near what overlay file systems bear is flattened on the way, and nobody notices. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layersMax } from '../../common/limits.ts';
import { Daemon } from '../rig/daemon.ts';
import { loadDeepImage } from '../rig/deepImage.ts';
import { eventually } from '../rig/eventually.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';
import { IMAGE, outsideView, testEngine } from '../rig/testEngine.ts';

const DEEP = `berth-test/deep:${process.pid}`;
let daemon: Daemon;

beforeAll(async () => {
  daemon = await Daemon.start({ ...testEngine() });
  await loadDeepImage(testDockerHost(), IMAGE, DEEP, layersMax - 2);
});

afterAll(async () => {
  await daemon.dispose();
  await outsideView().removeImage(DEEP);
});

const inside = (script: string) => daemon.inside('deep', script);

test('patches across the limit keep files, image name, environment and command', async () => {
  await daemon.ok('POST', '/replicaSet', {
    replicaSetName: 'deep',
    imageName: DEEP,
    env: ['A=b'],
    cmd: ['sleep', '100000'],
  });
  for (let version = 2; version <= 5; version += 1) {
    await inside(`echo ${version} >> /log`);
    await daemon.ok('PATCH', '/replicaSet/deep', {});
  }
  expect(await inside('cat /log; echo $A')).toBe('2\n3\n4\n5\nb\n');
  const { config } = await daemon.info('deep');
  expect(config).toMatchObject({ Image: DEEP, Cmd: ['sleep', '100000'], Env: ['A=b', 'CONTAINER_VERSION=5'] });
  await daemon.ok('PATCH', '/replicaSet/deep/rollback', { version: 1 });
  expect(await inside('cat /log')).toBe('2\n');
  await eventually('version 5 is saved', async () => (await daemon.versions('deep'))[1]?.restorable === true);
  expect(await Promise.all(['1', '2', '3', '4'].map(snapshotLayers))).toEqual([layersMax - 1, 1, 2, 3]);
});

/** Layers of the snapshot that a version left. */
async function snapshotLayers(version: string): Promise<number> {
  const { uid } = await daemon.status('deep');
  const prefix = `berth.local/snapshot/${uid.toLowerCase()}:v${version}-`;
  const tag = (await outsideView().listImages()).flatMap((image) => image.tags).find((it) => it.startsWith(prefix));
  return (await outsideView().inspectImage(tag ?? ''))?.layers ?? 0;
}
