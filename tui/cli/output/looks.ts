/** What is inside a container: processes and changed files. */
import type { FileChange } from '../../../common/contract/look.ts';
import { safe } from '../../safe.ts';
import { table } from './table.ts';
import type { View } from './view.ts';

interface Processes {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

/** The last column, the command, may be cut. */
export function processTable({ Titles: titles, Processes: rows }: Processes, view: View): string {
  const columns = titles.map((title, at) => ({
    title: safe(title),
    cell: (row: readonly string[]) => row[at] ?? '',
    ...(at === titles.length - 1 ? { widthMin: 10 } : {}),
  }));
  return table(columns, rows, view);
}

const SIGNS = ['C', 'A', 'D'] as const;

export function changeList(changes: readonly FileChange[]): string {
  if (changes.length === 0) return 'No file differs from what the container started from.';
  return changes.map(({ Path: path, Kind: kind }) => `${SIGNS[kind]} ${safe(path)}`).join('\n');
}
