/** Where the person looks: views, panes, rows, filter, sorting, zoom. */
import { isList, listOf } from '../panes/index.ts';
import { shownRows } from '../panes/pane.ts';
import { panesOf } from '../views/layout.ts';
import type { PaneName, ViewName } from './names.ts';
import { type State, withPlace } from './state.ts';
import { askAgain, setMode } from './terminals.ts';

export function showView(state: State, view: ViewName): State {
  const panes = panesOf(view);
  const focus = panes.includes(state.focus) && view === 'overview' ? state.focus : (panes[0] ?? state.focus);
  return { ...askAgain(setMode(state, 'ui')), view, focus, zoomed: false, filtering: false };
}

export function nextPane(state: State, by: 1 | -1): State {
  const panes = panesOf(state.view);
  const at = panes.indexOf(state.focus);
  return { ...state, focus: panes[(at + by + panes.length) % panes.length] ?? state.focus, filtering: false };
}

/** Moves the selection of the focused pane by rows. */
export function move(state: State, by: number, pane: PaneName = state.focus): State {
  if (!isList(pane)) return state;
  const { rows, selected } = shownRows(listOf(pane), state);
  return selectAt(state, pane, Math.max(0, Math.min(rows.length - 1, selected + by)));
}

/** A screenful, less a row of what was there before. */
export const pageRows = (state: State): number => Math.max(1, Math.floor(state.height / 2) - 4);

function selectAt(state: State, pane: PaneName, index: number): State {
  if (!isList(pane)) return state;
  const list = listOf(pane);
  const row = shownRows(list, state).rows[index];
  return row === undefined ? state : placed(state, pane, list.id(row), index);
}

/** The versions of another set begin anew, at its current one. */
function placed(state: State, pane: PaneName, id: string, index: number): State {
  const there = withPlace(state, pane, { id, index });
  const { id: before } = state.places.sets;
  const isOther = pane === 'sets' && before !== undefined && before !== id;
  return isOther ? withPlace(there, 'versions', { id: undefined, index: 0, filter: '' }) : there;
}

export const select = (state: State, pane: PaneName, id: string): State => {
  if (!isList(pane)) return state;
  const list = listOf(pane);
  const index = shownRows(list, state).rows.findIndex((row) => list.id(row) === id);
  return placed(state, pane, id, Math.max(0, index));
};

/**
 * Holds on to what is selected: rows that come and go move it on the screen, and never put another thing under the
 * person's next key. A list that nobody is in stays at its top.
 */
export function anchored(state: State): State {
  const panes: readonly PaneName[] = state.focus === 'sets' ? ['sets'] : ['sets', state.focus];
  return panes.reduce(anchor, state);
}

function anchor(state: State, pane: PaneName): State {
  if (!isList(pane)) return state;
  const list = listOf(pane);
  const { id } = state.places[pane];
  if (id === undefined && list.home !== undefined) return state;
  const { rows, selected } = shownRows(list, state);
  const row = rows[selected];
  if (row === undefined) return state;
  const found = list.id(row);
  return found === id && state.places[pane].index === selected ? state : placed(state, pane, found, selected);
}

/** To a set, wherever one is; its filter must not hide it. */
export const goToSet = (state: State, name: string): State =>
  select(withPlace({ ...showView(state, 'sets') }, 'sets', { filter: '' }), 'sets', name);

/** The next column that can be sorted by; after the last one the natural order. */
export function sortNext(state: State): State {
  if (!isList(state.focus)) return state;
  const columns = listOf(state.focus).columns(state);
  const { sort = -1 } = state.places[state.focus];
  const next = columns.findIndex((column, at) => at > sort && column.sort !== undefined);
  return withPlace(state, state.focus, { sort: next < 0 ? undefined : next });
}

/** A key while the filter is typed. */
export function filterKey(state: State, key: string): State {
  const { filter } = state.places[state.focus];
  if (key === 'enter' || key === 'down') return { ...state, filtering: false };
  if (key === 'escape') return { ...withPlace(state, state.focus, { filter: '' }), filtering: false };
  if (key === 'backspace') return withPlace(state, state.focus, { filter: Array.from(filter).slice(0, -1).join('') });
  if (key === 'C-u') return withPlace(state, state.focus, { filter: '' });
  const text = key === 'space' ? ' ' : key;
  return Array.from(text).length === 1 ? withPlace(state, state.focus, { filter: filter + text }) : state;
}

/** One thing less: the filter, the zoom, the inner pane. */
export function back(state: State): State {
  const [first = state.focus] = panesOf(state.view);
  if (state.message !== undefined) return { ...state, message: undefined };
  if (state.places[state.focus].filter !== '') return withPlace(state, state.focus, { filter: '' });
  if (state.zoomed) return { ...state, zoomed: false };
  return { ...state, focus: first };
}
