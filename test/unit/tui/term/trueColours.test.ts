import { expect, test } from 'vitest';
import { colourOf, expand, nearest, numberOf } from '../../../../tui/term/trueColours.ts';

test.each([
  [0x000000, 16],
  [0xffffff, 231],
  [0xff0000, 196],
  [0x5f87af, 67],
  [0x808080, 244],
  [0x0a0a0a, 232],
])('the nearest of 256 colours to %i is %i', (rgb, expected) => {
  expect(nearest(rgb)).toBe(expected);
});

test('a lent number becomes the colour on its way out, and every other number stays', () => {
  const number = numberOf(0x0ac81e);
  expect(number).toBeGreaterThan(255);
  expect(expand(`\u001b[1;38;5;${number};48;5;196mx`)).toBe('\u001b[1;38;2;10;200;30;48;5;196mx');
});

test('when all numbers are lent, the nearest colour stands in', () => {
  const numbers = Array.from({ length: 400 }, (_, at) => numberOf(0x100000 + at * 0x111));
  expect(Math.max(...numbers)).toBeLessThan(0x1ff);
  expect(numbers.filter((it) => colourOf(it) === undefined).every((it) => it >= 16 && it < 256)).toBe(true);
  expect(new Set(numbers.filter((it) => it >= 256)).size).toBeGreaterThan(200);
});
