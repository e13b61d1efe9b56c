/** Operations in a line: which step, how long, how much. */
import type { OperationView } from '../../../common/contract/views.ts';
import { formatBytes, formatDuration } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import type { View } from './view.ts';

export type Step = OperationView['steps'][number];

const elapsed = (from: string, to: string | null, now: Date): string =>
  formatDuration((to === null ? now.getTime() : Date.parse(to)) - Date.parse(from));

/** `commit 12 s, 1.2 GiB` */
export function stepText(step: Step, now: Date): string {
  const bytes = step.bytes === null ? '' : `, ${formatBytes(step.bytes)}`;
  return `${safe(step.name)} ${elapsed(step.startedAt, step.endedAt, now)}${bytes}`;
}

export const operationName = ({ verb, name }: OperationView): string => `${verb} ${safe(name)}`;

/** `✓ patch train: train is now version 3, 4.2 s` */
export function endedText(operation: OperationView, view: View): string {
  const sign = operation.state === 'succeeded' ? view.paint('ok', '✓') : view.paint('bad', '✗');
  const how = operation.state === 'undone' ? ', undone' : '';
  const message = operation.message === null ? '' : `: ${safe(operation.message)}`;
  return `${sign} ${operationName(operation)}${how}${message} (${elapsed(operation.startedAt, operation.endedAt, view.now)})`;
}
