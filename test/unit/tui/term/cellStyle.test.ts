import { expect, test } from 'vitest';
import { lookOf, OWN_COLOUR, styleOf, styleOfLook } from '../../../../tui/term/cellStyle.ts';
import { ROLES } from '../../../../tui/term/roles.ts';

test('a look comes back as it was, and no role is taken for one', () => {
  const look = { flags: 0x1f, foreground: OWN_COLOUR, background: 200 };
  expect(lookOf(styleOfLook(look))).toEqual(look);
  expect(ROLES.map((role) => lookOf(styleOf(role)))).toEqual(ROLES.map(() => undefined));
});

test('a frame keeps a look in 32 bits', () => {
  const style = styleOfLook({ flags: 0x1f, foreground: OWN_COLOUR, background: OWN_COLOUR });
  expect(new Uint32Array([style])[0]).toBe(style);
});
