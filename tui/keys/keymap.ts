/**
 * Every key: what it does, where, and how help and footer name it. Bindings, help and footer come from this one table.
 *
 * Invariants
 *  - In one pane a key means one thing; a configuration that says otherwise is refused, naming both.
 *
 * Not here: what an action does (state/perform.ts). Long because it is a table.
 */
import { PANES, type PaneName } from '../state/names.ts';

/** A pane; or a terminal that has the keys: all of them, the one after the prefix, or those to scroll with. */
export type KeyPlace = PaneName | 'raw' | 'prefix' | 'scroll';

interface Row {
  readonly action: string;
  /** As input.ts names them; the first one is shown. */
  readonly keys: readonly string[];
  readonly where: 'everywhere' | readonly KeyPlace[];
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

const LISTS = ['gpus', 'sets', 'versions', 'sessions', 'volumes', 'ports', 'operations'] as const;
const SCROLLED = [...LISTS, 'scroll'] as const;
const TERMINALS = ['exec', 'prefix'] as const;
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
    where: SCROLLED,
    label: 'move',
    help: 'the next row',
    footer: 3,
    pair: 'move.up',
  },
  { action: 'move.up', keys: ['k', 'up'], where: SCROLLED, label: 'up', help: 'the row before' },
  { action: 'move.first', keys: ['g', 'home'], where: SCROLLED, label: 'top', help: 'the first row (gg works, too)' },
  { action: 'move.last', keys: ['G', 'end'], where: SCROLLED, label: 'bottom', help: 'the last row' },
  { action: 'move.pageDown', keys: ['pagedown', 'C-f'], where: SCROLLED, label: 'page down', help: 'a screenful down' },
  { action: 'move.pageUp', keys: ['pageup', 'C-b'], where: SCROLLED, label: 'page up', help: 'a screenful up' },
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
    where: [...SCROLLED, 'exec'],
    label: 'copy',
    help: "copy the row's name, or what a terminal shows, to your own clipboard",
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

  {
    action: 'terminal.prefix',
    keys: ['C-]'],
    where: ['raw', 'prefix'],
    label: 'sends itself',
    help: 'before each of the keys below, while a terminal has the keys; twice sends itself',
    footer: 60,
  },
  {
    action: 'terminal.enter',
    keys: ['enter'],
    where: ['exec'],
    label: 'go in',
    help: 'give it the keys',
    footer: 10,
    changes: true,
  },
  {
    action: 'terminal.next',
    keys: ['n', 'right', 'down'],
    where: TERMINALS,
    label: 'next',
    help: 'the next terminal',
    footer: 11,
    pair: 'terminal.previous',
  },
  {
    action: 'terminal.previous',
    keys: ['p', 'left', 'up'],
    where: TERMINALS,
    label: 'previous',
    help: 'the terminal before',
  },
  {
    action: 'terminal.splitColumns',
    keys: ['|'],
    where: TERMINALS,
    label: 'split',
    help: 'one more in the same set, beside it',
    footer: 12,
    changes: true,
    pair: 'terminal.splitRows',
  },
  {
    action: 'terminal.splitRows',
    keys: ['-'],
    where: TERMINALS,
    label: 'split',
    help: 'one more in the same set, below it',
    changes: true,
  },
  { action: 'terminal.zoom', keys: ['z'], where: TERMINALS, label: 'zoom', help: 'it alone, or all again', footer: 13 },
  {
    action: 'terminal.scroll',
    keys: ['['],
    where: TERMINALS,
    label: 'scroll',
    help: 'look at what went by',
    footer: 14,
  },
  {
    action: 'terminal.close',
    keys: ['x'],
    where: TERMINALS,
    label: 'close',
    help: 'end its command and forget it',
    footer: 15,
    changes: true,
  },
  {
    action: 'terminal.leave',
    keys: ['d'],
    where: ['prefix'],
    label: 'leave',
    help: 'the keys come back to the UI; it runs on',
    footer: 2,
  },
  {
    action: 'terminal.leaveScroll',
    keys: ['q', 'escape', '[', 'enter'],
    where: ['scroll'],
    label: 'back',
    help: 'back to the newest lines',
    footer: 1,
  },
  {
    action: 'session.show',
    keys: ['enter'],
    where: ['sessions'],
    label: 'go in',
    help: 'show it and give it the keys',
    footer: 10,
  },
  {
    action: 'session.close',
    keys: ['x'],
    where: ['sessions'],
    label: 'close',
    help: 'end its command and forget it',
    footer: 11,
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
