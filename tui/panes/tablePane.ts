/** Draws a pane: its box with title and counts, and its rows as a table with the selected one inverse. */
import { cut, GAP, type Laid, layOut } from '../cli/output/table.ts';
import type { Target } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { type Canvas, inside, type Rect } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import { type Pane, type Shown, shownRows } from './pane.ts';

export function drawPane<Row>(canvas: Canvas<Target>, rect: Rect, state: State, pane: Pane<Row>): void {
  const shown = shownRows(pane, state);
  const isFocused = state.focus === pane.name;
  canvas.hotspot(rect, { type: 'pane', pane: pane.name });
  canvas.box(rect, heading(pane, state, shown), isFocused ? 'accent' : 'dim', isFocused ? 'strong' : 'plain');
  const body = inside(rect);
  if (shown.rows.length === 0) drawEmpty(canvas, body, state, pane, shown);
  else if (pane.draw?.(canvas, body, state, shown) !== true) drawTable(canvas, body, state, pane, shown);
}

/** `Replica sets 3/5  /lla  by GPUS`: shown and all, what narrows them, and their order. */
function heading<Row>(pane: Pane<Row>, state: State, { rows, total }: Shown<Row>): string {
  const { filter, sort } = state.places[pane.name];
  const count = filter === '' ? String(total) : `${rows.length}/${total}`;
  const by = sort === undefined ? '' : `  by ${pane.columns(state)[sort]?.title ?? ''}`;
  return `${pane.title(state)} ${count}${filter === '' ? '' : `  /${filter}`}${by}`;
}

function drawEmpty<Row>(
  canvas: Canvas<Target>,
  { x, y, width, height }: Rect,
  state: State,
  pane: Pane<Row>,
  { total }: Shown<Row>,
): void {
  const lines = total > 0 ? ['Nothing fits the filter; Esc clears it.'] : state.world.isKnown ? pane.empty(state) : [];
  for (const [at, line] of lines.slice(0, height).entries()) canvas.text(x + 1, y + at, line, 'dim', width - 2);
}

function drawTable<Row>(
  canvas: Canvas<Target>,
  body: Rect,
  state: State,
  pane: Pane<Row>,
  { rows, selected }: Shown<Row>,
): void {
  const columns = layOut(pane.columns(state), rows, body.width - 2);
  const height = body.height - 1;
  const top = topRow(selected, rows.length, height);
  drawHead(canvas, body, columns, state, pane);
  for (const [at, row] of rows.slice(top, top + height).entries()) {
    const y = body.y + 1 + at;
    const line = { x: body.x, y, width: body.width, height: 1 };
    drawRow(canvas, line, columns, top + at);
    canvas.hotspot(line, { type: 'row', pane: pane.name, id: pane.id(row) });
    if (top + at === selected) drawSelection(canvas, line, state.focus === pane.name);
  }
  drawMore(canvas, body, top, rows.length - top - height);
}

/** The selected row stays in the middle, as far as the list goes. */
export const topRow = (selected: number, count: number, height: number): number =>
  Math.max(0, Math.min(selected - Math.floor(height / 2), count - height));

function drawHead<Row>(
  canvas: Canvas<Target>,
  { x, y, width: room }: Rect,
  columns: readonly Laid<Row>[],
  state: State,
  pane: Pane<Row>,
): void {
  const { sort } = state.places[pane.name];
  const sorted = sort === undefined ? undefined : pane.columns(state)[sort]?.title;
  let at = x + 1;
  for (const { title, width, align } of columns) {
    const isSorted = title === sorted && title !== '';
    const indent = align === 'right' ? width - title.length : 0;
    canvas.text(at + indent, y, title, isSorted ? 'key' : 'dim', x + room - 1 - at);
    at += width + GAP.length;
  }
}

function drawRow<Row>(
  canvas: Canvas<Target>,
  { x, y, width: room }: Rect,
  columns: readonly Laid<Row>[],
  row: number,
): void {
  let at = x + 1;
  for (const { cells, width, align, cutStart } of columns) {
    const { text, role } = cells[row] ?? { text: '', role: 'plain' as const };
    const shown = cut(text, width, cutStart);
    canvas.text(align === 'right' ? at + Math.max(0, width - textWidth(shown)) : at, y, shown, role, x + room - 1 - at);
    at += width + GAP.length;
  }
}

/** Inverse where the keys go, a sign alone where they do not. */
function drawSelection(canvas: Canvas<Target>, { x, y, width }: Rect, isFocused: boolean): void {
  if (isFocused) canvas.restyle(x, y, width, 'selected');
  canvas.text(x, y, '▸', isFocused ? 'selected' : 'accent');
}

function drawMore(canvas: Canvas<Target>, { x, y, width, height }: Rect, above: number, below: number): void {
  const note = [...(above > 0 ? [`${above} above`] : []), ...(below > 0 ? [`${below} below`] : [])].join(', ');
  if (note !== '') canvas.text(x + width - note.length - 3, y + height, ` ${note} `, 'dim');
}
