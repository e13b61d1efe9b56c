/** What bears Berth's labels and fits no record. */
import type { StrayView } from '../../../common/contract/system.ts';
import { type Column, table } from './table.ts';
import type { View } from './view.ts';

const COLUMNS: readonly Column<StrayView>[] = [
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'NAME', cell: ({ name }) => name, widthMin: 12, cutStart: true },
  { title: 'WHY', cell: ({ why }) => why, widthMin: 20 },
];

export const strayTable = (strays: readonly StrayView[], view: View): string =>
  strays.length === 0
    ? 'No strays: everything that bears the labels of Berth fits a record.'
    : table(COLUMNS, strays, view);
