/** Runs with the unit tests, so that who changes a source learns at once which planted fault has to change with it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLANTED } from './faults.ts';

const sourceOf = (file: string): string =>
  readFileSync(new URL(`../../../daemon/core/${file}`, import.meta.url), 'utf8');

test.each(PLANTED)('the planted fault still fits its source: $name', ({ file, from, to }) => {
  expect(sourceOf(file).split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

test('there are enough of them, each with a name of its own', () => {
  expect(new Set(PLANTED.map(({ name }) => name)).size).toBe(PLANTED.length);
  expect(PLANTED.length).toBeGreaterThanOrEqual(25);
});
