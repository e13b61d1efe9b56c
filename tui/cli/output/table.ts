/**
 * Columns of text that fit their terminal.
 *
 * Invariants
 *  - Every cell passes through `safe`, whatever its renderer did.
 *  - On a terminal no line is wider than it, as far as the columns allow: the widest are cut with an ellipsis, and
 *    where even that is not enough, spare columns are left out.
 *  - Elsewhere nothing is cut.
 */
import stringWidth from 'string-width';
import { safe } from '../../safe.ts';
import { type Cell, cell, type View } from './view.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell | string;
  readonly align?: 'right';
  /** What it may be cut to; without it it is never cut. */
  readonly widthMin?: number;
  /** The telling part stands at the end, as in image names: cut the beginning. */
  readonly cutStart?: boolean;
  /** Left out where the terminal is narrow, the highest first. */
  readonly spare?: number;
}

/** A column with its safe texts and the width it gets. */
export interface Laid<Row> extends Column<Row> {
  readonly cells: readonly Cell[];
  width: number;
}

export const GAP = '  ';

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], view: View): string {
  const laid = layOut(columns, rows, view.width);
  const head = laid.map((column) => cell(column.title, 'dim'));
  const body = rows.map((_, at) => laid.map((column) => column.cells[at] ?? cell('')));
  return [head, ...body].map((cells) => line(cells, laid, view)).join('\n');
}

/** Which columns fit into this width, and how wide each is. */
export const layOut = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Laid<Row>[] =>
  fitted(
    columns.map((column) => lay(column, rows)),
    width,
  );

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
      const { width, align, cutStart } = columns[at] ?? { width: 0 };
      const shown = cut(text, width, cutStart);
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
  const least = columns.map((column) => ({ ...column, width: leastWidth(column) }));
  const spare = columns.toSorted((a, b) => (b.spare ?? 0) - (a.spare ?? 0))[0];
  if (total(least) <= width || spare?.spare === undefined) return narrowed(columns, width);
  return fitted(
    columns.filter((column) => column !== spare),
    width,
  );
}

const leastWidth = ({ width, widthMin = width }: { width: number; widthMin?: number }): number =>
  Math.min(width, widthMin);

/** Takes from the widest that can give, one at a time. */
function narrowed<Row>(columns: readonly Laid<Row>[], width: number): readonly Laid<Row>[] {
  const narrow = columns.map((column) => ({ ...column }));
  for (let excess = total(narrow) - width; excess > 0; excess -= 1) {
    const giving = narrow.filter((column) => column.width > leastWidth(column));
    const widest = giving.reduce<(typeof giving)[number] | undefined>(
      (most, column) => (most === undefined || column.width > most.width ? column : most),
      undefined,
    );
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return narrow;
}

/** Cuts to a display width; what was cut shows as an ellipsis. */
export function cut(text: string, width: number, start = false): string {
  if (stringWidth(text) <= width) return text;
  const characters = Array.from(text);
  if (start) characters.reverse();
  let kept = '';
  for (const character of characters) {
    if (stringWidth(kept + character) >= width) break;
    kept = start ? character + kept : kept + character;
  }
  return start ? `…${kept}` : `${kept}…`;
}
