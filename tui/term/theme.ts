/**
 * Roles → how they look. The terminal's own foreground, background and first colours alone, so that dark and light
 * terminals both work; what is selected is inverse.
 *
 * Not here: which cell has which role (views), how a look is written to the terminal (host.ts).
 */
import { ROLES, type Role } from './roles.ts';

export interface Look {
  /** Number in the terminal's palette; undefined: its own foreground. */
  readonly colour?: number;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export type Theme = Readonly<Record<Role, Look>>;

export const DEFAULT_THEME: Theme = {
  plain: {},
  dim: { colour: 8 },
  ok: { colour: 2 },
  warn: { colour: 3 },
  bad: { colour: 1, bold: true },
  accent: { colour: 6 },
  strong: { bold: true },
  selected: { inverse: true },
  key: { colour: 6, bold: true },
};

/** Colours beyond what there is are left out. */
export function fitTheme(theme: Theme, colours: number): Theme {
  const fitted = ({ colour, ...look }: Look): Look =>
    colour !== undefined && colour < colours ? { ...look, colour } : look;
  return Object.fromEntries(ROLES.map((role) => [role, fitted(theme[role])])) as Theme;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** `bold bright-red`, as the configuration file says it; undefined for what is no look. */
export function parseLook(text: string): Look | undefined {
  let look: Look = {};
  for (const word of text.split(/\s+/).filter((it) => it !== '')) {
    const bright = word.startsWith('bright-');
    const colour = COLOURS.indexOf((bright ? word.slice('bright-'.length) : word) as (typeof COLOURS)[number]);
    if (word === 'bold' || word === 'underline' || word === 'inverse') look = { ...look, [word]: true };
    else if (colour >= 0) look = { ...look, colour: colour + (bright ? 8 : 0) };
    else if (word !== 'default') return undefined;
  }
  return look;
}
