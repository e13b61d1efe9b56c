/** Numbers as characters: sparklines, and graphs in braille or blocks. Values are shares from 0 to 1, oldest first. */
import type { Glyphs } from '../term/glyphs.ts';

const EIGHTHS = ['▁', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** The newest stands at the right; before the first value there is nothing. */
const newest = (values: readonly number[], count: number): readonly number[] => {
  const shown = values.slice(-count);
  return [...Array.from({ length: count - shown.length }, () => Number.NaN), ...shown];
};

/** One character a value. */
export const sparkline = (values: readonly number[], width: number): string =>
  newest(values, width)
    .map((value) => (Number.isNaN(value) ? ' ' : (EIGHTHS[Math.ceil(clamp(value) * 8)] ?? '█')))
    .join('');

/** Rows of text, the top one first. */
export function graph(values: readonly number[], width: number, height: number, glyphs: Glyphs): readonly string[] {
  return glyphs === 'unicode' ? braille(values, width, height) : blocks(values, width, height);
}

/** Dots of the two columns of a braille character, from the bottom up. */
const LEFT = [0x40, 0x04, 0x02, 0x01] as const;
const RIGHT = [0x80, 0x20, 0x10, 0x08] as const;

function braille(values: readonly number[], width: number, height: number): readonly string[] {
  const shown = newest(values, width * 2);
  return Array.from({ length: height }, (_, row) => {
    const bottom = (height - 1 - row) * 4;
    return Array.from({ length: width }, (_column, x) => {
      const code = dots(shown[x * 2], bottom, height, LEFT) | dots(shown[x * 2 + 1], bottom, height, RIGHT);
      return code === 0 ? ' ' : String.fromCodePoint(0x2800 + code);
    }).join('');
  });
}

/** What of a value falls into the four dots that begin at `bottom`; the lowest dot shows that there is a value. */
function dots(value: number | undefined, bottom: number, height: number, column: readonly number[]): number {
  if (value === undefined || Number.isNaN(value)) return 0;
  const filled = Math.max(1, Math.round(clamp(value) * height * 4)) - bottom;
  return column.slice(0, Math.max(0, filled)).reduce((code, dot) => code | dot, 0);
}

function blocks(values: readonly number[], width: number, height: number): readonly string[] {
  const shown = newest(values, width);
  return Array.from({ length: height }, (_, row) => {
    const bottom = height - 1 - row;
    return shown
      .map((value) => {
        if (Number.isNaN(value)) return ' ';
        const eighths = Math.max(1, Math.round(clamp(value) * height * 8)) - bottom * 8;
        return eighths <= 0 ? ' ' : (EIGHTHS[Math.min(8, eighths)] ?? '█');
      })
      .join('');
  });
}
