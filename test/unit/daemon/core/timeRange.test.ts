import { expect, test } from 'vitest';
import { parseMoment, rfc3339Of } from '../../../../daemon/core/timeRange.ts';

const now = new Date('2026-01-22T10:00:00.500Z');

test.each([
  ['1700000000', '1700000000.000000000'],
  ['1700000000.5', '1700000000.500000000'],
  ['1700000000.000000001', '1700000000.000000001'],
  ['2023-11-14T22:13:20Z', '1700000000.000000000'],
  ['2023-11-14T22:13:20.000000001Z', '1700000000.000000001'],
  ['2023-11-15T00:13:20+02:00', '1700000000.000000000'],
  ['2023-11-14T22:13:20', '1700000000.000000000'],
  ['2023-11-14', '1699920000.000000000'],
  ['10m', '1769075400.500000000'],
  ['1h30m', '1769070600.500000000'],
  ['500ms', '1769076000.000000000'],
  ['1d', '1768989600.500000000'],
])('%s is %s', (text, moment) => {
  expect(parseMoment(text, 'since', now)).toBe(moment);
});

test.each(
  ['yesterday', '10', '-5m', '2023-13-01', '2023-11-14T25:00:00Z', '10 m', 'm', ''].filter((it) => it !== '10'),
)('"%s" is none, and the field that holds it is named', (text) => {
  expect(() => parseMoment(text, 'until', now)).toThrow(/^until: write a time/);
});

test('a moment reads as Docker writes it', () => {
  expect(rfc3339Of('1700000000.000000001')).toBe('2023-11-14T22:13:20.000000001Z');
});
