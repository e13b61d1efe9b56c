/** The totals of a run in a line. */
import type { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Report } from './fuzz.ts';
import { ROUTES } from './surface.ts';

export function summary(
  { requests, sequences, statuses, done, failure }: Report,
  seeds: readonly number[],
  delay: ReturnType<typeof monitorEventLoopDelay>,
): string {
  const counts = [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${status === 0 ? 'left' : status} ${count}`)
    .join(', ');
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(0);
  return [
    `fuzz: ${requests} requests in ${sequences} sequences of seed ${seeds.join(', ')} (${counts})`,
    notDone(done),
    `event loop delay p50 ${ms(delay.percentile(50))} ms, p99 ${ms(delay.percentile(99))} ms, at most ${ms(delay.max)} ms`,
    failure === undefined ? 'all in order' : 'something is wrong',
  ].join('; ');
}

function notDone(done: ReadonlySet<string>): string {
  const never = ROUTES.map(({ operation }) => operation).filter((it) => !done.has(it));
  return never.length === 0 ? 'every operation was done' : `never done: ${never.join(', ')}`;
}
