/**
 * delete: the set, its container, its snapshots and its history. The intent is the commit: it always goes forward.
 *
 * Effects: tombstone · remove container · remove snapshots, implicit volumes and kept logs · drop records, release leases.
 * The highest version number stays, so that a name used again never meets an old container or snapshot.
 */
import { dropLogs, engine, type Operation, readVersions, write } from '../effects.ts';
import { releaseAll } from '../ledger.ts';
import { type Change, del, type IntentRecord, put, type VersionRecord, versionKey } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, intentOf, open, requireSet, settledStarts, startingPoint } from './intents.ts';
import { ensureRemoved, ensureUntagged, ensureVolumeRemoved } from './settle.ts';
import { quarantineBusy } from './stop.ts';

export function* remove(ctx: OperationContext, { name }: { readonly name: string }): Operation<null> {
  const { set, version } = requireSet(ctx, name);
  const container = yield* engine('inspectContainer', version.containerId);
  const intent = intentOf(ctx, 'delete', name, {
    phase: 'committed',
    previous: startingPoint({ set, version }, container),
  });
  yield* write(open(intent), put('set', name, { ...set, deleting: ctx.id }));
  return null;
}

export function* finishRemove(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const current = ctx.state.current(intent.name);
  const versions = yield* readVersions(intent.name);
  const unfinished = ctx.state.openIntents(intent.name);
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
