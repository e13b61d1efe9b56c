import { expect, test } from 'vitest';
import { graph, sparkline } from '../../../../tui/panes/charts.ts';

test('a sparkline ends with the newest value; before the first there is nothing', () => {
  expect(sparkline([0, 0.5, 1], 5)).toBe('  ▁▄█');
  expect(sparkline([1, 0, 0.25, 0.75], 3)).toBe('▁▂▆');
});

test('shares beyond the scale stay on it', () => {
  expect(sparkline([-1, 7], 2)).toBe('▁█');
});

test('braille has two values a character and four dots a row; nothing is still a dot', () => {
  expect(graph([0, 1], 1, 2, 'unicode')).toEqual(['⢸', '⣸']);
  expect(graph([0.5, 0.5], 1, 2, 'unicode')).toEqual([' ', '⣿']);
});

test('blocks have one value a character', () => {
  expect(graph([0, 0.5, 1], 4, 2, 'console')).toEqual(['   █', ' ▁██']);
});
