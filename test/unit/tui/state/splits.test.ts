import fc from 'fast-check';
import { expect, test } from 'vitest';
import { place, type Splits, terminalsIn, withoutTerminal, withSplit } from '../../../../tui/state/splits.ts';

const body = { x: 0, y: 1, width: 81, height: 21 };

test('a split halves the place of one terminal, and the odd column stays with the first', () => {
  const splits = withSplit(withSplit(1, 1, 'columns', 2), 2, 'rows', 3);
  expect(place(splits, body)).toEqual([
    { id: 1, rect: { x: 0, y: 1, width: 41, height: 21 } },
    { id: 2, rect: { x: 41, y: 1, width: 40, height: 11 } },
    { id: 3, rect: { x: 41, y: 12, width: 40, height: 10 } },
  ]);
});

test('who stays gets the place of who goes', () => {
  const splits = withSplit(withSplit(1, 1, 'columns', 2), 2, 'rows', 3);
  expect(withoutTerminal(splits, 2)).toEqual(withSplit(1, 1, 'columns', 3));
  expect(withoutTerminal(splits, 1)).toEqual({ direction: 'rows', halves: [2, 3] });
  expect(withoutTerminal(1, 1)).toBeUndefined();
});

test('whatever is split and closed, each terminal has its place and every cell has one', () => {
  const steps = fc.array(fc.record({ at: fc.nat(20), isColumns: fc.boolean(), closes: fc.boolean() }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(steps, (taken) => {
      let splits: Splits = 1;
      for (const [index, { at, isColumns, closes }] of taken.entries()) {
        const ids = terminalsIn(splits);
        const id = ids[at % ids.length] ?? 1;
        splits = closes
          ? (withoutTerminal(splits, id) ?? splits)
          : withSplit(splits, id, isColumns ? 'columns' : 'rows', index + 2);
      }
      const placed = place(splits, body);
      expect(placed.map(({ id }) => id)).toEqual(terminalsIn(splits));
      expect(placed.reduce((sum, { rect }) => sum + rect.width * rect.height, 0)).toBe(body.width * body.height);
    }),
  );
});
