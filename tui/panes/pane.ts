/**
 * A part of a view with rows: what its rows are, which are shown in which order, and which one is selected.
 *
 * A new list is one object of this kind in a file of its own, and a line in index.ts.
 */

import type { Column } from '../cli/output/table.ts';
import type { Subject } from '../dialogs/dialog.ts';
import type { Target } from '../state/events.ts';
import type { PaneName } from '../state/names.ts';
import type { Place, State } from '../state/state.ts';
import type { Canvas, Rect } from '../term/canvas.ts';

export interface SortedColumn<Row> extends Column<Row> {
  /** What rows are ordered by; a column without it cannot be sorted by. */
  readonly sort?: (row: Row) => string | number;
}

export interface Pane<Row> {
  readonly name: PaneName;
  /** Of its box, such as `Replica sets`. */
  title(state: State): string;
  /** All of them, in their natural order. */
  rows(state: State): readonly Row[];
  id(row: Row): string;
  subject(row: Row, state: State): Subject;
  /** What the filter looks at. */
  text(row: Row): string;
  columns(state: State): readonly SortedColumn<Row>[];
  /** The row that is selected at first; without it the top one. */
  home?(row: Row): boolean;
  /** Shown in place of rows where there are none. */
  empty(state: State): readonly string[];
  /** In place of the table; false where that does not fit. */
  draw?(canvas: Canvas<Target>, rect: Rect, state: State, shown: Shown<Row>): boolean;
}

export interface Shown<Row> {
  readonly rows: readonly Row[];
  /** Rows before the filter. */
  readonly total: number;
  /** Place of the selected row; -1 where there is none. */
  readonly selected: number;
}

export function shownRows<Row>(pane: Pane<Row>, state: State): Shown<Row> {
  const place = state.places[pane.name];
  const all = pane.rows(state);
  const rows = sorted(pane, state, place, filtered(pane, all, place.filter));
  return { rows, total: all.length, selected: selectedIndex(pane, rows, place) };
}

export function selectedRow<Row>(pane: Pane<Row>, state: State): Row | undefined {
  const { rows, selected } = shownRows(pane, state);
  return rows[selected];
}

function filtered<Row>(pane: Pane<Row>, rows: readonly Row[], filter: string): readonly Row[] {
  if (filter === '') return rows;
  const words = filter.toLowerCase().split(/\s+/);
  return rows.filter((row) => {
    const text = pane.text(row).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function sorted<Row>(pane: Pane<Row>, state: State, { sort }: Place, rows: readonly Row[]): readonly Row[] {
  const by = sort === undefined ? undefined : pane.columns(state)[sort]?.sort;
  if (by === undefined) return rows;
  return rows.toSorted((a, b) => compare(by(a), by(b)));
}

/** Texts upwards, numbers downwards: the largest is what is looked for. */
function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return String(a).localeCompare(String(b), 'en');
}

const homeIndex = <Row>(pane: Pane<Row>, rows: readonly Row[]): number =>
  Math.max(
    rows.findIndex((row) => pane.home?.(row) === true),
    rows.length > 0 ? 0 : -1,
  );

function selectedIndex<Row>(pane: Pane<Row>, rows: readonly Row[], { id, index }: Place): number {
  if (id === undefined && pane.home !== undefined) return homeIndex(pane, rows);
  const found = rows.findIndex((row) => pane.id(row) === id);
  return found >= 0 ? found : Math.min(index, rows.length - 1);
}
