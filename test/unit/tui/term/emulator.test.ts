import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { Canvas } from '../../../../tui/term/canvas.ts';
import { FLAG, lookOf } from '../../../../tui/term/cellStyle.ts';
import { type Input, InputParser, type MouseInput } from '../../../../tui/term/input.ts';
import { colourOf } from '../../../../tui/term/trueColours.ts';
import { emulatorWith } from '../../../rig/scriptedScreens.ts';

// A thousand generated screens take as long as the machine lets them.
vi.setConfig({ testTimeout: 60_000 });

const ESC = '\u001b';
const columns = 20;
const rows = 4;
const drawn = (text: string): Canvas => {
  const canvas = new Canvas(columns, rows);
  emulatorWith(text, columns, rows).draw(canvas, { x: 0, y: 0, width: columns, height: rows });
  return canvas;
};
const mouse = (report: string): MouseInput => new InputParser().feed(`${ESC}[<${report}`)[0] as Input & MouseInput;

test('what a program draws becomes cells, wide characters too', () => {
  expect(drawn(`a${ESC}[3;5H模型e\u0301`).toString()).toBe('a\n\n    模型e\u0301\n');
});

test('a wide character that does not fit whole is a blank', () => {
  const canvas = new Canvas(columns, rows);
  emulatorWith('ab模', columns, rows).draw(canvas, { x: 0, y: 0, width: 3, height: rows });
  expect(canvas.characters.slice(0, 4).join('|')).toBe('a|b| | ');
});

test('colours and attributes come along', () => {
  const canvas = drawn(`${ESC}[1;4;31;48;5;200mx${ESC}[0;7;38;2;1;2;3my${ESC}[0;2mz`);
  const [x, y, z] = Array.from(canvas.styles.slice(0, 3), lookOf);
  expect(x).toEqual({ flags: FLAG.bold | FLAG.underline, foreground: 1, background: 200 });
  expect([y?.flags, colourOf(y?.foreground ?? 0)]).toEqual([FLAG.inverse, 0x010203]);
  expect(z?.foreground).toBe(8);
});

test('queries are answered into the program, and nothing else comes of titles, clipboards and modes', () => {
  const inputs: string[] = [];
  const quiet = `${ESC}]0;title\u0007${ESC}]52;c;?\u0007${ESC}]52;c;aGk=\u0007${ESC}[?1003h${ESC}[14t${ESC}[21t${ESC}]11;?\u0007`;
  emulatorWith(`${quiet}${ESC}[c${ESC}[6n`, columns, rows, inputs);
  expect(inputs).toEqual([`${ESC}[?1;2c`, `${ESC}[1;1R`]);
});

test('whatever is written, no cell holds anything that moves a terminal, and nothing is said beside it', () => {
  const said = (['log', 'warn', 'error', 'info', 'debug'] as const).map((it) => vi.spyOn(console, it));
  const pieces = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '\u202e',
      '\u009b31m',
      '\u009d0;x\u0007',
      `${ESC}[`,
      `${ESC}]`,
      `${ESC}P`,
      '\u200d',
      '\u{e0041}',
      '\u0000',
      '\u007f',
    ),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (written) => {
      expect(drawn(written.join('')).characters.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }),
    { numRuns: 1_000 },
  );
  for (const spy of said) expect(spy).not.toHaveBeenCalled();
});

test.each([
  ['plain where the program did not ask', '', `${ESC}OA${ESC}[B${ESC}OH`, `${ESC}[A${ESC}[B${ESC}[H`],
  ['in application form where it did', `${ESC}[?1h`, `${ESC}OA${ESC}[B${ESC}[F`, `${ESC}OA${ESC}OB${ESC}OF`],
])('arrows come %s', (_what, asked, typed, expected) => {
  const inputs: string[] = [];
  emulatorWith(asked, columns, rows, inputs).type(typed);
  expect(inputs).toEqual([expected]);
});

test('a paste is bracketed where the program asked for it, and cannot close its brackets', () => {
  const inputs: string[] = [];
  emulatorWith('', columns, rows, inputs).paste('a\nb');
  emulatorWith(`${ESC}[?2004h`, columns, rows, inputs).paste(`a\r\nb${ESC}[201~rm`);
  expect(inputs).toEqual(['a\rb', `${ESC}[200~a\rbrm${ESC}[201~`]);
});

test('the mouse goes to the program that wants it, in its own cells, and only what it wants', () => {
  const inputs: string[] = [];
  expect(emulatorWith('', columns, rows, inputs).mouse(mouse('0;9;9M'), 2, 1)).toBe(false);
  expect(emulatorWith(`${ESC}[?1000h`, columns, rows, inputs).mouse(mouse('0;9;9M'), 2, 1)).toBe(false);
  const asking = emulatorWith(`${ESC}[?1000;1006h`, columns, rows, inputs);
  for (const report of ['0;9;9M', '32;9;9M', '0;9;9m', '65;9;9M']) expect(asking.mouse(mouse(report), 2, 1)).toBe(true);
  expect(inputs).toEqual([`${ESC}[<0;3;2M`, `${ESC}[<0;3;2m`, `${ESC}[<65;3;2M`]);
});

test('the cursor is where the program has it, and nowhere while hidden or scrolled away', () => {
  expect(emulatorWith(`${ESC}[2;3H`, columns, rows).cursor).toEqual({ x: 2, y: 1 });
  expect(emulatorWith(`${ESC}[?25l`, columns, rows).cursor).toBeUndefined();
  expect(emulatorWith(`${ESC}[?25l${ESC}c`, columns, rows).cursor).toEqual({ x: 0, y: 0 });
  const scrolled = emulatorWith('1\r\n2\r\n3\r\n4\r\n5\r\n6', columns, rows);
  scrolled.scroll(-1);
  expect([scrolled.linesBelow, scrolled.cursor, scrolled.text()]).toEqual([1, undefined, '2\n3\n4\n5\n']);
  scrolled.type('x');
  expect([scrolled.linesBelow, scrolled.text()]).toEqual([0, '3\n4\n5\n6\n']);
});

test('the wheel scrolls what went by, and is arrows for a program with the whole screen', () => {
  const inputs: string[] = [];
  const shell = emulatorWith('1\r\n2\r\n3\r\n4\r\n5\r\n6', columns, rows, inputs);
  shell.wheel(-2);
  expect([shell.linesBelow, inputs]).toEqual([2, []]);
  emulatorWith(`${ESC}[?1049h`, columns, rows, inputs).wheel(-2);
  expect(inputs).toEqual([`${ESC}[A${ESC}[A`]);
});
