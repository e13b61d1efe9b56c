/** The screen between the first line and the last. */
import type { Rect } from '../term/canvas.ts';

export const bodyOf = ({ width, height }: Pick<Rect, 'width' | 'height'>): Rect => ({
  x: 0,
  y: 1,
  width,
  height: Math.max(0, height - 2),
});
