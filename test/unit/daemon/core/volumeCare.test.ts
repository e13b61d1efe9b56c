import { beforeEach, expect, test } from 'vitest';
import type { VolumeView } from '../../../../common/contract/volume.ts';
import { hostIdOf } from '../../../../daemon/core/volumeUse.ts';
import { CoreRig } from '../../../rig/coreRig.ts';

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

test('after a reboot of the host volumes are mounted before sets run again', async () => {
  await bound('train', 'bar');
  rig.world.reboot();
  rig.volumes.model.reboot();
  rig.bootedAt = rig.time.now();
  await rig.restart();
  expect(rig.violations()).toEqual([]);
});

test('a volume that cannot be mounted says why, until it can', async () => {
  rig.volumes.model.reboot();
  rig.volumes.model.failNext('mount');
  await rig.restart();
  expect(await rig.services.volume.status({ name: 'bar' }, rig.caller())).toMatchObject({
    mounted: false,
    reason: expect.stringContaining('on purpose'),
  });
  await rig.advance(60_000);
  expect(await rig.services.volume.status({ name: 'bar' }, rig.caller())).toMatchObject({
    mounted: true,
    reason: null,
  });
});

test('watchers see volumes come, fill up and go', async () => {
  const events = rig.services.event.watch({ telemetry: false }, rig.caller())[Symbol.asyncIterator]();
  const next = async (type: string): Promise<unknown> => {
    for (;;) {
      const { value } = await events.next();
      if (value?.type === type) return value;
    }
  };
  expect(await next('snapshot')).toMatchObject({ volumes: [{ versionName: 'bar-1' }] });
  await rig.services.volume.create({ name: 'baz', size: '1MB' }, rig.caller());
  let came: unknown = await next('volume');
  while ((came as { volume: VolumeView }).volume.versionName !== 'baz-1') came = await next('volume');
  await rig.quiet();
  rig.volumes.model.write(idOf('bar'), 'weights', MB);
  await rig.advance(30_000);
  let seen: unknown = await next('volume');
  while ((seen as { volume: VolumeView }).volume.usedBytes !== MB) seen = await next('volume');
  await rig.services.volume.remove({ name: 'bar' }, rig.caller());
  expect(await next('volumeRemoved')).toEqual({ type: 'volumeRemoved', name: 'bar' });
});

test('who begins to watch is told at once how full volumes are, also after a restart', async () => {
  rig.volumes.model.write(idOf('bar'), 'weights', 2 * MB);
  await rig.restart();
  const first = await rig.services.event.watch({ telemetry: false }, rig.caller())[Symbol.asyncIterator]().next();
  expect(first.value).toMatchObject({ volumes: [{ versionName: 'bar-1', mounted: true, usedBytes: 2 * MB }] });
  rig.volumes.model.write(idOf('bar'), 'weights', 3 * MB);
  const events = rig.services.event.watch({ telemetry: false }, rig.caller())[Symbol.asyncIterator]();
  await events.next();
  expect((await events.next()).value).toMatchObject({ type: 'volume', volume: { usedBytes: 3 * MB } });
});
