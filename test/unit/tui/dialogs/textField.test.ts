import { expect, test } from 'vitest';
import { edit, paste } from '../../../../tui/dialogs/textField.ts';

const typing = (text: string, cursor: number, ...keys: readonly string[]): string => {
  const { text: after, cursor: at } = keys.reduce(edit, { text, cursor });
  const characters = Array.from(after);
  return [...characters.slice(0, at), '|', ...characters.slice(at)].join('');
};

test.each([
  ['letters and spaces are typed at the cursor', 'ac', 1, ['b', 'space'], 'ab |c'],
  ['backspace takes the character before, also a wide one', 'a🚀b', 2, ['backspace'], 'a|b'],
  ['delete takes the one at the cursor', 'abc', 1, ['delete'], 'a|c'],
  ['the cursor stays within the text', 'ab', 0, ['left', 'right', 'right', 'right'], 'ab|'],
  ['home and end', 'ab', 1, ['home', 'x', 'end', 'y'], 'xaby|'],
  ['Ctrl-U empties to the left, Ctrl-K to the right', 'abcd', 2, ['C-u'], '|cd'],
  ['Ctrl-K', 'abcd', 2, ['C-k'], 'ab|'],
  ['Ctrl-W takes a word', 'one two  ', 9, ['C-w'], 'one |'],
  ['keys that are no text do nothing', 'ab', 1, ['f5', 'C-x', 'pageup'], 'a|b'],
])('%s', (_what, text, cursor, keys, expected) => {
  expect(typing(text, cursor, ...keys)).toBe(expected);
});

test('a paste is one line, without controls', () => {
  expect(paste({ text: 'ab', cursor: 1 }, 'x\r\ny\u0007\tz')).toEqual({ text: 'ax y zb', cursor: 6 });
});
