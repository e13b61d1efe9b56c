/**
 * What keys mean: bindings, help and footer all come from one table (table.ts).
 *
 * Invariants
 *  - In one pane a key means one thing; a configuration that says otherwise is refused, naming both.
 *
 * Not here: what an action does (state/perform.ts).
 */
import { PANES } from '../state/names.ts';
import { type KeyPlace, LISTS, type Row, TABLE } from './table.ts';

export type ActionName = (typeof TABLE)[number]['action'];

export interface Binding extends Row {
  readonly action: ActionName;
  readonly pair?: ActionName;
}

export type Keymap = readonly Binding[];

export const DEFAULT_KEYMAP: Keymap = TABLE;

/** While a terminal has the keys nothing of the UI may fire; after the prefix its views and its help may. */
function holds({ where, action }: Binding, place: KeyPlace): boolean {
  if (where !== 'everywhere') return where.includes(place);
  if (place === 'prefix') return action === 'help' || action.startsWith('view.');
  return place !== 'raw' && place !== 'scroll';
}

/** What a key means in a pane. */
export const actionFor = (keymap: Keymap, place: KeyPlace, key: string): ActionName | undefined =>
  keymap.find((binding) => holds(binding, place) && binding.keys.includes(key))?.action;

export const bindingOf = (keymap: Keymap, action: ActionName): Binding => {
  const found = keymap.find((binding) => binding.action === action);
  if (found === undefined) throw new Error(`no key table entry for ${action}`);
  return found;
};

/** `j/k` */
export function shownKeys(keymap: Keymap, { keys, pair }: Binding): string {
  const own = keys[0] ?? '';
  return pair === undefined ? own : `${own}/${bindingOf(keymap, pair).keys[0] ?? ''}`;
}

/** What the footer offers in a pane, the most wanted first. */
export const footerOf = (keymap: Keymap, place: KeyPlace, readonly: boolean): readonly Binding[] =>
  keymap
    .filter((binding) => binding.footer !== undefined && holds(binding, place) && !(readonly && binding.changes))
    .toSorted((a, b) => (a.footer ?? 0) - (b.footer ?? 0));

export interface HelpSection {
  readonly title: string;
  readonly bindings: readonly Binding[];
}

/** The whole table as help shows it: what holds everywhere, then each pane's own. */
export function helpOf(keymap: Keymap, readonly: boolean): readonly HelpSection[] {
  const shown = keymap.filter((binding) => !(readonly && binding.changes));
  const [prefix = ''] = bindingOf(keymap, 'terminal.prefix').keys;
  const title = ({ where }: Binding): string => {
    if (where === 'everywhere' || where.length >= LISTS.length) return 'everywhere';
    if (where.includes('prefix')) return `exec; with ${prefix} before it while a terminal has the keys`;
    return where.includes('scroll') ? 'exec, looking at what went by' : where.join(', ');
  };
  return [...Map.groupBy(shown, title)].map(([it, bindings]) => ({ title: it, bindings }));
}

/** The table with other keys for some actions. Throws KeymapError for an unknown action, or one key for two. */
export function withKeys(keymap: Keymap, wanted: Readonly<Record<string, readonly string[]>>): Keymap {
  for (const action of Object.keys(wanted)) {
    if (!keymap.some((binding) => binding.action === action)) throw new KeymapError(`there is no action "${action}"`);
  }
  const changed = keymap.map((binding) => ({ ...binding, keys: wanted[binding.action] ?? binding.keys }));
  const clash = clashIn(changed);
  if (clash === undefined) return changed;
  const [one, other, key] = clash;
  throw new KeymapError(`the key "${key}" is bound to both ${one.action} and ${other.action}`);
}

export class KeymapError extends Error {
  override readonly name = 'KeymapError';
}

function clashIn(keymap: Keymap): readonly [Binding, Binding, string] | undefined {
  for (const [at, one] of keymap.entries()) {
    for (const other of keymap.slice(at + 1)) {
      const key = one.keys.find((it) => other.keys.includes(it));
      if (key !== undefined && overlap(one, other)) return [one, other, key];
    }
  }
  return undefined;
}

const PLACES = [...PANES, 'raw', 'prefix', 'scroll'] as const;

const overlap = (one: Binding, other: Binding): boolean =>
  PLACES.some((place) => holds(one, place) && holds(other, place));
