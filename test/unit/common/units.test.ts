import { expect, test } from 'vitest';
import { formatAge, formatBytes, formatDuration, formatLocalTime, parseSize } from '../../../common/units.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [1024 ** 3, '1 GiB'],
  [85_520_809_984, '79.6 GiB'],
  [2 * 1024 ** 6, '2048 PiB'],
  [-2048, '-2 KiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  ['0', 0],
  ['512', 512],
  ['1k', 1024],
  ['1.5 GiB', 1.5 * 1024 ** 3],
  ['64gb', 64 * 1024 ** 3],
  ['2T', 2 * 1024 ** 4],
  ['7B', 7],
  ['', undefined],
  ['GiB', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['1 GiBs', undefined],
])('the size %j is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  [-1, '0.0 s'],
  [420, '0.4 s'],
  [9_999, '10.0 s'],
  [10_000, '10 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [90_061_000, '1 d 1 h'],
  [86_401_000, '1 d'],
])('%i ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-1, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_000, '59 min'],
  [86_399_000, '23 h'],
  [90_061_000, '1 d'],
])('an age of %i ms is %s in a column', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test('a local time has two digits everywhere', () => {
  expect(formatLocalTime(new Date(2026, 0, 2, 3, 4, 5))).toBe('2026-01-02 03:04:05');
});
