/** Random sequences as tests. Their seeds stand fast, so that equal sources give equal results. */
import { afterAll, expect, test } from 'vitest';
import { ONCE_FAILED } from './onceFailed.ts';
import { runRandomly, wrongAfter } from './random.ts';

const SEQUENCES_EACH = 1_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

afterAll(() => {
  process.stdout.write(`random: ${SEEDS.length * SEQUENCES_EACH} sequences\n`);
});

test.each(SEEDS)('clients, faults and people who meddle leave everything in order, seed %i', (seed) => {
  expect(runRandomly({ sequences: SEQUENCES_EACH, seed })).toBeUndefined();
});

test.each(Object.entries(ONCE_FAILED))('all is in order where %s', (_, sequence) => {
  expect(wrongAfter(sequence)).toEqual([]);
});
