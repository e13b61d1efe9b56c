/**
 * `npm run fuzz`: requests made from our own OpenAPI document, valid and nearly so, against the REST face.
 *
 *   npm run fuzz                                 as many as in `make test`, on the engine in memory
 *   npm run fuzz -- --requests N [--seed S]      N requests; a seed repeats them
 *   npm run fuzz -- --sequence JSON              one sequence, as a failure told it
 *   npm run fuzz -- --engine                     a real daemon on a private Docker Engine; as root
 *
 * The last line has the totals. Exits with 1 when anything is wrong.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { openEngineTarget } from './engineTarget.ts';
import { fuzz, newReport, type Sequence, wrongAfter } from './fuzz.ts';
import { openMemoryTarget } from './memoryTarget.ts';
import { summary } from './summary.ts';

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    sequence: { type: 'string' },
    engine: { type: 'boolean' },
  },
});
const [requests, seed] = [Number(options.requests), Number(options.seed)];
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed)) {
  throw new Error('--requests N --seed S: whole numbers');
}

const delay = monitorEventLoopDelay({ resolution: 10 });
const target = options.engine === true ? await openEngineTarget() : await openMemoryTarget();
delay.enable();
const report = newReport();
if (options.sequence === undefined) await fuzz(target, { requests, seed }, report);
else {
  const wrong = await wrongAfter(target, JSON.parse(options.sequence) as Sequence, report);
  if (wrong.length > 0) report.failure = wrong.join('\n');
}
delay.disable();
await target.close();

if (report.failure !== undefined) {
  console.log(report.failure);
  process.exitCode = 1;
}
console.log(summary(report, [seed], delay));
