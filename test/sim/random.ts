/**
 * Random sequences: several clients, faults and people who meddle; afterwards the trouble ends, and everything has to
 * be in order. A sequence that fails is shortened and told as data that repeats it.
 */
import fc from 'fast-check';
import type { VersionRecord } from '../../daemon/core/records.ts';
import { violationsOf } from '../rig/coreViolations.ts';
import { Crowd, type Dice } from './crowd.ts';
import { type Memory, perform, type Step, step } from './deeds.ts';
import { filesOf } from './picture.ts';

export interface Sequence {
  /** Who moves when. */
  readonly order: number;
  readonly steps: readonly Step[];
}

const sequence: fc.Arbitrary<Sequence> = fc.record({
  order: fc.nat(),
  steps: fc.array(step, { minLength: 1, maxLength: 24, size: 'max' }),
});

export interface RandomRun {
  readonly sequences: number;
  readonly seed: number;
}

/** Nothing when all went well; otherwise the report of the first failure, shortened. */
export function runRandomly({ sequences, seed }: RandomRun): string | undefined {
  const property = fc.property(sequence, (given) => wrongAfter(given).length === 0);
  const outcome = fc.check(property, { numRuns: sequences, seed });
  if (!outcome.failed) return undefined;
  const [shortest] = outcome.counterexample ?? [];
  if (shortest === undefined) return `seed ${seed}: ${String(outcome.errorInstance)}`;
  const wrong = wrongAfter(shortest);
  return [
    `seed ${seed}, sequence ${outcome.numRuns}, shortened ${outcome.numShrinks} times:`,
    ...wrong.map((what) => `  ${what}`),
    `again: npm run sim -- --sequence '${JSON.stringify(shortest)}'`,
  ].join('\n');
}

/** What does not hold after one sequence. */
export function wrongAfter({ order, steps }: Sequence): string[] {
  const crowd = new Crowd(diceOf(order));
  const memory: Memory = { saved: new Map(), lost: new Set() };
  for (const { deed, moves } of steps) {
    perform(crowd, deed, memory);
    for (let made = 0; made < moves && crowd.isBusy; made += 1) crowd.move();
  }
  calm(crowd);
  return [...crowd.surprises, ...violations(crowd, memory), ...lostFiles(crowd, memory), ...lostAnswers(crowd)];
}

/** The trouble ends, and enough time passes for everything to be brought in order. */
function calm(crowd: Crowd): void {
  const { sim } = crowd;
  const { faults } = sim.host.model;
  sim.host.onEffect = () => {};
  sim.host.world.outsiderPorts.clear();
  sim.host.world.brokenGpus.clear();
  sim.host.failingWrites = 0;
  if (faults.down) crowd.begin(sim.regainEngine());
  crowd.drain();
  for (let minutes = 0; minutes < 6; minutes += 1) {
    faults.settleLate();
    sim.settle();
  }
}

const violations = ({ sim }: Crowd, { lost }: Memory): string[] =>
  violationsOf({
    state: sim.daemon.state,
    store: sim.host.rows,
    world: sim.host.world,
    volumes: sim.host.volumes,
    lost,
  });

/** Every version whose files are anywhere has what was saved in it last, or in the version it came from. */
function lostFiles({ sim }: Crowd, { saved, lost }: Memory): string[] {
  const { rows } = sim.host;
  const wanted = (uid: string, version: VersionRecord | undefined): string | undefined => {
    if (version === undefined) return undefined;
    const parent =
      version.parent === null ? undefined : rows.versions(version.name).find((it) => it.version === version.parent);
    return saved.get(`${uid}/${version.version}`) ?? wanted(uid, parent);
  };
  return [...rows.rows('set').values()].flatMap(({ name, uid }) =>
    rows
      .versions(name)
      .filter((version) => !lost.has(`${name}/${version.version}`))
      .filter((version) => filesOf(sim.host, version)[0] !== wanted(uid, version))
      .map(
        (version) =>
          `I4 the files of ${name} version ${version.version} are not what was saved: ${filesOf(sim.host, version)[0]}, not ${wanted(uid, version)}`,
      ),
  );
}

/** What a client was told is done is there, unless its set was to be deleted. */
function lostAnswers({ sim, told, asked }: Crowd): string[] {
  const deleted = new Set(asked.filter(({ request }) => request.verb === 'delete').map(({ request }) => request.name));
  return told.flatMap(({ work: { request }, answer }) => {
    const { name, containerName = name } = (answer ?? {}) as { name?: string; containerName?: string };
    if (containerName === undefined || deleted.has(request.name)) return [];
    const isThere = sim.host.rows.versions(request.name).some((version) => version.containerName === containerName);
    return isThere
      ? []
      : [`I5 ${request.verb} of ${request.name} was said to be done, but ${containerName} is not there`];
  });
}

/** mulberry32. */
function diceOf(seed: number): Dice {
  let state = seed;
  return (sides) => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
