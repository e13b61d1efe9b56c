import { expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring } from '../../../../rig/setScenes.ts';

test('a stop that is still under way when the next daemon undoes the patch does not end what it starts again', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.loseAnswer('late', 'stop');
  rig.at(
    (effect) => effect.kind === 'engine' && rig.engine.calls.some((call) => call.startsWith('stop')),
    () => rig.die(),
  );
  await expect(rig.call('patch', 'train', {})).rejects.toThrow();
  await rig.restart();
  rig.engine.faults.settleLate();
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  expect(rig.violations()).toEqual([]);
});
