import { expect, test } from 'vitest';
import { choosePorts } from '../../../../daemon/core/choosePorts.ts';

interface Case {
  readonly what: string;
  readonly taken?: readonly number[];
  readonly reserved?: readonly number[];
  readonly wishes: readonly (number | undefined)[];
  readonly chosen: readonly number[] | undefined;
}

const cases: readonly Case[] = [
  { what: 'the lowest free ones', taken: [10], wishes: [undefined, undefined], chosen: [11, 12] },
  { what: 'the wished one where it is free', wishes: [undefined, 13], chosen: [10, 13] },
  { what: 'another one where the wished one is taken', taken: [13], wishes: [13], chosen: [10] },
  { what: 'another one where the wished one is outside the range', wishes: [9, 16], chosen: [10, 11] },
  { what: 'a wish is served once', wishes: [12, 12], chosen: [12, 10] },
  { what: 'a wish of a later one is not given away', wishes: [undefined, 10], chosen: [11, 10] },
  {
    what: 'what others would like back comes last',
    reserved: [10, 11],
    wishes: [undefined, undefined],
    chosen: [12, 13],
  },
  { what: '… but it comes', reserved: [10, 11, 12, 13, 14, 15], wishes: [undefined], chosen: [10] },
  { what: 'its own former port is not kept from it', reserved: [12], wishes: [12], chosen: [12] },
  { what: 'too few', taken: [10, 11, 12, 13, 14], wishes: [undefined, undefined], chosen: undefined },
  { what: 'nothing for nothing', wishes: [], chosen: [] },
];

test.each(cases)('$what', ({ taken = [], reserved = [], wishes, chosen }) => {
  const range = { start: 10, end: 15 };
  const answer = choosePorts({ range, taken: (port) => taken.includes(port), reserved: new Set(reserved), wishes });
  expect(answer).toEqual(chosen);
});
