/**
 * delete: the set, its container, its snapshots and its history. The intent is the commit: it always goes forward.
 *
 * Effects: tombstone · stop container, where its processes are to end by themselves · remove container · remove snapshots, implicit volumes and kept logs · drop records, release leases.
 * The highest version number stays, so that a name used again never meets an old container or snapshot.
 */
import { AppError } from '../../../common/errors.ts';
import { stopTimeoutOf } from '../containerSpec.ts';
import { dropLogs, engine, type Operation, readVersions, write } from '../effects.ts';
import { releaseAll } from '../ledger.ts';
import { type Change, del, type IntentRecord, put, type VersionRecord, versionKey } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, intentOf, open, requireSet, settledStarts, startingPoint } from './intents.ts';
import { ensureRemoved, ensureStopped, ensureUntagged, ensureVolumeRemoved } from './settle.ts';
import { quarantineBusy } from './stop.ts';

export interface RemoveInput {
  readonly name: string;
  readonly strict?: boolean | null | undefined;
  readonly force?: boolean | null | undefined;
  readonly stop?: boolean | null | undefined;
  readonly timeout?: number | null | undefined;
}

export function* remove(ctx: OperationContext, input: RemoveInput): Operation<null> {
  const { name } = input;
  const { set, version } = requireSet(ctx, name);
  const container = yield* engine('inspectContainer', version.containerId);
  refuseRunning(input, container?.running === true);
  const timeoutS = input.timeout ?? stopTimeoutOf(version, ctx.settings);
  const intent = intentOf(ctx, 'delete', name, {
    phase: 'committed',
    answer: null,
    previous: startingPoint({ set, version }, container),
    ...(input.stop ? { stopTimeoutS: timeoutS } : {}),
  });
  yield* write(open(intent), put('set', name, { ...set, deleting: ctx.id }));
  return null;
}

/** Throws WRONG_STATE where it was asked for that nothing that runs be deleted. */
export function refuseRunning({ name, strict, force }: RemoveInput, runs: boolean): void {
  if (!runs || !strict || force) return;
  throw new AppError(
    'WRONG_STATE',
    `${name} runs, and is to be deleted only when it does not. \`berth stop ${name}\` first`,
  );
}

export function* finishRemove(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const current = ctx.state.current(intent.name);
  const versions = yield* readVersions(intent.name);
  const unfinished = ctx.state.openIntents(intent.name);
  if (intent.stopTimeoutS !== undefined && intent.previous !== null) {
    ctx.progress.step('stop container');
    yield* ensureStopped(ctx, intent.previous.container, intent.stopTimeoutS);
  }
  ctx.progress.step('remove container');
  for (const { previous } of unfinished) if (previous !== null) yield* ensureRemoved(ctx, previous.container);
  ctx.progress.step('remove snapshots');
  for (const tag of snapshotsOf(versions, unfinished)) yield* ensureUntagged(tag);
  for (const volume of implicitVolumesOf(versions)) yield* ensureVolumeRemoved(volume);
  const set = ctx.state.table('set').get(intent.name);
  if (set !== undefined) yield* dropLogs(set.uid);
  const sick = current === undefined ? [] : yield* quarantineBusy(ctx, current);
  yield* write(
    ...sick,
    ...releaseAll(ctx.state, intent.name),
    ...settledStarts(ctx, intent.name),
    del('set', intent.name),
    ...versions.map((version): Change => del('version', versionKey(version.name, version.version))),
    ...unfinished.flatMap((it) => close(it, stamp(ctx))),
  );
}

/** Also those of earlier operations that were committed and could not be finished since: they end with the set. */
const snapshotsOf = (versions: readonly VersionRecord[], unfinished: readonly IntentRecord[]): Set<string> =>
  new Set([
    ...versions.flatMap((version) => version.snapshot?.tag ?? []),
    ...unfinished.flatMap((intent) => intent.snapshotTag ?? []),
  ]);

const implicitVolumesOf = (versions: readonly VersionRecord[]): Set<string> =>
  new Set(versions.flatMap((version) => version.implicitVolumes.map((volume) => volume.name)));
