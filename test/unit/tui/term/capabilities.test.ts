import { expect, test } from 'vitest';
import { canDraw, capabilitiesOf } from '../../../../tui/term/capabilities.ts';

const asked = { ascii: false, colour: true };
const utf8 = { LANG: 'en_US.UTF-8' };

test.each(['xterm-256color', 'tmux-256color', 'screen-256color', 'xterm-ghostty', 'alacritty', 'foot'])(
  'TERM=%s is driven as an xterm with 16 colours and Unicode',
  (TERM) => {
    expect(capabilitiesOf({ ...utf8, TERM }, asked)).toMatchObject({
      profile: 'xterm-256color',
      colours: 16,
      glyphs: 'unicode',
    });
  },
);

test('the Linux console has 8 colours and its own characters', () => {
  expect(capabilitiesOf({ ...utf8, TERM: 'linux' }, asked)).toMatchObject({
    profile: 'linux',
    colours: 8,
    glyphs: 'console',
  });
});

test.each([
  ['NO_COLOR', { NO_COLOR: '1' }, asked],
  ['--no-color', {}, { ...asked, colour: false }],
])('%s leaves no colour', (_what, env, wanted) => {
  expect(capabilitiesOf({ TERM: 'xterm', ...env }, wanted).colours).toBe(0);
});

test.each([
  ['--ascii', utf8, { ...asked, ascii: true }],
  ['a locale that is not UTF-8', { LANG: 'en_US.ISO-8859-1' }, asked],
  ['LC_ALL before LANG', { LANG: 'C.UTF-8', LC_ALL: 'POSIX' }, asked],
])('%s means ASCII', (_what, env, wanted) => {
  expect(capabilitiesOf({ TERM: 'xterm', ...env }, wanted).glyphs).toBe('ascii');
});

test('nothing can be drawn where the terminal is dumb or unknown', () => {
  expect([canDraw({ TERM: 'dumb' }), canDraw({}), canDraw({ TERM: '' }), canDraw({ TERM: 'vt100' })]).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
