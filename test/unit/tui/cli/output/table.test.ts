import { expect, test } from 'vitest';
import { plainPaint } from '../../../../../tui/cli/output/paint.ts';
import { type Column, cut, table } from '../../../../../tui/cli/output/table.ts';

interface Row {
  readonly name: string;
  readonly note: string;
  readonly size: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'SIZE', cell: ({ size }) => size, align: 'right', spare: 1 },
  { title: 'NOTE', cell: ({ note }) => note, widthMin: 6 },
];
const rows = [
  { name: 'a', size: '5', note: 'short' },
  { name: 'bcd', size: '500', note: 'a rather long note' },
];
const at = (width: number) => table(columns, rows, { width, now: new Date(0), paint: plainPaint }).split('\n');

test('columns line up, numbers to the right', () => {
  expect(at(80)).toEqual(['NAME  SIZE  NOTE', 'a        5  short', 'bcd    500  a rather long note']);
});

test('a narrow terminal cuts what may be cut, then costs the spare column', () => {
  expect(at(25)).toEqual(['NAME  SIZE  NOTE', 'a        5  short', 'bcd    500  a rather lon…']);
  expect(at(18)).toEqual(['NAME  SIZE  NOTE', 'a        5  short', 'bcd    500  a rat…']);
  expect(at(17)).toEqual(['NAME  NOTE', 'a     short', 'bcd   a rather l…']);
});

test('no column is cut below its least width', () => {
  expect(at(1)).toEqual(['NAME  NOTE', 'a     short', 'bcd   a rat…']);
});

test('an image name is cut at its beginning', () => {
  expect(cut('team/pytorch:2.9', 9, true)).toBe('…orch:2.9');
});

test('wide characters count as the two columns they take', () => {
  expect(cut('模型模型', 5)).toBe('模型…');
  expect(
    table(columns, [{ name: '模型', size: '1', note: 'x' }], { width: 80, now: new Date(0), paint: plainPaint }),
  ).toBe('NAME  SIZE  NOTE\n模型     1  x');
});
