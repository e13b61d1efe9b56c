/** Commands in sessions. */
import type { ExecView } from '../../../common/contract/exec.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, type View } from './view.ts';

const stateText = ({ state, exitCode, attached }: ExecView): string => {
  if (state === 'running') return attached ? 'running, in use' : 'running';
  return exitCode === null ? 'ended' : `ended (${exitCode})`;
};

export function sessionTable(sessions: readonly ExecView[], view: View): string {
  if (sessions.length === 0) return 'No sessions.';
  const columns: readonly Column<ExecView>[] = [
    { title: 'ID', cell: (it) => cell(it.id, 'strong') },
    { title: 'SET', cell: (it) => `${it.name} v${it.version}`, widthMin: 8 },
    { title: 'STATE', cell: stateText },
    { title: 'FOR', cell: (it) => ageOf(it.startedAt, view.now) },
    { title: 'COMMAND', cell: (it) => it.cmd.join(' '), widthMin: 10 },
    { title: 'WHO', cell: (it) => it.actor, spare: 1 },
  ];
  return table(columns, sessions, view);
}
