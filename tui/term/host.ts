/**
 * The terminal that the UI runs on: the only file that knows blessed, and everything that has to be done around it.
 *
 * blessed owns the alternate screen and writes the difference between two frames. Its widgets, its reading of
 * terminal descriptions and its parser of keys are not used: cells are drawn into its buffer directly, one of its
 * bundled descriptions drives the terminal, and input is read as it comes (input.ts).
 *
 * Invariants
 *  - However the program ends, the terminal is put back: `close`, a fault, and the exit of the process all do it.
 *  - A terminal that does not keep up gets the newest frame once it has read the last one, never a backlog.
 *
 * Not here: what is drawn (views/), what keys mean (keys/).
 */
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import blessed, { type Widgets } from 'blessed';
import type { Canvas } from './canvas.ts';
import type { Capabilities } from './capabilities.ts';
import { type CellLook, FLAG, lookOf, OWN_COLOUR, packLook } from './cellStyle.ts';
import { charWidth } from './charWidth.ts';
import { ROLES } from './roles.ts';
import { fitTheme, type Look, type Theme } from './theme.ts';
import { colourOf, expand, nearest } from './trueColours.ts';

type Row = [attribute: number, character: string][] & { dirty: boolean };

/** What is used of blessed that its types leave out. */
interface RawScreen extends Widgets.Screen {
  lines: Row[];
  readonly program: Widgets.Screen['program'] & RawProgram;
  enter(): void;
  leave(): void;
  alloc(): void;
  draw(from: number, to: number): void;
}
interface RawProgram {
  readonly isAlt: boolean;
  cursorHidden: boolean;
  flush(): void;
  _write(text: string): void;
  showCursor(): void;
  hideCursor(): void;
  cursorPos(y: number, x: number): void;
}
interface RawBlessed {
  readonly tput: { readonly ipaths: string[] };
  readonly unicode: { charWidth(text: string | number, at?: number): number };
}

export interface HostStreams {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
}

export interface HostOptions extends HostStreams {
  readonly capabilities: Capabilities;
  readonly theme: Theme;
  readonly title: string;
  readonly mouse: boolean;
  onResize(): void;
}

/** Presses, releases, drags and the wheel in their modern form; never every motion, which floods a slow line. */
const MOUSE_ON = '\u001b[?1000h\u001b[?1002h\u001b[?1006h';
const MOUSE_OFF = '\u001b[?1006l\u001b[?1002l\u001b[?1000l';
/** Pastes arrive in brackets, so that no pasted letter is taken for a key. */
const PASTE_ON = '\u001b[?2004h';
const PASTE_OFF = '\u001b[?2004l';

export class Host {
  readonly #options: HostOptions;
  readonly #screen: RawScreen;
  readonly #attributes: readonly number[];
  #mouse: boolean;
  #isOpen = true;
  #drawn: Canvas | undefined;
  #waiting: Canvas | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#mouse = options.mouse;
    const theme = fitTheme(options.theme, options.capabilities.colours);
    this.#attributes = ROLES.map((role) => attribute(theme[role]));
    this.#screen = openScreen(options);
    this.#screen.program.on('resize', () => this.#resized());
    process.on('exit', this.#restore);
    this.#takeTerminal();
  }

  get width(): number {
    return Math.max(1, this.#options.stdout.columns || 80);
  }

  get height(): number {
    return Math.max(1, this.#options.stdout.rows || 24);
  }

  /** Draws what changed since the last frame. */
  paint(canvas: Canvas): void {
    if (!this.#isOpen) return;
    const { stdout } = this.#options;
    if (stdout.writableNeedDrain) {
      if (this.#waiting === undefined) stdout.once('drain', () => this.#paintWaiting());
      this.#waiting = canvas;
      return;
    }
    for (let y = 0; y < this.#screen.lines.length; y += 1) this.#paintRow(canvas, y);
    this.#drawn = canvas;
    this.#screen.draw(0, this.#screen.lines.length - 1);
    this.#placeCursor(canvas);
    this.#screen.program.flush();
  }

  /** Everything anew, after something else wrote to the terminal. */
  redraw(): void {
    this.#drawn = undefined;
    this.#screen.alloc();
  }

  setMouse(on: boolean): void {
    this.#mouse = on;
    this.#write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Hands text to the clipboard of the person's own machine, through SSH and tmux too. */
  copy(text: string): void {
    this.#write(`\u001b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\u0007`);
  }

  /** Gives the terminal back to the shell until the shell says to go on. */
  suspend(): void {
    this.#giveTerminal();
    process.once('SIGCONT', () => {
      refreshSize(this.#options.stdout); // A resize meanwhile told nobody.
      this.#screen.enter();
      this.#takeTerminal();
      this.redraw();
      this.#options.onResize();
    });
    process.kill(process.pid, 'SIGTSTP');
  }

  /** Puts the terminal back for good. */
  close(): void {
    process.off('exit', this.#restore);
    this.#restore();
    this.#screen.destroy();
    this.#options.stdin.pause();
  }

  #restore = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#giveTerminal();
  };

  #takeTerminal(): void {
    this.#options.stdin.setRawMode(true);
    this.#write(PASTE_ON + (this.#mouse ? MOUSE_ON : ''));
  }

  #giveTerminal(): void {
    this.#write(PASTE_OFF + MOUSE_OFF);
    this.#screen.leave();
    this.#screen.program.flush();
    if (!this.#options.stdin.destroyed) this.#options.stdin.setRawMode(false);
  }

  #write(text: string): void {
    this.#screen.program._write(text);
    this.#screen.program.flush();
  }

  #resized(): void {
    this.#drawn = undefined;
    this.#options.onResize();
  }

  #paintWaiting(): void {
    const canvas = this.#waiting;
    this.#waiting = undefined;
    if (canvas !== undefined) this.paint(canvas);
  }

  #paintRow(canvas: Canvas, y: number): void {
    const row = this.#screen.lines[y];
    if (row === undefined || y >= canvas.height || isSameRow(canvas, this.#drawn, y)) return;
    for (let x = 0; x < row.length; x += 1) {
      const cell = row[x];
      if (cell === undefined) break;
      const at = y * canvas.width + x;
      cell[0] = this.#attribute(canvas.styles[at] ?? 0);
      cell[1] = (x < canvas.width ? canvas.characters[at] : ' ') || ' ';
    }
    row.dirty = true;
  }

  #attribute(style: number): number {
    const look = lookOf(style);
    return look === undefined ? (this.#attributes[style] ?? DEFAULT_ATTRIBUTE) : packLook(this.#fitted(look));
  }

  /** In the colours that there are. */
  #fitted({ flags, foreground, background }: CellLook): CellLook {
    const { colours, profile, trueColour } = this.#options.capabilities;
    const within = (colour: number): number => {
      if (colour === OWN_COLOUR || colours === 0) return OWN_COLOUR;
      const rgb = colourOf(colour);
      const known = rgb === undefined || trueColour ? colour : nearest(rgb);
      if (profile === 'xterm-256color') return known;
      return known < 16 ? known % 8 : OWN_COLOUR; // The console has eight, and a wrong one is worse than none.
    };
    return { flags, foreground: within(foreground), background: within(background) };
  }

  #placeCursor({ cursor }: Canvas): void {
    const { program } = this.#screen;
    if (cursor === undefined) {
      if (!program.cursorHidden) program.hideCursor();
      return;
    }
    program.cursorPos(cursor.y, cursor.x);
    if (program.cursorHidden) program.showCursor();
  }
}

function openScreen({ stdout, capabilities, title }: HostOptions): RawScreen {
  const raw = blessed as unknown as RawBlessed;
  process.env.NCURSES_NO_UTF8_ACS = '1'; // Lines as UTF-8, never as the terminal's second character set.
  raw.tput.ipaths.length = 0; // The library cannot read descriptions of ncurses 6.1 and later.
  raw.unicode.charWidth = (text, at = 0) =>
    typeof text === 'number' ? charWidth(String.fromCodePoint(text)) : charWidth(text.slice(at));
  const screen = blessed.screen({
    input: deafInput(),
    output: stdout,
    terminal: capabilities.profile,
    title,
    smartCSR: false,
    useBCE: false,
    fullUnicode: true,
    forceUnicode: true,
    autoPadding: false,
    resizeTimeout: 40, // Without it each step of a drag clears the screen.
  } as Widgets.IScreenOptions) as RawScreen;
  const write = screen.program._write.bind(screen.program);
  screen.program._write = (text) => write(expand(text));
  return screen;
}

/** Nothing ever comes in here: input goes past blessed. */
const deafInput = (): NodeJS.ReadStream => new PassThrough() as unknown as NodeJS.ReadStream;

const isSameRow = (canvas: Canvas, drawn: Canvas | undefined, y: number): boolean => {
  if (drawn === undefined || drawn.width !== canvas.width) return false;
  const end = (y + 1) * canvas.width;
  for (let at = y * canvas.width; at < end; at += 1) {
    if (canvas.characters[at] !== drawn.characters[at] || canvas.styles[at] !== drawn.styles[at]) return false;
  }
  return true;
};

const DEFAULT_ATTRIBUTE = packLook({ flags: 0, foreground: OWN_COLOUR, background: OWN_COLOUR });

function attribute({ colour = OWN_COLOUR, bold, underline, inverse }: Look): number {
  const flags = (bold ? FLAG.bold : 0) | (underline ? FLAG.underline : 0) | (inverse ? FLAG.inverse : 0);
  return packLook({ flags, foreground: colour, background: OWN_COLOUR });
}

const refreshSize = (stdout: WriteStream): void => {
  (stdout as unknown as { _refreshSize?(): void })._refreshSize?.();
};
