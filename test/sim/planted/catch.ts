/**
 * Looks for one thing that is wrong and prints it: in sequences that once failed, in the sweep of one operation, in random
 * ones. Exits with 1 when all is well.
 */
import { OPERATIONS } from '../cases.ts';
import { ONCE_FAILED } from '../onceFailed.ts';
import { firstWrong, wrongAfter } from '../random.ts';
import { sweep } from '../sweep.ts';
import { PLANTED } from './faults.ts';

const SEQUENCES = 4_000;

function found(): string | undefined {
  for (const sequence of Object.values(ONCE_FAILED)) {
    const [wrong] = wrongAfter(sequence);
    if (wrong !== undefined) return `a sequence that once failed: ${wrong}`;
  }
  const verb = PLANTED.find(({ name }) => name === process.env.PLANTED_FAULT)?.sweep;
  for (const operation of verb === undefined ? [] : OPERATIONS[verb]) {
    const [first] = sweep(operation, { until: 1 }).wrong;
    if (first !== undefined) return `sweep: ${first}`;
  }
  const wrong = firstWrong({ sequences: SEQUENCES, seed: 1 });
  if (wrong !== undefined) return `random sequences: ${wrong}`;
  return undefined;
}

function caught(): string | undefined {
  try {
    return found();
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const what = caught();
console.log(what ?? 'nothing is wrong');
process.exitCode = what === undefined ? 1 : 0;
