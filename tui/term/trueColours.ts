/**
 * 24-bit colours for a terminal library that knows 256: its nine bits for a colour have 255 numbers that mean nothing.
 * Each is lent to one 24-bit colour, and rewritten on its way to the terminal.
 *
 * When all are lent, further colours become the nearest of the palette.
 */
import { OWN_COLOUR } from './cellStyle.ts';

const FIRST = 256;

/** Shared by everything that is drawn, because the library's cells outlive a frame. */
const numbers = new Map<number, number>();
const colours: number[] = [];

/** A colour's number in a cell. `rgb` is 0xRRGGBB. */
export function numberOf(rgb: number): number {
  const known = numbers.get(rgb);
  if (known !== undefined) return known;
  const number = FIRST + colours.length;
  if (number >= OWN_COLOUR) return nearest(rgb);
  colours.push(rgb);
  numbers.set(rgb, number);
  return number;
}

/** The 24-bit colour behind a cell's number; undefined for one of the palette. */
export const colourOf = (number: number): number | undefined => colours[number - FIRST];

/** Puts the colours themselves in place of their numbers, in what goes to the terminal. */
export const expand = (text: string): string =>
  colours.length === 0
    ? text
    : text.replace(/([34])8;5;(\d{3})(?=[;m])/g, (sequence, kind: string, number: string) => {
        const rgb = colourOf(Number(number));
        return rgb === undefined ? sequence : `${kind}8;2;${channels(rgb).join(';')}`;
      });

const channels = (rgb: number): readonly [number, number, number] => [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];

/** Levels of the 6×6×6 cube of the 256 colours. */
const LEVELS: readonly number[] = [0, 95, 135, 175, 215, 255];
const GREY_FIRST = 232;

/** Of the 256 colours, past the first 16, which people set to what they like. */
export function nearest(rgb: number): number {
  const wanted = channels(rgb);
  const steps = wanted.map(nearestLevel);
  const cube = steps.map((step) => LEVELS[step] ?? 0);
  const step = Math.max(0, Math.min(23, Math.round((wanted.reduce((sum, it) => sum + it, 0) / 3 - 8) / 10)));
  const grey = 8 + step * 10;
  const [red = 0, green = 0, blue = 0] = steps;
  return distance(wanted, [grey, grey, grey]) < distance(wanted, cube)
    ? GREY_FIRST + step
    : 16 + 36 * red + 6 * green + blue;
}

const nearestLevel = (value: number): number =>
  LEVELS.reduce((best, level, at) => (Math.abs(level - value) < Math.abs((LEVELS[best] ?? 0) - value) ? at : best), 0);

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0);
