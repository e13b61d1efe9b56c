/**
 * A terminal inside the UI: the bytes that a program writes become cells; keys become what the program expects.
 * The only file that knows the emulator library.
 *
 * Invariants
 *  - Nothing that a program writes leaves as anything but cells: titles, clipboard and modes end here, and every cell
 *    is made harmless once more (safe.ts), so that no mark turns the direction of what stands beside it.
 *  - What the emulator answers to a query goes to the program's input and nowhere else.
 *
 * Not here: where the bytes come from (terminals/), which keys reach it (app.ts).
 */
import xterm, { type IBufferCell, type Terminal } from '@xterm/headless';
import { safe } from '../safe.ts';
import type { Canvas, Rect } from './canvas.ts';
import { FLAG, OWN_COLOUR, styleOfLook } from './cellStyle.ts';
import { widthTable } from './charWidth.ts';
import { type MouseInput, mouseReport } from './input.ts';
import { numberOf } from './trueColours.ts';

export interface EmulatorOptions {
  readonly columns: number;
  readonly rows: number;
  /** Keys as the program expects them, and answers to its queries. */
  readonly onInput: (text: string) => void;
}

const scrollbackLinesMax = 5_000;
const ESC = '\u001b';
const PASTE_END = `${ESC}[201~`;
const MODE = { cursor: 25, mouseAsText: 1006 } as const;
const DIM_COLOUR = 8;
/** Arrows, Home and End in the two forms that a terminal has. */
const PLAIN_ARROW = new RegExp(`${ESC}\\[([ABCDHF])`, 'g');
const APPLICATION_ARROW = new RegExp(`${ESC}O([ABCDHF])`, 'g');

export class Emulator {
  readonly #terminal: Terminal;
  readonly #modes = new Set<number>();
  #cell: IBufferCell | undefined;

  constructor({ columns, rows, onInput }: EmulatorOptions) {
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: scrollbackLinesMax,
      allowProposedApi: true,
      logLevel: 'off', // It would write to the real terminal what it cannot parse.
    });
    this.#terminal.unicode.register(widthTable);
    this.#terminal.unicode.activeVersion = widthTable.version;
    this.#terminal.onData(onInput);
    this.#watchModes();
  }

  /** `parsed` is called once the bytes are cells. */
  write(bytes: string | Uint8Array, parsed?: () => void): void {
    this.#terminal.write(bytes, parsed);
  }

  /** Keys, as the outer terminal sent them. Shows the newest lines again. */
  type(text: string): void {
    this.#terminal.input(this.#translated(text), true);
  }

  /** In brackets where the program asked for them; what could end the brackets early is taken out. */
  paste(text: string): void {
    const lines = text.replace(/\r?\n/g, '\r');
    const isBracketed = this.#terminal.modes.bracketedPasteMode;
    this.#terminal.input(isBracketed ? `${ESC}[200~${lines.replaceAll(PASTE_END, '')}${PASTE_END}` : lines, true);
  }

  /** What the mouse did at a cell of this terminal; false where the program does not want to know. */
  mouse(input: MouseInput, x: number, y: number): boolean {
    const { mouseTrackingMode: wanted } = this.#terminal.modes;
    if (wanted === 'none' || !this.#modes.has(MODE.mouseAsText)) return false;
    const isMotion = input.action === 'drag';
    if (!isMotion || wanted === 'drag' || wanted === 'any') this.#terminal.input(mouseReport(input, x, y), false);
    return true;
  }

  /** The wheel scrolls what went by; a program that has the whole screen gets arrows, as terminals do. */
  wheel(lines: number): void {
    if (this.#terminal.buffer.active.type === 'normal') this.#terminal.scrollLines(lines);
    else this.type(`${ESC}O${lines < 0 ? 'A' : 'B'}`.repeat(Math.abs(lines)));
  }

  scroll(lines: number): void {
    if (Number.isFinite(lines)) this.#terminal.scrollLines(lines);
    else if (lines < 0) this.#terminal.scrollToTop();
    else this.#terminal.scrollToBottom();
  }

  /** A screenful, less the line that stays to be found again. */
  scrollPages(pages: number): void {
    this.#terminal.scrollLines(pages * Math.max(1, this.#terminal.rows - 1));
  }

  /** Lines between what is shown and the newest. */
  get linesBelow(): number {
    const { baseY, viewportY } = this.#terminal.buffer.active;
    return baseY - viewportY;
  }

  /** True when the size is another one. */
  resize(columns: number, rows: number): boolean {
    if (columns === this.#terminal.cols && rows === this.#terminal.rows) return false;
    this.#terminal.resize(columns, rows);
    return true;
  }

  /** Of what is shown; undefined where the program hides it, or it is scrolled away. */
  get cursor(): { readonly x: number; readonly y: number } | undefined {
    if (this.#modes.has(-MODE.cursor) || this.linesBelow > 0) return undefined;
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { x: Math.min(cursorX, this.#terminal.cols - 1), y: cursorY };
  }

  /** The lines that are shown, for the clipboard. */
  text(): string {
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: this.#terminal.rows }, (_, y) => active.getLine(active.viewportY + y));
    const text = lines.map((line) => line?.translateToString(true).trimEnd() ?? '');
    return `${text.join('\n').trimEnd()}\n`;
  }

  draw(canvas: Canvas, { x, y, width, height }: Rect): void {
    const { active } = this.#terminal.buffer;
    const rows = Math.min(height, this.#terminal.rows);
    const columns = Math.min(width, this.#terminal.cols);
    for (let row = 0; row < rows; row += 1) {
      const line = active.getLine(active.viewportY + row);
      for (let column = 0; line !== undefined && column < columns; column += 1) {
        const cell = line.getCell(column, this.#cell);
        if (cell === undefined) break;
        this.#cell = cell;
        const isCut = cell.getWidth() === 2 && column + 1 >= columns;
        canvas.cell(x + column, y + row, isCut ? ' ' : characterOf(cell), styleOfCell(cell));
      }
    }
  }

  close(): void {
    this.#terminal.dispose();
  }

  /** The outer terminal sends arrows in one of two forms; the program expects the form that it asked for. */
  #translated(text: string): string {
    return this.#terminal.modes.applicationCursorKeysMode
      ? text.replaceAll(PLAIN_ARROW, `${ESC}O$1`)
      : text.replaceAll(APPLICATION_ARROW, `${ESC}[$1`);
  }

  /** The library does not tell all modes: which are set is kept here, and the hidden cursor as its negative. */
  #watchModes(): void {
    const { parser } = this.#terminal;
    const keep = (isOn: boolean) => (params: (number | number[])[]) => {
      for (const mode of params.flat()) {
        this.#modes.delete(isOn ? -mode : mode);
        this.#modes.add(isOn ? mode : -mode);
      }
      return false;
    };
    const forget = (): boolean => {
      this.#modes.clear();
      return false;
    };
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, keep(true));
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, keep(false));
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, forget);
    parser.registerEscHandler({ final: 'c' }, forget);
  }
}

/** '' in the second half of a wide character. */
function characterOf(cell: IBufferCell): string {
  if (cell.getWidth() === 0) return '';
  const characters = cell.getChars();
  if (characters.length === 1 && characters >= ' ' && characters <= '~') return characters;
  return safe(characters) || ' ';
}

function styleOfCell(cell: IBufferCell): number {
  if (cell.isAttributeDefault()) return PLAIN;
  const foreground = cell.isFgDefault() ? OWN_COLOUR : cell.isFgRGB() ? numberOf(cell.getFgColor()) : cell.getFgColor();
  const background = cell.isBgDefault() ? OWN_COLOUR : cell.isBgRGB() ? numberOf(cell.getBgColor()) : cell.getBgColor();
  const isGrey = cell.isDim() !== 0 && foreground === OWN_COLOUR;
  return styleOfLook({ flags: flagsOf(cell), foreground: isGrey ? DIM_COLOUR : foreground, background });
}

const PLAIN = styleOfLook({ flags: 0, foreground: OWN_COLOUR, background: OWN_COLOUR });

const flagsOf = (cell: IBufferCell): number =>
  (cell.isBold() ? FLAG.bold : 0) |
  (cell.isUnderline() ? FLAG.underline : 0) |
  (cell.isBlink() ? FLAG.blink : 0) |
  (cell.isInverse() ? FLAG.inverse : 0) |
  (cell.isInvisible() ? FLAG.invisible : 0);
