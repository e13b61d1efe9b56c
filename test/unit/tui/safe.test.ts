import { expect, test } from 'vitest';
import { safe, safeJson } from '../../../tui/safe.ts';

const ESC = '\u001b';

test.each([
  ['colours', `${ESC}[31mred${ESC}[0m`, 'red'],
  ['cursor movements', `a${ESC}[2J${ESC}[1;1Hb`, 'ab'],
  ['window titles', `${ESC}]0;owned\u0007name`, 'name'],
  ['clipboard writes', `${ESC}]52;c;aGk=${ESC}\\name`, 'name'],
  ['eight-bit controls', 'a\u009b31mb\u0090c', 'abc'],
  ['a lone escape', `a${ESC}`, 'a'],
  ['bells and backspaces', 'ab\b\u0007c', 'abc'],
  ['bidi overrides', 'a\u202egpj.exe\u2066b\u200f', 'agpj.exeb'],
  ['invisible characters', 'tr\u200bain\ufeff\u{e0041}', 'train'],
  ['halves of pairs', 'a\ud800b', 'ab'],
])('%s do not reach the terminal', (_what, text, shown) => {
  expect(safe(text)).toBe(shown);
});

test('a line stays one line', () => {
  expect(safe('a\r\nb\tc\u2028d')).toBe('a b cd');
});

test('plain text of any script passes', () => {
  expect(safe('größe 模型 🚀')).toBe('größe 模型 🚀');
});

test('JSON keeps its value and loses what a screen would obey', () => {
  const value = { name: `a${ESC}[31m\u009b1m\u202e\u{e0041}` };
  const text = safeJson(value);
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(text)).toEqual(value);
});
