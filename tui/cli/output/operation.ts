/** Operations: in a line, as a list, and everything about one. */
import type { OperationView } from '../../../common/contract/views.ts';
import { formatBytes, formatDuration } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { facts } from './facts.ts';
import type { Role } from './paint.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, type View, when } from './view.ts';

export type Step = OperationView['steps'][number];

const elapsed = (from: string, to: string | null, now: Date): string =>
  formatDuration((to === null ? now.getTime() : Date.parse(to)) - Date.parse(from));

/** `commit 12 s, 1.2 GiB` */
export function stepText(step: Step, now: Date): string {
  const bytes = step.bytes === null ? '' : `, ${formatBytes(step.bytes)}`;
  return `${safe(step.name)} ${elapsed(step.startedAt, step.endedAt, now)}${bytes}`;
}

/** Operations on a volume go by `volume:NAME`, and their verb says so already. */
export const operationName = ({ verb, name }: Pick<OperationView, 'verb' | 'name'>): string =>
  `${verb} ${safe(name.replace(/^volume:/, ''))}`;

/** `✓ patch train: train is now version 3, 4.2 s` */
export function endedText(operation: OperationView, view: View): string {
  const sign = operation.state === 'succeeded' ? view.paint('ok', '✓') : view.paint('bad', '✗');
  const how = operation.state === 'undone' ? ', undone' : '';
  const message = operation.message === null ? '' : `: ${safe(operation.message)}`;
  return `${sign} ${operationName(operation)}${how}${message} (${elapsed(operation.startedAt, operation.endedAt, view.now)})`;
}

const ROLE: Readonly<Record<OperationView['state'], Role>> = {
  running: 'strong',
  succeeded: 'ok',
  failed: 'bad',
  undone: 'warn',
};

export function operationTable(operations: readonly OperationView[], view: View): string {
  if (operations.length === 0) return 'No operations: nothing has been changed yet.';
  const columns: readonly Column<OperationView>[] = [
    { title: 'ID', cell: ({ id }) => cell(id, 'dim') },
    { title: 'WHAT', cell: operationName, widthMin: 10 },
    { title: 'STATE', cell: ({ state }) => cell(state, ROLE[state]) },
    { title: 'AGE', cell: (it) => ageOf(it.startedAt, view.now) },
    { title: 'TOOK', cell: (it) => elapsed(it.startedAt, it.endedAt, view.now) },
    { title: 'BY', cell: ({ actor }) => actor, widthMin: 6, spare: 1 },
    { title: 'NOW, OR HOW IT ENDED', cell: outcomeOf, widthMin: 12, spare: 2 },
  ];
  return table(columns, operations, view);
}

const outcomeOf = ({ steps, state, message }: OperationView): string =>
  (state === 'running' ? steps.at(-1)?.name : message) ?? '';

export function operationDetails(operation: OperationView, view: View): string {
  const { id, actor, state, startedAt, endedAt, steps, message } = operation;
  const took = elapsed(startedAt, endedAt, view.now);
  const items = facts(
    [
      ['id', id],
      ['by', actor],
      ['state', `${state}${endedAt === null ? ' for' : ', took'} ${took}`],
      ['began', when(startedAt, view.now)],
      ['steps', steps.map((step) => stepText(step, view.now))],
      ['outcome', message],
    ],
    view,
  );
  return `${view.paint('strong', operationName(operation))}\n${items}`;
}
