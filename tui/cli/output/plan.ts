/** What an operation would do, before anybody says yes. */
import type { PlanView } from '../../../common/contract/views.ts';
import { formatDuration } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { facts } from './facts.ts';
import type { View } from './view.ts';

export function planText(plan: PlanView, view: View): string {
  const items = facts(
    [
      ['ends', plan.endsProcesses.map(processText)],
      ['changes', plan.changes],
      ['keeps', plan.keeps],
      ['steps', plan.steps.length === 0 ? null : plan.steps.join(', ')],
    ],
    view,
  );
  return `${view.paint('strong', `${plan.verb} ${safe(plan.name)}`)}: ${outcome(plan)}\n${items}`.trimEnd();
}

/** One of the processes that would end. */
export const processText = ({ command, pid, elapsedMs }: PlanView['endsProcesses'][number]): string =>
  `${command} (pid ${pid}${elapsedMs === null ? '' : `, running for ${formatDuration(elapsedMs)}`})`;

/** What becomes of the version there is. */
export function outcome({ verb, currentVersion, nextVersion }: PlanView): string {
  if (verb === 'volume rm') return `version ${currentVersion} and everything in it go, for good`;
  if (verb === 'delete') return `version ${currentVersion} and its whole history go, for good`;
  if (nextVersion === null) return `version ${currentVersion} stays the current one`;
  return `version ${currentVersion} is followed by version ${nextVersion}`;
}
