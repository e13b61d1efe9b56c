/** Eight clients at once: what they are told could have happened one after the other. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../common/errors.ts';
import { CoreRig } from '../rig/coreRig.ts';
import { type Call, unexplained } from './linear.ts';

const CLIENTS = 8;
const CALLS_EACH = 200;
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const VERBS = ['run', 'run', 'patch', 'restart', 'rollback', 'stop', 'pause', 'continueSet', 'remove'] as const;
/** Half of all calls read. */
const READS = VERBS.map(() => 'status' as const);

function diceOf(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** The calls on each name. */
async function play(seed: number): Promise<ReadonlyMap<string, readonly Call[]>> {
  const rig = await CoreRig.open();
  const roll = diceOf(seed);
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)] as T;
  const histories = new Map<string, Call[]>(NAMES.map((name) => [name, []]));
  let moment = 0;
  const now = (): number => {
    moment += 1;
    return moment;
  };
  const client = async (): Promise<void> => {
    for (let call = 0; call < CALLS_EACH; call += 1) {
      for (let turns = roll(4); turns > 0; turns -= 1) await turn();
      const [name, verb, version] = [pick(NAMES), pick([...VERBS, ...READS]), 1 + roll(6)];
      const calledAt = now();
      const answer = await answerOf(rig, verb, name, version);
      histories.get(name)?.push({ verb, version, calledAt, answeredAt: now(), answer });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
  return histories;
}

type Verb = (typeof VERBS)[number] | 'status';

async function answerOf(rig: CoreRig, verb: Verb, name: string, version: number): Promise<string> {
  try {
    if (verb === 'run') return await rig.run(name);
    if (verb === 'status') {
      const { state, version: current } = await rig.status(name);
      return `${state} ${current}`;
    }
    const answer = (await rig.call(verb, name, { version })) as { containerName: string } | null;
    return answer?.containerName ?? 'null';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

test.each([1, 2, 3])('eight clients see one order of 1,600 calls on five names, seed %i', async (seed) => {
  const histories = await play(seed);
  expect([...histories.values()].flat()).toHaveLength(CLIENTS * CALLS_EACH);
  for (const [name, history] of histories) expect(unexplained(name, history)).toBeUndefined();
});

describe('a history that no order explains is told', () => {
  const call = (verb: string, calledAt: number, answeredAt: number, answer: string): Call => ({
    verb,
    calledAt,
    answeredAt,
    answer,
  });
  const ran = call('run', 1, 2, 'a-1');

  test.each([
    ['a read that is stale', [ran, call('stop', 3, 4, 'null'), call('status', 5, 6, 'running 1')]],
    ['a name given out twice', [ran, call('run', 3, 4, 'a-2')]],
    ['a version number used again', [ran, call('remove', 3, 4, 'null'), call('run', 5, 6, 'a-1')]],
    ['a change that was answered and is gone', [ran, call('status', 3, 4, 'NOT_FOUND')]],
    ['a refusal that did something', [ran, call('patch', 3, 4, 'ENGINE_FAILED'), call('status', 5, 6, 'running 2')]],
  ])('%s', (_, history) => {
    expect(unexplained('a', history)).toBeDefined();
  });

  test('and one that overlaps is not', () => {
    const history = [
      ran,
      call('stop', 3, 8, 'null'),
      call('status', 4, 5, 'running 1'),
      call('status', 6, 7, 'stopped 1'),
    ];
    expect(unexplained('a', history)).toBeUndefined();
  });
});
