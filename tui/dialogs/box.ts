/** The frame that every dialog has: centred, cleared, titled, with what its keys do in the lower line. */
import type { Target } from '../state/events.ts';
import { type Canvas, inside, type Rect } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import type { Role } from '../term/roles.ts';
import type { Line } from './dialog.ts';

/** A key, and what it does. */
export type Hint = readonly [key: string, label: string];

export interface BoxOptions {
  readonly title: string;
  readonly role: Role;
  readonly width: number;
  readonly height: number;
  readonly hints: readonly Hint[];
}

/** Returns the room inside, with a blank column at both sides. */
export function openBox(canvas: Canvas<Target>, { title, role, width, height, hints }: BoxOptions): Rect {
  const box = {
    width: Math.min(canvas.width - 2, Math.max(width, hintWidth(hints) + 4, textWidth(title) + 6) + 4),
    height: Math.min(canvas.height - 2, height + 2),
  };
  const rect = {
    ...box,
    x: Math.floor((canvas.width - box.width) / 2),
    y: Math.floor((canvas.height - box.height) / 2),
  };
  canvas.clear(rect);
  canvas.box(rect, title, role, 'strong');
  drawHints(canvas, rect, hints);
  canvas.cursor = undefined;
  const { x, y, width: room, height: rows } = inside(rect);
  return { x: x + 1, y, width: room - 2, height: rows };
}

/** As it stands on the keyboard. */
const keyLabel = (key: string): string => (key === 'escape' ? 'esc' : key);

const hintWidth = (hints: readonly Hint[]): number =>
  hints.reduce((sum, [key, label]) => sum + textWidth(`${key} ${label}`) + 2, 0);

function drawHints(canvas: Canvas<Target>, rect: Rect, hints: readonly Hint[]): void {
  const y = rect.y + rect.height - 1;
  let x = rect.x + 2;
  for (const [key, label] of hints) {
    const name = keyLabel(key);
    const width = textWidth(`${name} ${label}`);
    if (x + width + 2 > rect.x + rect.width - 1) return;
    canvas.text(x, y, ' ', 'plain');
    canvas.text(x + 1, y, name, 'key');
    canvas.text(x + 1 + textWidth(name), y, ` ${label} `, 'plain');
    canvas.hotspot({ x, y, width: width + 2, height: 1 }, { type: 'dialogKey', key });
    x += width + 2;
  }
}

export const line = (text: string, role: Role = 'plain'): Line => ({ text, role });

/** Breaks a text into lines of at most this many columns, between words where that is possible; indentation stays. */
export function wrap(text: string, width: number): readonly string[] {
  const indent = /^ */.exec(text)?.[0].slice(0, Math.floor(width / 2)) ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of text.trimStart().split(' ')) {
    const longer = current === indent ? indent + word : `${current} ${word}`;
    if (textWidth(longer) <= width) {
      current = longer;
      continue;
    }
    if (current !== indent) lines.push(current);
    const pieces = broken(indent + word, indent, width);
    lines.push(...pieces.slice(0, -1));
    current = pieces.at(-1) ?? indent;
  }
  return [...lines, current];
}

/** One word that may be longer than a line. */
function broken(word: string, indent: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (textWidth(piece + character) > width) {
      pieces.push(piece);
      piece = indent;
    }
    piece += character;
  }
  return [...pieces, piece];
}
