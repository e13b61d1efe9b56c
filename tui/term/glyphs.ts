/**
 * Character sets: what a terminal's font can show. Views draw in Unicode; a frame is put into the terminal's set last.
 *
 * `console` is the Linux console, whose font has the characters of the old PC and no more; `ascii` is for screen
 * readers and odd fonts.
 */
import type { Canvas } from './canvas.ts';

export type Glyphs = 'unicode' | 'console' | 'ascii';

/** The Unicode character, on the console, in ASCII. */
const TABLE: readonly (readonly [string, string, string])[] = [
  ['─', '─', '-'],
  ['│', '│', '|'],
  ['┌', '┌', '+'],
  ['┐', '┐', '+'],
  ['└', '└', '`'],
  ['┘', '┘', '+'],
  ['├', '├', '|'],
  ['●', '•', '*'],
  ['○', '○', 'o'],
  ['◐', '~', '~'],
  ['✓', '√', '+'],
  ['✗', 'x', 'x'],
  ['…', '.', '.'],
  ['·', '·', '.'],
  ['▸', '>', '>'],
  ['▲', '▲', '^'],
  ['▼', '▼', 'v'],
  ['↑', '↑', '^'],
  ['↓', '↓', 'v'],
  ['█', '█', '#'],
  ['▉', '█', '#'],
  ['▊', '█', '#'],
  ['▋', '▌', '='],
  ['▌', '▌', '='],
  ['▍', '▌', '-'],
  ['▎', '▌', '-'],
  ['▏', '·', '.'],
  ['▁', '_', '_'],
  ['▂', '_', '.'],
  ['▃', '▄', '-'],
  ['▄', '▄', '='],
  ['▅', '▄', '+'],
  ['▆', '▄', '*'],
  ['▇', '█', '%'],
];

const CONSOLE = new Map(TABLE.map(([unicode, console]) => [unicode, console]));
const ASCII = new Map(TABLE.map(([unicode, , ascii]) => [unicode, ascii]));

/** Latin letters, which the console's font has, too. */
const isLatin = (character: string): boolean => character >= '\u00a0' && character <= '\u00ff';

/** Puts every cell into the terminal's character set, in place; what it has no form for becomes `?`. */
export function translate(canvas: Canvas, glyphs: Glyphs): void {
  if (glyphs === 'unicode') return;
  const table = glyphs === 'ascii' ? ASCII : CONSOLE;
  const { characters } = canvas;
  for (const [at, character] of characters.entries()) {
    if (character === '') characters[at] = '?';
    else if (character > '~' || character.length > 1)
      characters[at] = table.get(character) ?? (glyphs === 'console' && isLatin(character) ? character : '?');
  }
}
