/** The tests themselves, tested: every planted fault is found. */
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { PLANTED } from './faults.ts';

const PLANT = new URL('./plant.ts', import.meta.url).pathname;
const CATCH = new URL('./catch.ts', import.meta.url).pathname;
const told: string[] = [];

afterAll(() => {
  const lines = told.toSorted().map((line) => `  ${line}\n`);
  process.stdout.write(`planted faults: ${told.length} of ${PLANTED.length} caught\n${lines.join('')}`);
});

test.each(PLANTED)('it is noticed when $name', { timeout: 300_000 }, async ({ name }) => {
  const { stdout, exitCode } = await execa(process.execPath, ['--import', PLANT, CATCH], {
    env: { PLANTED_FAULT: name },
    reject: false,
  });
  expect({ name, caught: exitCode === 0, stdout }).toMatchObject({ caught: true });
  told.push(`${name}\n      ${stdout.split('\n')[0]?.slice(0, 160)}`);
});
