/** `npm run sim`: every operation, in every state, with every fault at every effect. */
import { OPERATIONS } from './cases.ts';
import { sweep, type Totals } from './sweep.ts';

const totals: Totals = { cases: 0, wrong: [] };
const begunMs = performance.now();
for (const operation of Object.values(OPERATIONS).flat()) sweep(operation, totals);
for (const what of totals.wrong.slice(0, 20)) console.log(what);
const seconds = ((performance.now() - begunMs) / 1000).toFixed(1);
process.exitCode = totals.wrong.length === 0 ? 0 : 1;
console.log(`sweep: ${totals.cases} cases, ${totals.wrong.length} wrong (${seconds} s)`);
