/** Sequences that have found a fault, a real or a planted one, shortened: each has to go well for ever. */
import type { Sequence } from './random.ts';

export const ONCE_FAILED: Readonly<Record<string, Sequence>> = {
  'an engine dies in a start, and somebody removes the container before its process is found': {
    order: 0,
    steps: [
      { deed: { do: 'strand' }, moves: 0 },
      { deed: { do: 'ask', verb: 'run', name: 'a', size: 1 }, moves: 6 },
      { deed: { do: 'remove', which: 0 }, moves: 0 },
      { deed: { do: 'ask', verb: 'run', name: 'a', size: 0 }, moves: 0 },
    ],
  },
  'an engine dies in a start, and its process holds the port that the next try asks for': {
    order: 0,
    steps: [
      { deed: { do: 'strand' }, moves: 0 },
      { deed: { do: 'fail', kind: 'portTaken', verb: 'start' }, moves: 0 },
      { deed: { do: 'ask', verb: 'run', name: 'a', size: 2 }, moves: 11 },
      { deed: { do: 'fail', kind: 'portTaken', verb: undefined }, moves: 0 },
    ],
  },
  'a volume comes to be after its set was deleted': {
    order: 0,
    steps: [
      { deed: { do: 'loseAnswer', outcome: 'late', verb: undefined }, moves: 0 },
      { deed: { do: 'ask', verb: 'run', name: 'c', size: 3 }, moves: 0 },
      { deed: { do: 'ask', verb: 'delete', name: 'c', size: 0 }, moves: 0 },
    ],
  },
  'GPUs are asked for while their release cannot be written down': {
    order: 0,
    steps: [
      { deed: { do: 'ask', verb: 'run', name: 'a', size: 3 }, moves: 60 },
      { deed: { do: 'ask', verb: 'stop', name: 'a', size: 0 }, moves: 2 },
      { deed: { do: 'fillDisk' }, moves: 0 },
      { deed: { do: 'ask', verb: 'run', name: 'b', size: 2 }, moves: 2 },
    ],
  },
};
