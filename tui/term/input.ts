/**
 * Bytes from the terminal → keys, pastes and mouse reports.
 *
 * Sequences may come in pieces. What has begun like one and does not go on is a key by itself: `flush`, which whoever
 * reads the terminal calls after a short while, says so.
 *
 * Keys are named as in the configuration file: the character itself, `enter`, `C-l`, `S-tab`, `M-x`. Each comes with
 * its own bytes, for a program in a pane, and so does what is no key of ours.
 *
 * Not here: what a key does (keys/), timers (app.ts).
 */
export type Input =
  | { readonly type: 'key'; readonly key: string; readonly text: string }
  /** A sequence that means nothing here. */
  | { readonly type: 'other'; readonly text: string }
  | { readonly type: 'paste'; readonly text: string }
  | MouseInput;

export interface MouseInput {
  readonly type: 'mouse';
  readonly action: 'press' | 'release' | 'drag' | 'wheelUp' | 'wheelDown';
  /** Button and modifiers, as in the report. */
  readonly code: number;
  /** From 0 at the top left. */
  readonly x: number;
  readonly y: number;
}

const ESC = '\u001b';
const PASTE_BEGIN = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;
/** What follows ESC in a whole sequence: CSI, SS3, or one character. */
const SEQUENCE = /^(?:\[(?:\[[A-E]|[<-?]?[\d;:]*[ -/]*[@-~])|O[\d;]*[A-Za-z]|[^[O])/u;
/** What follows ESC in one that may go on. */
const PARTIAL = /^(?:\[(?:\[|[<-?]?[\d;:]*[ -/]*)?|O[\d;]*)?$/;
const MOUSE = /^\[<(\d+);(\d+);(\d+)([Mm])$/;

export class InputParser {
  #held = '';

  /** Whether something waits for its end. */
  get isWaiting(): boolean {
    return this.#held !== '';
  }

  feed(text: string): readonly Input[] {
    let rest = this.#held + text;
    this.#held = '';
    const found: Input[] = [];
    while (rest !== '') {
      const taken = this.#take(rest);
      if (taken === undefined) {
        this.#held = rest;
        break;
      }
      found.push(taken.input);
      rest = rest.slice(taken.length);
    }
    return found;
  }

  /** What waited does not go on: `ESC` alone is the key. */
  flush(): readonly Input[] {
    const held = this.#held;
    if (held === '' || held.startsWith(PASTE_BEGIN)) return [];
    this.#held = '';
    return [held === ESC ? { type: 'key', key: 'escape', text: ESC } : { type: 'other', text: held }];
  }

  /** The first of it; undefined where its end is still to come. */
  #take(text: string): { readonly length: number; readonly input: Input } | undefined {
    if (text.startsWith(PASTE_BEGIN)) {
      const end = text.indexOf(PASTE_END);
      if (end < 0) return undefined;
      const pasted = text.slice(PASTE_BEGIN.length, end);
      return { length: end + PASTE_END.length, input: { type: 'paste', text: pasted } };
    }
    if (!text.startsWith(ESC)) {
      const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
      return { length: character.length, input: { type: 'key', key: characterKey(character), text: character } };
    }
    if (text.startsWith(ESC + ESC)) return { length: 1, input: read('') };
    if (PARTIAL.test(text.slice(1))) return undefined;
    const sequence = SEQUENCE.exec(text.slice(1))?.[0] ?? '';
    return { length: ESC.length + sequence.length, input: read(sequence) };
  }
}

const NAMED: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  ' ': 'space',
  [ESC]: 'escape',
  '\u0000': 'C-space',
  '\u001c': 'C-\\',
  '\u001d': 'C-]',
  '\u001e': 'C-^',
  '\u001f': 'C-_',
};

function characterKey(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  return character < ' ' ? `C-${String.fromCharCode(character.charCodeAt(0) + 0x60)}` : character;
}

const FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};
const TILDE: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};
const CONSOLE_F = ['f1', 'f2', 'f3', 'f4', 'f5'] as const;

/** `sequence` without its ESC. */
function read(sequence: string): Input {
  const text = ESC + sequence;
  if (sequence === '') return { type: 'key', key: 'escape', text };
  const mouse = MOUSE.exec(sequence);
  if (mouse !== null) return readMouse(Number(mouse[1]), Number(mouse[2]), Number(mouse[3]), mouse[4] === 'M');
  const key = keyOf(sequence);
  return key === undefined ? { type: 'other', text } : { type: 'key', key, text };
}

function keyOf(sequence: string): string | undefined {
  if (sequence === '[Z') return 'S-tab';
  const console = /^\[\[([A-E])$/.exec(sequence)?.[1];
  if (console !== undefined) return CONSOLE_F[console.charCodeAt(0) - 0x41];
  const [, number, modifier = '1'] = /^\[(\d+)(?:;(\d+))?~$/.exec(sequence) ?? [];
  if (number !== undefined) return named(TILDE[number], modifier);
  const [, shift = '1', letter] = /^[[O](?:1?;?(\d+))?([A-Z])$/.exec(sequence) ?? [];
  if (letter !== undefined) return isReport(sequence) ? undefined : named(FINAL[letter], shift);
  return /^[^[O]$/u.test(sequence) ? `M-${characterKey(sequence)}` : undefined;
}

/** `[12;40R` tells where the cursor is; only `[1;5R` is a key. */
const isReport = (sequence: string): boolean => /^\[(?!1;)\d+;/.test(sequence);

const named = (name: string | undefined, modifier: string): string | undefined =>
  name === undefined ? undefined : modifiers(Number(modifier) - 1) + name;

const modifiers = (bits: number): string => `${bits & 4 ? 'C-' : ''}${bits & 2 ? 'M-' : ''}${bits & 1 ? 'S-' : ''}`;

const WHEEL = 64;
const DRAG = 32;

function readMouse(button: number, column: number, row: number, isPress: boolean): MouseInput {
  const place = { type: 'mouse', code: button, x: column - 1, y: row - 1 } as const;
  if (button & WHEEL) return { ...place, action: button & 1 ? 'wheelDown' : 'wheelUp' };
  if (button & DRAG) return { ...place, action: 'drag' };
  return { ...place, action: isPress ? 'press' : 'release' };
}

/** What a program in a pane is told, of a cell of its own. */
export const mouseReport = ({ code, action }: MouseInput, x: number, y: number): string =>
  `${ESC}[<${code};${x + 1};${y + 1}${action === 'release' ? 'm' : 'M'}`;
