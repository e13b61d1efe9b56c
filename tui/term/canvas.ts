/**
 * A frame: cells of character and style, where the mouse may click, and where the cursor stands.
 *
 * Invariants
 *  - Every text passes through `safe` here, whatever a view did: no cell holds a control character. What comes as
 *    cells (emulator.ts) has passed through it already.
 *  - A wide character takes its cell and leaves '' in the next; one that does not fit whole is a blank.
 *  - Nothing is drawn outside the canvas, nor outside the width that was given.
 *
 * Not here: colours (theme.ts), the terminal (host.ts), character sets (glyphs.ts).
 */
import { safe } from '../safe.ts';
import { styleOf } from './cellStyle.ts';
import { charWidth } from './charWidth.ts';
import type { Role } from './roles.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a click on a stretch of the screen means; the reducer knows. */
export interface Hotspot<Target> extends Rect {
  readonly target: Target;
}

export class Canvas<Target = unknown> {
  readonly width: number;
  readonly height: number;
  readonly characters: string[];
  readonly styles: Uint32Array;
  readonly hotspots: Hotspot<Target>[] = [];
  cursor: { readonly x: number; readonly y: number } | undefined;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.characters = ' '.repeat(width * height).split('');
    this.styles = new Uint32Array(width * height);
  }

  /** Draws at most `width` columns of one line; returns the columns used. */
  text(x: number, y: number, text: string, role: Role = 'plain', width = this.width - x): number {
    if (y < 0 || y >= this.height || x < 0) return 0;
    const end = Math.min(this.width, x + Math.max(0, width));
    const style = styleOf(role);
    let at = x;
    for (const character of safe(text)) {
      const columns = charWidth(character);
      if (columns === 0) this.#combine(x, at, y, character);
      else if (at + columns > end) {
        for (; at < end; at += 1) this.#put(at, y, ' ', style);
        break;
      } else {
        this.#put(at, y, character, style);
        if (columns === 2) this.#put(at + 1, y, '', style);
        at += columns;
      }
    }
    return at - x;
  }

  /** One cell as it is: a character that is harmless and fits (`''` after a wide one), in a style of cellStyle.ts. */
  cell(x: number, y: number, character: string, style: number): void {
    this.#put(x, y, character.length > MARKED_LENGTH_MAX ? ' ' : character, style);
  }

  /** Gives cells another role and keeps their characters. */
  restyle(x: number, y: number, width: number, role: Role): void {
    if (y < 0 || y >= this.height) return;
    const from = y * this.width + Math.max(0, x);
    this.styles.fill(styleOf(role), from, y * this.width + Math.min(this.width, x + width));
  }

  clear({ x, y, width, height }: Rect, role: Role = 'plain'): void {
    for (let row = y; row < y + height; row += 1) this.text(x, row, ' '.repeat(Math.max(0, width)), role, width);
  }

  box(rect: Rect, title: string, role: Role = 'dim', titleRole: Role = 'plain'): void {
    const { x, y, width, height } = rect;
    const line = '─'.repeat(Math.max(0, width - 2));
    this.text(x, y, `┌${line}┐`, role, width);
    for (let row = y + 1; row < y + height - 1; row += 1) {
      this.text(x, row, '│', role);
      this.text(x + width - 1, row, '│', role);
    }
    this.text(x, y + height - 1, `└${line}┘`, role, width);
    if (title !== '') this.text(x + 2, y, ` ${title} `, titleRole, width - 4);
  }

  hotspot(rect: Rect, target: Target): void {
    this.hotspots.push({ ...rect, target });
  }

  /** What was drawn last lies on top. */
  hotspotAt(x: number, y: number): Hotspot<Target> | undefined {
    return this.hotspots.findLast((spot) => contains(spot, x, y));
  }

  targetAt(x: number, y: number): Target | undefined {
    return this.hotspotAt(x, y)?.target;
  }

  /** The characters alone, a line a row, without blanks at the end. */
  toString(): string {
    return Array.from({ length: this.height }, (_, y) =>
      this.characters
        .slice(y * this.width, (y + 1) * this.width)
        .join('')
        .trimEnd(),
    ).join('\n');
  }

  #put(x: number, y: number, character: string, style: number): void {
    this.characters[y * this.width + x] = character;
    this.styles[y * this.width + x] = style;
  }

  /** An accent joins the character before it, a few at most: thousands would take the terminal's time. */
  #combine(from: number, at: number, y: number, mark: string): void {
    if (at <= from) return;
    const before = this.characters[y * this.width + at - 1] === '' ? at - 2 : at - 1;
    const place = y * this.width + before;
    const base = this.characters[place] ?? ' ';
    if (before >= from && base.length < MARKED_LENGTH_MAX) this.characters[place] = base + mark;
  }
}

/** UTF-16 units of one cell: a character and three marks. */
const MARKED_LENGTH_MAX = 5;

export const contains = ({ x, y, width, height }: Rect, atX: number, atY: number): boolean =>
  atX >= x && atX < x + width && atY >= y && atY < y + height;

/** The inside of a box. */
export const inside = ({ x, y, width, height }: Rect): Rect => ({
  x: x + 1,
  y: y + 1,
  width: Math.max(0, width - 2),
  height: Math.max(0, height - 2),
});
