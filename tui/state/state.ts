/**
 * Everything the UI knows: what the daemon told, and what the person looks at.
 *
 * Not here: how it changes (reduce.ts), how it looks (views/, panes/, dialogs/).
 */
import type { Dialog } from '../dialogs/dialog.ts';
import type { Keymap } from '../keys/keymap.ts';
import type { Glyphs } from '../term/glyphs.ts';
import type { Role } from '../term/roles.ts';
import type { Logs } from './logState.ts';
import { PANES, type PaneName, type ViewName } from './names.ts';
import { NO_TERMINALS, type Terminals } from './sessions.ts';
import { EMPTY_WORLD, type World } from './world.ts';

/** Where the person is in a pane. */
export interface Place {
  /** The selected row by what it is, so that it stays selected when rows come and go. */
  readonly id: string | undefined;
  /** Its place in the list when it was selected, for when it is gone. */
  readonly index: number;
  readonly filter: string;
  /** Column that it is sorted by; undefined: its natural order. */
  readonly sort: number | undefined;
}

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'lost'; readonly reason: string; readonly since: number };

export interface Message {
  readonly text: string;
  readonly role: Role;
  readonly at: number;
}

export interface State {
  /** Milliseconds since 1970, moved by ticks alone. */
  readonly now: number;
  readonly width: number;
  readonly height: number;
  readonly hostName: string;
  /** The person's own ids, for containers that run as them. */
  readonly me: string;
  readonly glyphs: Glyphs;
  readonly keymap: Keymap;
  readonly readonly: boolean;
  readonly link: Link;
  readonly world: World;
  readonly view: ViewName;
  readonly focus: PaneName;
  /** The focused pane has the whole view. */
  readonly zoomed: boolean;
  readonly places: Readonly<Record<PaneName, Place>>;
  /** Whether keys go into the filter of the focused pane. */
  readonly filtering: boolean;
  /** The version that a difference is taken from. */
  readonly marked: { readonly name: string; readonly version: number } | undefined;
  readonly mouse: boolean;
  readonly terminals: Terminals;
  readonly logs: Logs | undefined;
  readonly dialogs: readonly Dialog[];
  readonly nextDialog: number;
  readonly message: Message | undefined;
  /** Sets whose versions are on their way, with nothing yet; or could not be had, with the reason. */
  readonly asked: ReadonlyMap<string, string>;
}

export type Settings = Pick<
  State,
  'hostName' | 'me' | 'glyphs' | 'keymap' | 'readonly' | 'width' | 'height' | 'now' | 'mouse'
>;

const NOWHERE: Place = { id: undefined, index: 0, filter: '', sort: undefined };

export const initialState = (settings: Settings): State => ({
  ...settings,
  link: { state: 'connecting' },
  world: EMPTY_WORLD,
  view: 'gpus',
  focus: 'gpus',
  zoomed: false,
  places: Object.fromEntries(PANES.map((pane) => [pane, NOWHERE])) as Record<PaneName, Place>,
  filtering: false,
  marked: undefined,
  terminals: NO_TERMINALS,
  logs: undefined,
  dialogs: [],
  nextDialog: 1,
  message: undefined,
  asked: new Map(),
});

export const withPlace = (state: State, pane: PaneName, change: Partial<Place>): State => ({
  ...state,
  places: { ...state.places, [pane]: { ...state.places[pane], ...change } },
});

export const say = (state: State, text: string, role: Role = 'plain'): State => ({
  ...state,
  message: { text, role, at: state.now },
});

/** Below this there is one message in place of everything. */
export const widthMin = 60;
export const heightMin = 16;
