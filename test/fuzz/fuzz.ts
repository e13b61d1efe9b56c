/**
 * Sequences of requests and deeds until so many requests are sent; the first that breaks a rule is shortened and told as
 * data that repeats it.
 */
import fc from 'fast-check';
import { type Deed, deed, isTrouble } from './deeds.ts';
import type { Request } from './draft.ts';
import { opening, request } from './requests.ts';
import { wrongWith } from './rules.ts';
import { send } from './send.ts';
import { routeOf } from './surface.ts';
import type { Target } from './target.ts';
import { LAST_ID } from './words.ts';

/** Requests that are sent at once, or a deed. */
export type Step = readonly Request[] | Deed;
export type Sequence = readonly Step[];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(request) },
  { weight: 3, arbitrary: fc.array(request, { minLength: 2, maxLength: 4 }) },
  { weight: 1, arbitrary: deed },
);
const sequence: fc.Arbitrary<Sequence> = fc
  .tuple(opening, fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }))
  .map(([first, rest]) => [...first.map((it) => [it]), ...rest]);

/** How many sequences fast-check is asked for at a time. */
const sequencesAtOnce = 50;

export interface Report {
  requests: number;
  sequences: number;
  /** By HTTP status; 0: the client left. */
  readonly statuses: Map<number, number>;
  /** Operations that were answered with success, or with 501 as they have to be. */
  readonly done: Set<string>;
  failure: string | undefined;
}

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
}

/** Adds to the report until it has so many requests more, or a failure. */
export async function fuzz(target: Target, { requests, seed }: FuzzOptions, report: Report): Promise<void> {
  const enough = report.requests + requests;
  for (let batch = 0; report.requests < enough && report.failure === undefined; batch += 1) {
    const property = fc.asyncProperty(
      sequence,
      async (steps) => (await wrongAfter(target, steps, report)).length === 0,
    );
    const outcome = await fc.check(property, { numRuns: sequencesAtOnce, seed: seed + batch });
    if (outcome.failed) report.failure = await told(target, seed + batch, outcome);
  }
}

export const newReport = (): Report => ({
  requests: 0,
  sequences: 0,
  statuses: new Map(),
  done: new Set(),
  failure: undefined,
});

async function told(target: Target, seed: number, outcome: fc.RunDetails<[Sequence]>): Promise<string> {
  const [shortest] = outcome.counterexample ?? [];
  if (shortest === undefined) return `seed ${seed}: ${String(outcome.errorInstance)}`;
  return [
    `seed ${seed}, shortened ${outcome.numShrinks} times:`,
    ...(await wrongAfter(target, shortest, newReport())).map((what) => `  ${what}`),
    `again: npm run fuzz -- --sequence '${JSON.stringify(shortest)}'`,
  ].join('\n');
}

/** Which rules one sequence breaks. */
export async function wrongAfter(target: Target, steps: Sequence, report: Report): Promise<string[]> {
  await target.reset();
  report.sequences += 1;
  const wrong: string[] = [];
  const memory: Memory = { trouble: false, id: 'none' };
  for (const it of steps) {
    if ('deed' in it) {
      memory.trouble ||= isTrouble(it);
      await target.perform(it);
    } else {
      const found = await Promise.all(it.map((one) => wrongAnswer(target, one, memory, report)));
      wrong.push(...found.flat());
    }
  }
  return [...wrong, ...(await target.wrong())];
}

interface Memory {
  /** Engine or store were made to fail. */
  trouble: boolean;
  /** That an answer told last. */
  id: string;
}

async function wrongAnswer(target: Target, given: Request, memory: Memory, report: Report): Promise<string[]> {
  const sent = { ...given, path: given.path.replace(encodeURIComponent(LAST_ID), memory.id) };
  const name = `${sent.method} ${sent.path.slice(0, 100)}`;
  report.requests += 1;
  try {
    const answer = await send(target.door, sent, routeOf(sent.operation)?.mayGoOn ?? mayBeStream(sent));
    const status = answer?.status ?? 0;
    report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
    if ((status === 200 || status === 501) && sent.operation !== undefined) report.done.add(sent.operation);
    if (answer === undefined) return [];
    memory.id = /"id":"(\w+)"/.exec(answer.text)?.[1] ?? memory.id;
    return wrongWith(sent, answer, memory).map((what) => `${name}: ${what}`);
  } catch (error) {
    return [`${name}: no answer: ${String(error)}`];
  }
}

/** Spoiled so that it may name any route. */
const mayBeStream = ({ operation }: Request): boolean => operation === undefined;
