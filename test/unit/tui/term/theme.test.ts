import { expect, test } from 'vitest';
import { DEFAULT_THEME, fitTheme, parseLook } from '../../../../tui/term/theme.ts';

test('colours that the terminal lacks are left out, what remains of a look stays', () => {
  expect(fitTheme(DEFAULT_THEME, 8)).toMatchObject({ dim: {}, ok: { colour: 2 } });
  expect(fitTheme(DEFAULT_THEME, 0)).toMatchObject({ bad: { bold: true }, ok: {}, selected: { inverse: true } });
  expect(fitTheme(DEFAULT_THEME, 0).ok.colour).toBeUndefined();
});

test.each([
  ['red', { colour: 1 }],
  ['bold bright-green', { bold: true, colour: 10 }],
  ['underline inverse', { underline: true, inverse: true }],
  ['default', {}],
])('the look "%s"', (text, look) => {
  expect(parseLook(text)).toEqual(look);
});

test('a word that is no look is refused', () => {
  expect(parseLook('bold mauve')).toBeUndefined();
});
