import { expect, test } from 'vitest';
import { formatAge, formatBytes, formatDuration } from '../../../common/units.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [1024 ** 3, '1 GiB'],
  [-2048, '-2 KiB'],
  [5 * 1024 ** 6, '5120 PiB'],
])('%i bytes read as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [-5, '0.0 s'],
  [420, '0.4 s'],
  [12_000, '12 s'],
  [60_000, '1 min'],
  [3_725_000, '1 h 2 min'],
  [90_061_000, '1 d 1 h'],
  [86_460_000, '1 d'],
])('%i ms read as %s', (ms, text) => {
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
