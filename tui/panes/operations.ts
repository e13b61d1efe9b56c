/** What is being done, with its progress, and what was done. */
import type { OperationView } from '../../common/contract/views.ts';
import { formatDuration } from '../../common/units.ts';
import { operationName, stepText } from '../cli/output/operation.ts';
import type { Role } from '../cli/output/paint.ts';
import { cell } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import type { Pane, SortedColumn } from './pane.ts';

const SIGN: Readonly<Record<OperationView['state'], readonly [sign: string, role: Role]>> = {
  running: ['…', 'accent'],
  succeeded: ['✓', 'ok'],
  failed: ['✗', 'bad'],
  undone: ['✗', 'warn'],
};

const took = ({ startedAt, endedAt }: OperationView, now: number): number =>
  (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt);

/** The step that runs, or how it went. */
export function outcome(operation: OperationView, now: number): string {
  const last = operation.steps.at(-1);
  if (operation.state === 'running') {
    return last === undefined ? 'waits' : `step ${operation.steps.length}: ${stepText(last, new Date(now))}`;
  }
  const undone = operation.state === 'undone' ? 'undone' : '';
  return [undone, operation.message ?? ''].filter((it) => it !== '').join(': ') || operation.state;
}

const clock = (at: string): string => new Date(at).toTimeString().slice(0, 8);

const columns = ({ now }: State): readonly SortedColumn<OperationView>[] => [
  {
    title: 'BEGAN',
    cell: ({ startedAt }) => clock(startedAt),
    spare: 3,
    sort: ({ startedAt }) => Date.parse(startedAt),
  },
  { title: '', cell: ({ state }) => cell(...SIGN[state]) },
  {
    title: 'WHAT',
    cell: ({ verb, name }) => cell(operationName({ verb, name }), 'strong'),
    widthMin: 12,
    sort: ({ verb }) => verb,
  },
  { title: 'TOOK', cell: (it) => formatDuration(took(it, now)), align: 'right', spare: 2, sort: (it) => took(it, now) },
  { title: 'BY', cell: ({ actor }) => actor, widthMin: 5, spare: 1, sort: ({ actor }) => actor },
  { title: 'OUTCOME', cell: (it) => cell(outcome(it, now), SIGN[it.state][1]), widthMin: 10 },
];

export const operationPane: Pane<OperationView> = {
  name: 'operations',
  title: () => 'Operations',
  rows: ({ world }) => world.operations,
  id: ({ id }) => id,
  subject: ({ id }) => ({ kind: 'operation', id }),
  text: ({ verb, name, actor, state, message }) => [verb, name, actor, state, message].join(' '),
  columns,
  empty: () => ['Nothing was done since berthd started.'],
};
