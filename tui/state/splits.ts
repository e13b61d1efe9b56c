/**
 * How the terminals of one page share their place: a tree of halves. Pure.
 *
 * Not here: what is in a terminal (terminals/), which page is shown (terminals.ts).
 */
import type { Rect } from '../term/canvas.ts';

/** `columns`: side by side; `rows`: one above the other. */
export type Direction = 'columns' | 'rows';

/** A terminal's number, or two halves. */
export type Splits = number | { readonly direction: Direction; readonly halves: readonly [Splits, Splits] };

export interface PlacedTerminal {
  readonly id: number;
  /** With its box. */
  readonly rect: Rect;
}

/** In the order in which they are read. */
export const terminalsIn = (splits: Splits): readonly number[] =>
  typeof splits === 'number' ? [splits] : splits.halves.flatMap(terminalsIn);

/** A new terminal takes half the place of `at`, right of it or below. */
export function withSplit(splits: Splits, at: number, direction: Direction, id: number): Splits {
  if (splits === at) return { direction, halves: [at, id] };
  if (typeof splits === 'number') return splits;
  const [first, second] = splits.halves;
  return { ...splits, halves: [withSplit(first, at, direction, id), withSplit(second, at, direction, id)] };
}

/** Its neighbour gets its place; undefined where it was the last one. */
export function withoutTerminal(splits: Splits, id: number): Splits | undefined {
  if (splits === id) return undefined;
  if (typeof splits === 'number') return splits;
  const [first, second] = splits.halves.map((half) => withoutTerminal(half, id));
  if (first === undefined || second === undefined) return first ?? second;
  return { ...splits, halves: [first, second] };
}

export function place(splits: Splits, rect: Rect): readonly PlacedTerminal[] {
  if (typeof splits === 'number') return [{ id: splits, rect }];
  const [first, second] = halvesOf(rect, splits.direction);
  return [...place(splits.halves[0], first), ...place(splits.halves[1], second)];
}

export function halvesOf(rect: Rect, direction: Direction): readonly [Rect, Rect] {
  const { x, y, width, height } = rect;
  if (direction === 'columns') {
    const left = Math.ceil(width / 2);
    return [
      { ...rect, width: left },
      { ...rect, x: x + left, width: width - left },
    ];
  }
  const upper = Math.ceil(height / 2);
  return [
    { ...rect, height: upper },
    { ...rect, y: y + upper, height: height - upper },
  ];
}
