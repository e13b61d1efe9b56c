import { describe, expect, test } from 'vitest';
import { type Candidate, chooseGpus, keepGpus } from '../../../../daemon/core/chooseGpus.ts';

/** `a0` is GPU 0 on node a, which is NUMA node 0. */
const gpus = (...names: readonly string[]): Candidate[] =>
  names.map((name) => ({
    uuid: name,
    index: Number(name.slice(1)),
    numaNode: name[0] === '?' ? null : 'abc'.indexOf(name[0] ?? ''),
  }));

describe('chooseGpus', () => {
  test.each([
    ['too few', ['a0'], 2, undefined],
    ['none asked for', ['a0'], 0, []],
    ['one takes the leftovers of a node, not a piece of a whole one', ['a0', 'a1', 'b2'], 1, ['b2']],
    ['several go to the smallest node that holds them all', ['a0', 'a1', 'a2', 'b3', 'b4'], 2, ['b3', 'b4']],
    ['as few nodes as possible where none holds them all', ['a0', 'b1', 'b2', 'c3', 'c4'], 4, ['b1', 'b2', 'c3', 'c4']],
    ['the lowest index among equals', ['b3', 'b2', 'a1', 'a0'], 2, ['a0', 'a1']],
    ['GPUs without a known node stand together', ['a0', '?1', '?2'], 2, ['?1', '?2']],
  ] as const)('%s', (_, free, count, chosen) => {
    expect(chooseGpus(gpus(...free), count)).toEqual(chosen);
  });

  test('joins what the set keeps already, even where a smaller node would do', () => {
    expect(chooseGpus(gpus('a2', 'a3', 'b4'), 1, gpus('a0'))).toEqual(['a2']);
  });

  test('depends on nothing but its input', () => {
    const free = gpus('b3', 'a1', 'b2', 'a0');
    expect(chooseGpus(free.toReversed(), 3)).toEqual(chooseGpus(free, 3));
  });
});

describe('keepGpus', () => {
  test.each([
    ['fewer: those that sit together', ['a0', 'b1', 'b2'], 2, ['b1', 'b2']],
    ['as many: all', ['a0', 'b1'], 2, ['a0', 'b1']],
    ['more: all that there are', ['a0'], 3, ['a0']],
    ['none', ['a0'], 0, []],
  ] as const)('%s', (_, held, count, kept) => {
    expect(keepGpus(gpus(...held), count)).toEqual(kept);
  });
});
