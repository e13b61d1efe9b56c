import { beforeEach, expect, test } from 'vitest';
import { hostIdOf } from '../../../../daemon/core/volumeUse.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { codeOf } from '../../../rig/setScenes.ts';

const MB = 2 ** 20;
let rig: CoreRig;
beforeEach(async () => {
  rig = await CoreRig.open({ volumes: { support: { growsInUse: false } } });
  await rig.services.volume.create({ name: 'bar', size: '20MB' }, rig.caller());
});

const bound = (name: string, src: string) => rig.run(name, { binds: [{ src, dest: '/data' }] });
const idOf = (name: string): string => {
  const volume = rig.core.state.table('volume').get(name);
  if (volume === undefined) throw new Error(`there is no volume ${name}`);
  return hostIdOf(volume);
};

const plan = (input: Partial<Parameters<CoreRig['services']['volume']['plan']>[0]>) =>
  rig.services.volume.plan({ name: 'bar', verb: 'volume resize', ...input }, rig.caller());

test('says who is stopped and what they run', async () => {
  await rig.run('train', { binds: [{ src: 'bar', dest: '/data' }], cmd: ['sleep', '600'] });
  expect(await plan({ size: '50MB', restartUsers: true })).toMatchObject({
    nextVersion: 2,
    endsProcesses: [{ command: expect.stringContaining('sleep 600') }],
    changes: ['size 20MB > 50MB', 'train is stopped, and comes back as the version after 1'],
    steps: ['stop train', 'resize volume', 'bring train back'],
  });
  expect((await rig.status('train')).version).toBe(1);
});

test('fails as the operation would', async () => {
  await bound('train', 'bar');
  expect(await codeOf(plan({ size: '50MB' }))).toBe('VOLUME_IN_USE');
  expect(await codeOf(plan({ size: '20MB' }))).toBe('SAME_SIZE');
  expect(await codeOf(plan({}))).toBe('SIZE_NOT_SUPPORTED');
  expect(await codeOf(plan({ verb: 'volume rm' }))).toBe('VOLUME_IN_USE');
});

test('says how much goes with a volume', async () => {
  rig.volumes.model.write(idOf('bar'), 'weights', 3 * MB);
  expect((await plan({ verb: 'volume rm' })).changes).toEqual([
    'the volume and everything in it, 3 MiB, are deleted for good',
  ]);
});
