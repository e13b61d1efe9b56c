import { defineConfig } from 'vitest/config';

/** Cheap, and about the sources: it runs with the unit tests. */
const FITS = 'test/sim/planted/faults.test.ts';
/** Each planted fault costs a part of the simulation. */
const PLANTED = 'test/sim/planted/planted.test.ts';

/** Projects by what they need: nothing (unit, sim, fuzz), an engine (suite), the real binaries (e2e), much time (full). */
export default defineConfig({
  test: {
    // `make test` counts over several runs and wants to know how each went.
    reporters: process.env.TALLY_FILE === undefined ? ['default'] : ['dot', './test/rig/reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/tidy.test.ts', FITS] } },
      {
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          exclude: [FITS, PLANTED],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      { test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'suite',
          include: ['test/suite/**/*.test.ts'],
          globalSetup: ['test/rig/globalEngine.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/rig/globalEngine.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/full/**/*.test.ts', 'test/systemd/**/*.test.ts', PLANTED],
          globalSetup: ['test/rig/globalEngine.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
