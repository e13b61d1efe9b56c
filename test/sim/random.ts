/**
 * Random sequences: several clients, faults and people who meddle; afterwards the trouble ends, and everything has to
 * be in order. A sequence that fails is shortened and told as data that repeats it.
 */
import fc from 'fast-check';
import { Crowd, type Dice } from './crowd.ts';
import { type Memory, perform, type Step, step } from './deeds.ts';
import { lostFiles } from './picture.ts';
import { violationsIn, type Work } from './simulation.ts';

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

/** The first thing that is wrong in any of the sequences, as it is found. */
export function firstWrong({ sequences, seed }: RandomRun): string | undefined {
  let first: string | undefined;
  const property = fc.property(sequence, (given) => {
    first ??= wrongAfter(given)[0];
    return first === undefined;
  });
  fc.check(property, { numRuns: sequences, seed, endOnFailure: true });
  return first;
}

/** What does not hold after one sequence. */
export function wrongAfter({ order, steps }: Sequence): string[] {
  const crowd = new Crowd(diceOf(order));
  const memory: Memory = { ended: new Map() };
  crowd.isStrict = !steps.some(
    ({ deed }) => deed.do === 'strand' || (deed.do === 'loseAnswer' && deed.outcome === 'late'),
  );
  for (const { deed, moves } of steps) {
    perform(crowd, deed, memory);
    for (let made = 0; made < moves && crowd.isBusy; made += 1) crowd.move();
  }
  calm(crowd);
  return [
    ...crowd.surprises,
    ...crowd.sim.noticed,
    ...violationsIn(crowd.sim),
    ...lostFiles(crowd.sim),
    ...lostAnswers(crowd),
    ...awoken(crowd, memory),
  ];
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

const REMOVALS: ReadonlySet<string> = new Set(['delete', 'volume rm']);

/** Names that were asked to change: under the new one a set may be removed, and under the old one another begin. */
const namesMoved = (asked: readonly Work[]): ReadonlySet<string> =>
  new Set(
    asked
      .filter(({ request }) => request.verb === 'rename')
      .flatMap(({ request: { name, besides = [] } }) => [name, ...besides]),
  );

/** What a client was told is done is there, unless its set or volume was to be removed. */
function lostAnswers({ sim, told, asked }: Crowd): string[] {
  const removed = new Set(asked.filter(({ request }) => REMOVALS.has(request.verb)).map(({ request }) => request.name));
  const moved = namesMoved(asked);
  const { rows } = sim.host;
  const made = new Set([
    ...[...rows.rows('version').values()].map(({ containerName }) => containerName),
    ...[...rows.rows('volumeVersion').values()].map(({ name, version }) => `${name}-${version}`),
  ]);
  return told.flatMap(({ work: { request }, answer }) => {
    const { name, containerName = name } = (answer ?? {}) as { name?: string; containerName?: string };
    if (containerName === undefined || moved.has(request.name) || removed.has(request.name) || made.has(containerName))
      return [];
    return [`I5 ${request.verb} of ${request.name} was said to be done, but ${containerName} is not there`];
  });
}

/** What ended by itself rests until somebody asks for it. */
function awoken({ sim, asked }: Crowd, { ended }: Memory): string[] {
  const moved = namesMoved(asked);
  return [...ended]
    .filter(([, { name, asks }]) => !moved.has(name) && !asked.slice(asks).some(({ request }) => request.name === name))
    .filter(([container]) => sim.host.world.find(container)?.status === 'running')
    .map(([, { name }]) => `I9 ${name} has ended by itself, and runs again`);
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
