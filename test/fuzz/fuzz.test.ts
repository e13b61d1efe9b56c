/** The fuzzer as tests. Their seeds stand fast, so that equal sources give equal requests. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz, newReport } from './fuzz.ts';
import { openMemoryTarget } from './memoryTarget.ts';
import { summary } from './summary.ts';
import { ROUTES } from './surface.ts';
import type { Target } from './target.ts';

const REQUESTS_EACH = 5_000;
const SEEDS = [1, 2, 3, 4];

const total = newReport();
const delay = monitorEventLoopDelay({ resolution: 10 });
let target: Target;

beforeAll(async () => {
  target = await openMemoryTarget();
  delay.enable();
});

afterAll(async () => {
  await target.close();
  process.stdout.write(`${summary(total, SEEDS, delay)}\n`);
});

test.each(SEEDS)('every answer is as the document says, and nothing is left held, seed %i', async (seed) => {
  await fuzz(target, { requests: REQUESTS_EACH, seed: seed * 1_000_000 }, total);
  expect(total.failure).toBeUndefined();
});

/** An operation that can be cancelled, or a running set beside a network that it may join, is met by luck alone. */
const BY_LUCK: ReadonlySet<string> = new Set(['operation.cancel', 'network.attach', 'network.detach']);

test('every operation was done at least once', () => {
  expect(total.requests).toBeGreaterThanOrEqual(SEEDS.length * REQUESTS_EACH);
  const expected = ROUTES.map(({ operation }) => operation).filter((it) => !BY_LUCK.has(it));
  expect(expected.filter((it) => !total.done.has(it))).toEqual([]);
});
