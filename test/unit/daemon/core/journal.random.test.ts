/** Random work under random trouble. A seed that fails here is repeated by its number. */
import { expect, test } from 'vitest';
import { Chaos } from '../../../rig/chaos.ts';
import { CoreRig } from '../../../rig/coreRig.ts';

const SEEDS_PER_TEST = 25;
const STEPS = 60;

async function wrongAfter(seed: number): Promise<string[]> {
  const rig = await CoreRig.open({ settings: { portRange: { start: 40_000, end: 40_009 } } });
  const chaos = new Chaos(rig, seed);
  for (let step = 0; step < STEPS; step += 1) await chaos.step();
  await chaos.calm();
  const surprises = chaos.surprises.map((error) =>
    error instanceof Error ? (error.stack ?? error.message) : 'thrown',
  );
  const lost = chaos.lostFiles().map((name) => `the files of ${name} are lost`);
  return [...rig.violations(), ...lost, ...surprises].map((what) => `seed ${seed}: ${what}`);
}

test.each(Array.from({ length: 8 }, (_, at) => 1 + at * SEEDS_PER_TEST))(
  'when the trouble is over everything is in order again, seeds from %i',
  async (first) => {
    const wrong: string[] = [];
    for (let seed = first; seed < first + SEEDS_PER_TEST; seed += 1) wrong.push(...(await wrongAfter(seed)));
    expect(wrong).toEqual([]);
  },
);
