/**
 * Columns of text that fit their terminal.
 *
 * Invariants
 *  - Every cell passes through `safe`, whatever its renderer did.
 *  - On a terminal no line is wider than it: spare columns go first, then wide cells are cut with an ellipsis.
 *  - Elsewhere nothing is cut.
 */
import stringWidth from 'string-width';
import { safe } from '../../safe.ts';
import { type Cell, cell, type View } from './view.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell | string;
  readonly align?: 'right';
  /** The fewest columns it may be cut to; without it it is never cut. */
  readonly widthMin?: number;
  /** Left out where the terminal is narrow, the highest first. */
  readonly spare?: number;
}

interface Laid<Row> extends Column<Row> {
  readonly cells: readonly Cell[];
  readonly width: number;
}

const GAP = '  ';

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], view: View): string {
  const laid = fitted(
    columns.map((column) => lay(column, rows)),
    view.width,
  );
  const head = laid.map((column) => cell(column.title, 'dim'));
  const body = rows.map((_, at) => laid.map((column) => column.cells[at] ?? cell('')));
  return [head, ...body].map((cells) => line(cells, laid, view)).join('\n');
}

function lay<Row>(column: Column<Row>, rows: readonly Row[]): Laid<Row> {
  const cells = rows.map((row) => {
    const value = column.cell(row);
    return typeof value === 'string' ? cell(safe(value)) : cell(safe(value.text), value.role);
  });
  const width = Math.max(column.title.length, ...cells.map((it) => stringWidth(it.text)));
  return { ...column, cells, width };
}

function line<Row>(cells: readonly Cell[], columns: readonly Laid<Row>[], view: View): string {
  return cells
    .map(({ text, role }, at) => {
      const { width, align } = columns[at] ?? { width: 0 };
      const shown = cut(text, width);
      const room = ' '.repeat(Math.max(0, width - stringWidth(shown)));
      const painted = view.paint(role, shown);
      if (align === 'right') return room + painted;
      return at === cells.length - 1 ? painted : painted + room;
    })
    .join(GAP)
    .trimEnd();
}

const total = (columns: readonly { readonly width: number }[]): number =>
  columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * (columns.length - 1);

function fitted<Row>(columns: readonly Laid<Row>[], width: number): readonly Laid<Row>[] {
  if (total(columns) <= width) return columns;
  const spare = columns.toSorted((a, b) => (b.spare ?? 0) - (a.spare ?? 0))[0];
  if (spare?.spare !== undefined) {
    return fitted(
      columns.filter((column) => column !== spare),
      width,
    );
  }
  const room = (column: Laid<Row>): number => column.width - (column.widthMin ?? column.width);
  const widest = columns.toSorted((a, b) => Math.sign(room(b)) - Math.sign(room(a)) || b.width - a.width)[0];
  if (widest === undefined || room(widest) <= 0) return columns;
  return fitted(
    columns.map((column) => (column === widest ? { ...column, width: column.width - 1 } : column)),
    width,
  );
}

/** Cuts to a display width; what was cut shows as an ellipsis. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) >= width) break;
    kept += character;
  }
  return `${kept}…`;
}
