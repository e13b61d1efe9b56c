/** Backups of the state. */
import type { BackupView } from '../../../common/contract/system.ts';
import { formatBytes } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { type Column, table } from './table.ts';
import { ageOf, type View } from './view.ts';

export const backupTaken = ({ path, sizeBytes, sequence }: BackupView): string =>
  `${safe(path)} on the host of berthd (${formatBytes(sizeBytes)}, the state after change ${sequence})`;

export function backupTable(backups: readonly BackupView[], view: View): string {
  if (backups.length === 0) return 'No backups. `berth backup` takes one.';
  const columns: readonly Column<BackupView>[] = [
    { title: 'FILE', cell: ({ path }) => path, widthMin: 20, cutStart: true },
    { title: 'AGE', cell: ({ at }) => ageOf(at, view.now) },
    { title: 'CHANGE', cell: ({ sequence }) => String(sequence), align: 'right' },
    { title: 'SIZE', cell: ({ sizeBytes }) => formatBytes(sizeBytes), align: 'right' },
  ];
  return table(columns, backups, view);
}
