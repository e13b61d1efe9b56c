/**
 * Every key: what it does, where, and how help and footer name it. Bindings, help and footer come from this one table.
 *
 * Invariants
 *  - In one pane a key means one thing; a configuration that says otherwise is refused, naming both.
 *
 * Not here: what an action does (state/perform.ts). Long because it is a table.
 */
import type { PaneName } from '../state/names.ts';

interface Row {
  readonly action: string;
  /** As input.ts names them; the first one is shown. */
  readonly keys: readonly string[];
  readonly where: 'everywhere' | readonly PaneName[];
  /** In the footer and before the explanation in help. */
  readonly label: string;
  readonly help: string;
  /** Place in the footer, the lowest first; without it only help tells. */
  readonly footer?: number;
  /** Changes something on the host: hidden with --readonly. */
  readonly changes?: true;
  /** The action whose key is shown together with this one's, as in `j/k`. */
  readonly pair?: string;
}

const LISTS = ['gpus', 'sets', 'versions', 'volumes', 'ports', 'operations'] as const;
const SETS = ['sets', 'versions'] as const;

const TABLE = [
  {
    action: 'view.gpus',
    keys: ['1'],
    where: 'everywhere',
    label: 'GPUs',
    help: 'the GPUs: load, memory, who holds them',
  },
  { action: 'view.sets', keys: ['2'], where: 'everywhere', label: 'sets', help: 'the replicaSets and their versions' },
  { action: 'view.exec', keys: ['3'], where: 'everywhere', label: 'exec', help: 'terminals inside containers' },
  { action: 'view.volumes', keys: ['4'], where: 'everywhere', label: 'volumes', help: 'the volumes' },
  { action: 'view.ports', keys: ['5'], where: 'everywhere', label: 'ports', help: 'the host ports in use' },
  {
    action: 'view.operations',
    keys: ['6'],
    where: 'everywhere',
    label: 'operations',
    help: 'what is being done and was done',
  },
  {
    action: 'view.overview',
    keys: ['0'],
    where: 'everywhere',
    label: 'overview',
    help: 'all of it at once, as far as it fits',
  },
  { action: 'help', keys: ['?', 'f1'], where: 'everywhere', label: 'help', help: 'this list', footer: 0 },
  {
    action: 'quit',
    keys: ['q', 'C-c'],
    where: 'everywhere',
    label: 'quit',
    help: 'leave; what runs goes on',
    footer: 1,
  },
  {
    action: 'filter',
    keys: ['/'],
    where: LISTS,
    label: 'filter',
    help: 'show only the rows with this text',
    footer: 2,
  },
  {
    action: 'move.down',
    keys: ['j', 'down'],
    where: LISTS,
    label: 'move',
    help: 'the next row',
    footer: 3,
    pair: 'move.up',
  },
  { action: 'move.up', keys: ['k', 'up'], where: LISTS, label: 'up', help: 'the row before' },
  { action: 'move.first', keys: ['g', 'home'], where: LISTS, label: 'top', help: 'the first row (gg works, too)' },
  { action: 'move.last', keys: ['G', 'end'], where: LISTS, label: 'bottom', help: 'the last row' },
  { action: 'move.pageDown', keys: ['pagedown', 'C-f'], where: LISTS, label: 'page down', help: 'a screenful down' },
  { action: 'move.pageUp', keys: ['pageup', 'C-b'], where: LISTS, label: 'page up', help: 'a screenful up' },
  { action: 'pane.next', keys: ['tab'], where: 'everywhere', label: 'pane', help: 'the next part of the view' },
  { action: 'pane.previous', keys: ['S-tab'], where: 'everywhere', label: 'pane before', help: 'the part before' },
  {
    action: 'back',
    keys: ['escape'],
    where: 'everywhere',
    label: 'back',
    help: 'close, clear the filter, leave zoom, go back',
  },
  { action: 'zoom', keys: ['+'], where: 'everywhere', label: 'zoom', help: 'this part alone' },
  { action: 'unzoom', keys: ['_'], where: 'everywhere', label: 'unzoom', help: 'all parts again' },
  { action: 'sort', keys: ['o'], where: LISTS, label: 'sort', help: 'sort by the next column', footer: 70 },
  {
    action: 'copy',
    keys: ['y'],
    where: LISTS,
    label: 'copy',
    help: "copy the row's name to your own clipboard",
    footer: 71,
  },
  { action: 'menu', keys: ['a'], where: LISTS, label: 'more', help: 'everything that can be done with it', footer: 4 },
  {
    action: 'mouse',
    keys: ['m'],
    where: 'everywhere',
    label: 'mouse',
    help: 'mouse on or off; off leaves selecting to your terminal',
  },
  { action: 'redraw', keys: ['C-l'], where: 'everywhere', label: 'redraw', help: 'draw the screen anew' },
  { action: 'suspend', keys: ['C-z'], where: 'everywhere', label: 'suspend', help: 'to the shell; `fg` comes back' },

  {
    action: 'owner',
    keys: ['enter'],
    where: ['gpus', 'ports'],
    label: 'owner',
    help: 'go to the replicaSet that holds it',
    footer: 10,
  },
  { action: 'details', keys: ['i'], where: LISTS, label: 'details', help: 'everything about it', footer: 60 },
  {
    action: 'operation.details',
    keys: ['enter'],
    where: ['operations'],
    label: 'details',
    help: 'its steps and its outcome',
    footer: 10,
  },
  {
    action: 'operation.cancel',
    keys: ['x'],
    where: ['operations'],
    label: 'cancel',
    help: 'undo it while that is possible',
    footer: 11,
    changes: true,
  },
  {
    action: 'set.new',
    keys: ['n'],
    where: ['gpus', 'sets', 'versions'],
    label: 'new set',
    help: 'run an image as a new replicaSet',
    footer: 12,
    changes: true,
  },

  { action: 'set.versions', keys: ['enter'], where: ['sets'], label: 'versions', help: 'to its versions', footer: 13 },
  { action: 'set.exec', keys: ['e'], where: SETS, label: 'exec', help: 'a terminal inside', footer: 14, changes: true },
  { action: 'set.logs', keys: ['l'], where: SETS, label: 'logs', help: 'what it prints', footer: 15 },
  {
    action: 'set.stop',
    keys: ['s'],
    where: SETS,
    label: 'stop/start',
    help: 'stop: ends it, frees its GPUs and ports; or start again',
    footer: 16,
    changes: true,
  },
  {
    action: 'set.pause',
    keys: ['p'],
    where: SETS,
    label: 'pause/continue',
    help: 'pause: ends it, keeps its GPUs and ports; or continue',
    footer: 17,
    changes: true,
  },
  {
    action: 'set.restart',
    keys: ['r'],
    where: SETS,
    label: 'restart',
    help: 'recreate it as its next version',
    footer: 18,
    changes: true,
  },
  {
    action: 'set.rollback',
    keys: ['R'],
    where: ['versions'],
    label: 'roll back',
    help: 'make the selected version the next one',
    footer: 14,
    changes: true,
  },
  {
    action: 'version.mark',
    keys: ['space'],
    where: ['versions'],
    label: 'mark',
    help: 'mark this version, for a comparison',
    footer: 30,
  },
  {
    action: 'version.diff',
    keys: ['='],
    where: ['versions'],
    label: 'compare',
    help: 'what differs from the marked version, or else its parent',
    footer: 31,
  },
  {
    action: 'set.gpus',
    keys: ['u'],
    where: SETS,
    label: 'GPUs',
    help: 'another number of GPUs, as the next version',
    footer: 19,
    changes: true,
  },
  {
    action: 'set.limits',
    keys: ['M'],
    where: SETS,
    label: 'limits',
    help: 'memory and CPU',
    footer: 20,
    changes: true,
  },
  {
    action: 'set.volume',
    keys: ['v'],
    where: SETS,
    label: 'volume',
    help: 'another volume or path, as the next version',
    footer: 21,
    changes: true,
  },
  {
    action: 'set.commit',
    keys: ['c'],
    where: SETS,
    label: 'commit',
    help: 'save its files as an image of your own',
    footer: 22,
    changes: true,
  },
  {
    action: 'set.delete',
    keys: ['d'],
    where: SETS,
    label: 'delete',
    help: 'delete it with its history',
    footer: 23,
    changes: true,
  },

  {
    action: 'volume.details',
    keys: ['enter'],
    where: ['volumes'],
    label: 'details',
    help: 'its size, its use, who has it bound',
    footer: 15,
  },
  {
    action: 'volume.new',
    keys: ['n'],
    where: ['volumes'],
    label: 'new',
    help: 'make a volume',
    footer: 12,
    changes: true,
  },
  {
    action: 'volume.resize',
    keys: ['z'],
    where: ['volumes'],
    label: 'resize',
    help: 'another size, as its next version',
    footer: 13,
    changes: true,
  },
  {
    action: 'volume.delete',
    keys: ['d'],
    where: ['volumes'],
    label: 'delete',
    help: 'delete it with what it holds',
    footer: 14,
    changes: true,
  },
] as const satisfies readonly Row[];

export type ActionName = (typeof TABLE)[number]['action'];

export interface Binding extends Row {
  readonly action: ActionName;
  readonly pair?: ActionName;
}

export type Keymap = readonly Binding[];

export const DEFAULT_KEYMAP: Keymap = TABLE;

const holds = ({ where }: Binding, pane: PaneName): boolean => where === 'everywhere' || where.includes(pane);

/** What a key means in a pane. */
export const actionFor = (keymap: Keymap, pane: PaneName, key: string): ActionName | undefined =>
  keymap.find((binding) => holds(binding, pane) && binding.keys.includes(key))?.action;

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
export const footerOf = (keymap: Keymap, pane: PaneName, readonly: boolean): readonly Binding[] =>
  keymap
    .filter((binding) => binding.footer !== undefined && holds(binding, pane) && !(readonly && binding.changes))
    .toSorted((a, b) => (a.footer ?? 0) - (b.footer ?? 0));

export interface HelpSection {
  readonly title: string;
  readonly bindings: readonly Binding[];
}

/** The whole table as help shows it: what holds everywhere, then each pane's own. */
export function helpOf(keymap: Keymap, readonly: boolean): readonly HelpSection[] {
  const shown = keymap.filter((binding) => !(readonly && binding.changes));
  const title = ({ where }: Binding): string =>
    where === 'everywhere' || where.length === LISTS.length ? 'everywhere' : where.join(', ');
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

const overlap = (one: Binding, other: Binding): boolean =>
  one.where === 'everywhere' || (other.where === 'everywhere' ? true : one.where.some((pane) => holds(other, pane)));
