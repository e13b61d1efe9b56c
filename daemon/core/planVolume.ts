/**
 * What resizing or deleting a volume would do. Looks and judges as the operation itself would, and writes nothing;
 * what would make the operation fail makes the plan fail with the same error.
 */
import type { PlanView } from '../../common/contract/views.ts';
import { formatBytes } from '../../common/units.ts';
import type { Operation } from './effects.ts';
import type { ContainerProcess } from './engine.ts';
import type { OperationContext } from './operations/context.ts';
import { refuseUsed } from './operations/removeVolume.ts';
import { factsOf, runningUsers } from './operations/resizeVolume.ts';
import type { VersionRecord, VolumeRecord } from './records.ts';
import { judgeResize, type ResizeVerdict, type ResizeWish } from './volumeResize.ts';

type Looker = Pick<OperationContext, 'state' | 'volumes'>;

export const judgedResize = function* (ctx: Looker, volume: VolumeRecord, wish: ResizeWish): Operation<ResizeVerdict> {
  const running = yield* runningUsers(ctx, volume);
  return judgeResize(volume, wish, yield* factsOf(ctx, volume, running));
};

/** `processes`: of the sets that would be stopped. */
export function resizePlan(
  volume: VolumeRecord,
  wish: ResizeWish,
  { stops, inPlace }: ResizeVerdict,
  processes: readonly ContainerProcess[],
): PlanView {
  const sets = stops.map((version) => version.name);
  return {
    ...planFor(volume, 'volume resize'),
    nextVersion: volume.current + 1,
    endsProcesses: [...processes],
    changes: [
      `size ${volume.size} > ${wish.size}`,
      ...(inPlace || sets.length > 0 ? [] : ['unmounted for a moment']),
      ...stops.map(({ name, version }) => `${name} is stopped, and comes back as the version after ${version}`),
    ],
    keeps: ['every file in it', ...(sets.length > 0 ? keptBy(stops) : [])],
    steps: [...sets.map((name) => `stop ${name}`), 'resize volume', ...sets.map((name) => `bring ${name} back`)],
  };
}

const keptBy = (stops: readonly VersionRecord[]): string[] =>
  stops.map(({ name }) => `files, GPUs and host ports of ${name}`);

/** Throws as the deletion would. */
export function removalPlan({ state }: Looker, volume: VolumeRecord, usedBytes: number | null): PlanView {
  refuseUsed(state, volume);
  const what = usedBytes === null ? 'everything in it' : `everything in it, ${formatBytes(usedBytes)}`;
  return {
    ...planFor(volume, 'volume rm'),
    changes: [`the volume and ${what}, are deleted for good`],
    steps: ['let go of it', 'remove what it holds'],
  };
}

const planFor = (volume: VolumeRecord, verb: PlanView['verb']): PlanView => ({
  verb,
  name: volume.name,
  currentVersion: volume.current,
  nextVersion: null,
  endsProcesses: [],
  changes: [],
  keeps: [],
  steps: [],
});
