/**
 * `npm run sim`: the sweep, and random sequences.
 *
 *   npm run sim                                  both, at the size of `make test`
 *   npm run sim -- --sequences N [--seed S]      N random sequences; a seed repeats them
 *   npm run sim -- --sequence JSON               one sequence, as a failure told it
 *   npm run sim -- --sweep                       the sweep alone
 *
 * The last line has the totals. Exits with 1 when anything is wrong.
 */
import { parseArgs } from 'node:util';
import { OPERATIONS } from './cases.ts';
import { runRandomly, type Sequence, wrongAfter } from './random.ts';
import { sweep } from './sweep.ts';

const SEQUENCES = 10_000;

const { values: options } = parseArgs({
  options: {
    sequences: { type: 'string' },
    seed: { type: 'string' },
    sequence: { type: 'string' },
    sweep: { type: 'boolean' },
  },
});

const begunMs = performance.now();
const told: string[] = [];
const say = (total: string, wrong: readonly string[]): void => {
  for (const what of wrong.slice(0, 20)) console.log(what);
  if (wrong.length > 0) process.exitCode = 1;
  told.push(`${total}, ${wrong.length === 0 ? 'all in order' : `${wrong.length} wrong`}`);
};

function sweepAll(): void {
  const totals = Object.values(OPERATIONS)
    .flat()
    .map((operation) => sweep(operation));
  const cases = totals.reduce((sum, total) => sum + total.cases, 0);
  say(
    `${cases} cases swept`,
    totals.flatMap(({ wrong }) => wrong),
  );
}

function random(): void {
  const sequences = Number(options.sequences ?? SEQUENCES);
  const seed = Number(options.seed ?? Date.now() % 1_000_000_000);
  if (!Number.isSafeInteger(sequences) || !Number.isSafeInteger(seed))
    throw new Error('--sequences N --seed S: whole numbers');
  const failure = runRandomly({ sequences, seed });
  say(`${sequences} sequences of seed ${seed}`, failure === undefined ? [] : [failure]);
}

if (options.sequence !== undefined) say('1 sequence', wrongAfter(JSON.parse(options.sequence) as Sequence));
else if (options.sequences !== undefined || options.seed !== undefined) random();
else {
  sweepAll();
  if (options.sweep !== true) random();
}
console.log(`${told.join('; ')} (${((performance.now() - begunMs) / 1000).toFixed(1)} s)`);
