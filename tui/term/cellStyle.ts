/**
 * How one cell of a frame looks, as a number: a role of ours, or the look that a program in a terminal pane gave it.
 *
 * A look keeps nine bits for each colour: 0 to 255 are the terminal's palette, `OWN_COLOUR` is its own colour, and the
 * numbers between stand for 24-bit colours (trueColours.ts). The terminal library packs its cells the same way.
 *
 * Not here: what roles look like (theme.ts).
 */
import { ROLES, type Role } from './roles.ts';

export const OWN_COLOUR = 0x1ff;

export const FLAG = { bold: 1, underline: 2, blink: 4, inverse: 8, invisible: 16 } as const;

export interface CellLook {
  /** Of FLAG, added up. */
  readonly flags: number;
  readonly foreground: number;
  readonly background: number;
}

const LOOK_BIT = 0x8000_0000;

/** The place of a role in ROLES. */
export const styleOf = (role: Role): number => ROLES.indexOf(role);

export const styleOfLook = ({ flags, foreground, background }: CellLook): number =>
  (LOOK_BIT | (flags << 18) | (foreground << 9) | background) >>> 0;

/** Undefined where the style is a role. */
export function lookOf(style: number): CellLook | undefined {
  if (style < LOOK_BIT) return undefined;
  return { flags: (style >>> 18) & 0x1f, foreground: (style >>> 9) & 0x1ff, background: style & 0x1ff };
}

/** The library's own form of a look. */
export const packLook = ({ flags, foreground, background }: CellLook): number =>
  (flags << 18) | (foreground << 9) | background;
