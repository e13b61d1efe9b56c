import { expect, test } from 'vitest';
import { type Input, InputParser, mouseReport } from '../../../../tui/term/input.ts';

const ESC = '\u001b';
const keys = (text: string): readonly string[] =>
  new InputParser()
    .feed(text)
    .filter((it) => it.type !== 'other')
    .map((it) => (it.type === 'key' ? it.key : it.type));

test.each([
  ['letters are themselves', 'aZ/ü模🚀', ['a', 'Z', '/', 'ü', '模', '🚀']],
  ['controls have names', '\r\t\u007f \u000c\u001d', ['enter', 'tab', 'backspace', 'space', 'C-l', 'C-]']],
  ['arrows come in both modes', `${ESC}[A${ESC}OB${ESC}[1;5C${ESC}[1;2D`, ['up', 'down', 'C-right', 'S-left']],
  [
    'editing keys',
    `${ESC}[H${ESC}[4~${ESC}[5~${ESC}[6~${ESC}[3~${ESC}[Z`,
    ['home', 'end', 'pageup', 'pagedown', 'delete', 'S-tab'],
  ],
  ['function keys of xterm, rxvt and the console', `${ESC}OP${ESC}[11~${ESC}[[A${ESC}[24~`, ['f1', 'f1', 'f1', 'f12']],
  ['Alt with a letter', `${ESC}x`, ['M-x']],
  ['answers of the terminal are no keys', `${ESC}[?62;c${ESC}[12;40Ra`, ['a']],
  ['two escapes are one and the next', `${ESC}${ESC}[A`, ['escape', 'up']],
])('%s', (_what, text, expected) => {
  expect(keys(text)).toEqual(expected);
});

test('a sequence in pieces is one key', () => {
  const parser = new InputParser();
  expect(parser.feed(ESC)).toEqual([]);
  expect(parser.feed('[')).toEqual([]);
  expect(parser.isWaiting).toBe(true);
  expect(parser.feed('Bj')).toEqual<Input[]>([
    { type: 'key', key: 'down', text: `${ESC}[B` },
    { type: 'key', key: 'j', text: 'j' },
  ]);
});

test('an escape that nothing follows is the key', () => {
  const parser = new InputParser();
  parser.feed(ESC);
  expect(parser.flush()).toEqual<Input[]>([{ type: 'key', key: 'escape', text: ESC }]);
  expect(parser.flush()).toEqual([]);
});

test('a paste is text, whatever stands in it, also in pieces', () => {
  const parser = new InputParser();
  expect(parser.feed(`${ESC}[200~rm -rf${ESC}[A`)).toEqual([]);
  expect(parser.flush()).toEqual([]);
  expect(parser.feed(`x\n${ESC}[201~q`)).toEqual<Input[]>([
    { type: 'paste', text: `rm -rf${ESC}[Ax\n` },
    { type: 'key', key: 'q', text: 'q' },
  ]);
});

test.each([
  ['0;5;3M', { action: 'press', x: 4, y: 2 }],
  ['0;1;1m', { action: 'release', x: 0, y: 0 }],
  ['32;5;3M', { action: 'drag', x: 4, y: 2 }],
  ['64;5;3M', { action: 'wheelUp', x: 4, y: 2 }],
  ['65;5;3M', { action: 'wheelDown', x: 4, y: 2 }],
])('the mouse report %s', (report, expected) => {
  const [input] = new InputParser().feed(`${ESC}[<${report}`);
  expect(input).toMatchObject({ type: 'mouse', ...expected });
  expect(input?.type === 'mouse' && mouseReport(input, expected.x, expected.y)).toBe(`${ESC}[<${report}`);
});

test('every byte of what is no key is kept for a program in a pane, and so is what does not go on', () => {
  const parser = new InputParser();
  const text = `a${ESC}[?62;cé${ESC}[27;5;9~${ESC}[1;`;
  const inputs = [...parser.feed(text), ...parser.flush()];
  expect(inputs.map((it) => (it.type === 'mouse' ? '' : it.text)).join('')).toBe(text);
  expect(inputs.map(({ type }) => type)).toEqual(['key', 'other', 'key', 'other', 'other']);
});
