/** What happens between requests where the engine is in memory: faults, people who meddle, time, a daemon that dies. */
import fc from 'fast-check';
import type { EngineErrorKind } from '../../daemon/core/engine.ts';
import type { CoreRig } from '../rig/coreRig.ts';
import type { ModelVerb } from '../rig/memoryEngine.ts';
import { isRunning } from '../rig/memoryEngineWorld.ts';

export type Deed =
  | { readonly deed: 'fail'; readonly kind: EngineErrorKind; readonly verb: ModelVerb | undefined }
  | { readonly deed: 'failVolume' | 'failWrite' | 'engineDown' | 'engineUp' | 'restart' }
  | { readonly deed: 'end'; readonly which: number; readonly exitCode: number }
  | { readonly deed: 'takePort' | 'breakGpu'; readonly which: number }
  | { readonly deed: 'wait'; readonly seconds: number };

const which = fc.nat({ max: 5 });

export const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ deed: fc.constant('wait'), seconds: fc.constantFrom(1, 60, 700, 90_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ deed: fc.constant('end'), which, exitCode: fc.constantFrom(0, 1, 137) }),
  },
  { weight: 2, arbitrary: fc.record({ deed: fc.constantFrom('takePort', 'breakGpu'), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      deed: fc.constant('fail'),
      kind: fc.constantFrom('failed', 'noSpace', 'unknown', 'device', 'conflict', 'portTaken', 'limits'),
      verb: fc.constantFrom(
        undefined,
        'create',
        'start',
        'stop',
        'commit',
        'remove',
        'inspectContainer',
        'inspectImage',
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      { deed: 'failVolume' },
      { deed: 'failWrite' },
      { deed: 'engineDown' },
      { deed: 'engineUp' },
      { deed: 'restart' },
    ),
  },
);

/** After it, engine and store are not to blame Berth for. */
export const isTrouble = ({ deed: name }: Deed): boolean => !['wait', 'end', 'takePort'].includes(name);

export async function perform(rig: CoreRig, it: Deed): Promise<void> {
  const { world, faults } = rig.engine;
  switch (it.deed) {
    case 'fail':
      return faults.failNext(it.kind, it.verb);
    case 'failVolume':
      return rig.volumes.model.failNext();
    case 'failWrite':
      return rig.store.failNextWrite();
    case 'engineDown':
      return await rig.engineDown();
    case 'engineUp':
      return await rig.engineUp();
    case 'restart':
      return await rig.restart();
    case 'end':
      return endOne(rig, it.which, it.exitCode);
    case 'takePort':
      return void world.outsiderPorts.add(rig.settings.portRange.start + it.which);
    case 'breakGpu':
      return void world.brokenGpus.set([...world.gpus][it.which] ?? '', 'fell off the bus');
    case 'wait':
      return await rig.advance(it.seconds * 1000);
  }
}

function endOne({ world }: CoreRig, nth: number, exitCode: number): void {
  const running = [...world.containers.values()].filter(isRunning);
  const chosen = running[nth % Math.max(1, running.length)];
  if (chosen !== undefined) world.exit(chosen.id, exitCode);
}
