/** What the views show of something that lives outside the state: the cells of terminals, by their number. */
import type { Canvas, Rect } from '../term/canvas.ts';

export interface Screens {
  draw(id: number, canvas: Canvas, rect: Rect): void;
  /** Where the program has its cursor; undefined where it shows none. */
  cursorOf(id: number): { readonly x: number; readonly y: number } | undefined;
  /** How far one has scrolled back. */
  linesBelow(id: number): number;
}

export const NO_SCREENS: Screens = {
  draw: () => undefined,
  cursorOf: () => undefined,
  linesBelow: () => 0,
};
