/**
 * patch, restart and rollback: the set comes back as its next version, with files and ports in place.
 *
 * Effects, patch and restart: intent with leases · stop old · snapshot old · create · start · commit · keep old's log ·
 * remove old. A patch to another image makes volumes for what that image declares first.
 * Effects, rollback: the same, but the new version starts from the kept snapshot, and the old one is saved after the
 * commit: its container stays until its own snapshot exists.
 * Undo: the new container, its snapshot and volumes go, the old one runs again if it ran, added leases are released.
 *
 * Not here: what a patch may change (patch.ts), which version to roll back to (rollback.ts).
 */
import type { Verb } from '../../../common/contract/views.ts';
import { AppError } from '../../../common/errors.ts';
import { stopTimeoutOf } from '../containerSpec.ts';
import { engine, keepLog, type Operation, readVersion, write } from '../effects.ts';
import { EngineError } from '../engine.ts';
import { labelsOf, snapshotTag } from '../labels.ts';
import { type Grant, reserve } from '../ledger.ts';
import {
  type Change,
  del,
  type ImageDefaults,
  type IntentRecord,
  put,
  type ReplicaSetRecord,
  type Snapshot,
  type VersionRecord,
  type VersionSpec,
  versionKey,
} from '../records.ts';
import { volumesToBind, volumeVersions } from '../volumeUse.ts';
import { nextVersion, resolveBinds } from './checks.ts';
import { ledgerView, type OperationContext, stamp } from './context.ts';
import { discardMade } from './discard.ts';
import { nextVolumes } from './imageDefaults.ts';
import { close, closeUndone, intentOf, open, requireSet, startingPoint, withState } from './intents.ts';
import { type Draft, launch, requireCommand } from './launch.ts';
import { requireNetworks } from './networks.ts';
import {
  ensureRemoved,
  ensureStartedAgain,
  ensureStopped,
  ensureUntagged,
  ensureVolumeCreated,
  ensureVolumeRemoved,
  isKind,
  lingeringTasks,
} from './settle.ts';
import { saveSnapshot } from './snapshot.ts';

export interface Recreation {
  readonly name: string;
  readonly verb: Extract<Verb, 'patch' | 'restart' | 'rollback'>;
  readonly spec: VersionSpec;
  /** What differs from the current version, in words. */
  readonly changes: readonly string[];
  /** What the history shows, where that is not the verb. */
  readonly cause?: Verb;
  /** The version whose files the new one begins with; without one, the current version as it is now. */
  readonly from?: { readonly version: VersionRecord; readonly snapshot: Snapshot };
  /** Another image: what it says of itself, and whether the container's own files go on nevertheless. */
  readonly image?: {
    readonly defaults: ImageDefaults;
    readonly volumes: readonly string[];
    readonly keepFiles: boolean;
  };
}

export function* recreate(ctx: OperationContext, input: Recreation): Operation<{ containerName: string }> {
  const { set, version: old } = requireSet(ctx, input.name);
  ctx.progress.step('check');
  const binds = yield* resolveBinds(ctx, input.spec.binds);
  yield* requireNetworks(input.spec);
  const container = yield* engine('inspectContainer', old.containerId);
  if (container === undefined && input.from === undefined) throw containerGone(old);
  const number = yield* nextVersion(ctx, input.name);
  const previous = startingPoint({ set, version: old }, container);
  const grant = reserve(ledgerView(ctx), wishOf(ctx, input, old));
  const volumes = volumesOf(input, set.uid, number, old);
  const draft = { ...draftOf(ctx, input, number, { set, old }, grant), implicitVolumes: volumes.all };
  const intent = {
    ...openingIntent(ctx, input, draft, previous, grant, snapshotTag(set.uid, old.version, ctx.id)),
    volumes: volumes.added.map((volume) => volume.name),
  };
  yield* write(put('hw', input.name, draft.version), open(intent), ...grant.changes);

  if (container !== undefined) yield* standStill(ctx, old);
  const saved = input.from === undefined ? yield* saveSnapshot(ctx, old, intent.snapshotTag as string) : null;
  for (const volume of intent.volumes) yield* ensureVolumeCreated(volume, labelsOf(ctx.instance, set.uid, draft));
  const version = yield* launch(ctx, draft, set.uid, binds);
  if (!runsTheSame(old.spec, input)) yield* requireCommand(version);
  yield* write(...commitChanges(ctx, { set, old, version, saved, grant, intent }));
  return { containerName: version.containerName };
}

/** Whether the version runs what the one before ran, which is known to start. */
const runsTheSame = (before: VersionSpec, { spec, image, from }: Recreation): boolean =>
  from !== undefined ||
  (image === undefined &&
    JSON.stringify([before.entrypoint, before.cmd, before.user, before.workDir]) ===
      JSON.stringify([spec.entrypoint, spec.cmd, spec.user, spec.workDir]));

/** Another image brings its own, where its files are taken too. */
function volumesOf({ image, from }: Recreation, uid: string, version: number, old: VersionRecord) {
  const known = (from?.version ?? old).implicitVolumes;
  return image === undefined || image.keepFiles
    ? { all: known, added: [] }
    : nextVolumes(image.volumes, uid, version, known);
}

/** After the commit: the old version's files are safe before its container goes. */
export function* finishRecreate(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const { previous } = intent;
  if (previous !== null) {
    const old = yield* readVersion(intent.name, previous.version);
    if (old?.snapshot === null) yield* saveOld(ctx, intent, old);
    yield* keepOldLog(ctx, intent, previous);
    ctx.progress.step('remove old container');
    yield* ensureRemoved(ctx, previous.container);
  }
  yield* write(...close(intent, stamp(ctx)));
}

/** A log that cannot be kept, as on a full disk, holds nobody up; only an engine that does not answer is waited for. */
function* keepOldLog(
  ctx: OperationContext,
  { name }: IntentRecord,
  { container, version }: NonNullable<IntentRecord['previous']>,
): Operation<void> {
  const uid = ctx.state.table('set').get(name)?.uid;
  if (uid === undefined) return;
  try {
    yield* keepLog(container, uid, version);
  } catch (error) {
    if (isKind(error, 'down', 'unknown')) throw error;
    ctx.progress.step('its log could not be kept');
  }
}

function* saveOld(ctx: OperationContext, intent: IntentRecord, old: VersionRecord): Operation<void> {
  const there = yield* engine('inspectContainer', old.containerId);
  if (there === undefined || intent.snapshotTag === null) return;
  const snapshot = yield* saveSnapshot(ctx, old, intent.snapshotTag);
  yield* write(put('version', versionKey(old.name, old.version), { ...old, snapshot }));
}

export function* undoRecreate(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  yield* discardMade(ctx, intent);
  for (const volume of intent.volumes) yield* ensureVolumeRemoved(volume);
  if (intent.snapshotTag !== null) yield* ensureUntagged(intent.snapshotTag);
  yield* closeUndone(ctx, intent, ...(yield* startAgain(ctx, intent)));
}

/** The old container runs again if it ran; one that the engine refuses is shown as exited, with the reason. */
export function* startAgain(ctx: OperationContext, intent: IntentRecord): Operation<Change[]> {
  const { previous } = ctx.state.table('intent').get(intent.id) ?? intent;
  const set = ctx.state.table('set').get(intent.name);
  if (previous === null || !previous.ran || set === undefined) return [];
  const isFrozen = (yield* engine('inspectContainer', previous.container))?.status === 'paused';
  if (isFrozen && ctx.failure !== undefined) return [];
  try {
    if (ctx.failure === undefined) yield* awaitStopUnderWay(ctx, previous.container);
    yield* ensureStartedAgain(ctx, previous.container, intent.name);
    const reason = `not frozen any more: it was started again after a failed ${intent.verb}`;
    return set.desired === 'frozen' ? [withState(set, 'running', stamp(ctx), reason)] : [];
  } catch (error) {
    // Without an answer nothing is settled: the intent stays open and is taken up again.
    if (!(error instanceof EngineError) || error.kind === 'unknown' || error.kind === 'down') throw error;
    const reason = `could not be started again after a failed ${intent.verb}: ${error.message}`;
    return [withState(set, 'exited', stamp(ctx), reason)];
  }
}

/**
 * The daemon that was cut off may have asked for a stop that is still under way, and would end a little later what was
 * found running now. Only another stop waits for it. One that is refused changes nothing.
 */
function* awaitStopUnderWay(ctx: OperationContext, container: string): Operation<void> {
  try {
    yield* ensureStopped(ctx, container);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'unknown' || error.kind === 'down') throw error;
  }
}

/** Stopped, and no process of it left: two tasks must never share a GPU. */
export function* standStill(
  ctx: OperationContext,
  version: VersionRecord,
  timeoutS = stopTimeoutOf(version, ctx.settings),
): Operation<void> {
  ctx.progress.step('stop old container');
  yield* ensureStopped(ctx, version.containerId, timeoutS);
  const pids = yield* lingeringTasks(version.containerId);
  if (pids.length === 0) return;
  throw new AppError(
    'ENGINE_FAILED',
    `container ${version.containerName} has stopped, but its processes ${pids.join(', ')} live on`,
  );
}

const containerGone = (old: VersionRecord): AppError =>
  new AppError(
    'WRONG_STATE',
    `container ${old.containerName} was removed outside Berth, with the files of version ${old.version}; roll back to an earlier version`,
  );

const wishOf = (ctx: OperationContext, input: Recreation, old: VersionRecord) => ({
  name: input.name,
  operation: ctx.id,
  gpuCount: input.spec.gpuCount,
  containerPorts: input.spec.containerPorts,
  formerGpus: old.gpus,
  formerPorts: old.ports,
});

function draftOf(
  ctx: OperationContext,
  input: Recreation,
  version: number,
  { set, old }: { readonly set: ReplicaSetRecord; readonly old: VersionRecord },
  grant: Grant,
): Draft {
  const origin = input.from?.version ?? old;
  return {
    name: input.name,
    version,
    parent: origin.version,
    cause: input.cause ?? input.verb,
    changes: input.changes,
    actor: ctx.actor,
    operation: ctx.id,
    createdAt: stamp(ctx),
    spec: input.spec,
    defaults: input.image?.defaults ?? origin.defaults,
    implicitVolumes: origin.implicitVolumes,
    volumes: volumeVersions(ctx.state, input.spec.binds),
    gpus: grant.gpus,
    ports: grant.ports,
    containerName: `${input.name}-${version}`,
    startedFrom: startOf(input, snapshotTag(set.uid, old.version, ctx.id)),
  };
}

const startOf = ({ image, from, spec }: Recreation, current: string): string =>
  image !== undefined && !image.keepFiles ? spec.imageName : (from?.snapshot.tag ?? current);

const openingIntent = (
  ctx: OperationContext,
  input: Recreation,
  draft: Draft,
  previous: NonNullable<IntentRecord['previous']>,
  grant: Grant,
  tag: string,
): IntentRecord =>
  intentOf(ctx, input.verb, input.name, {
    container: draft.containerName,
    answer: { containerName: draft.containerName, ...(input.from && { diff: input.changes }) },
    snapshotTag: tag,
    newVersion: draft.version,
    previous,
    addedGpus: grant.addedGpus,
    addedPorts: grant.addedPorts,
    binds: volumesToBind(ctx, input.spec.binds),
  });

interface Outcome {
  readonly set: ReplicaSetRecord;
  readonly old: VersionRecord;
  readonly version: VersionRecord;
  readonly saved: Snapshot | null;
  readonly grant: Grant;
  readonly intent: IntentRecord;
}

/** One batch: the new version is current, the old one has its snapshot, what is not needed any more is released. */
function commitChanges(ctx: OperationContext, { set, old, version, saved, grant, intent }: Outcome): Change[] {
  const at = stamp(ctx);
  const latest = ctx.state.table('intent').get(intent.id) ?? intent;
  return [
    ...(saved === null ? [] : [put('version', versionKey(old.name, old.version), { ...old, snapshot: saved })]),
    put('version', versionKey(version.name, version.version), version),
    put('set', set.name, { ...set, current: version.version, desired: 'running', stateSince: at, reason: null }),
    ...grant.droppedGpus.map((uuid) => del('gpuLease', uuid)),
    ...grant.droppedPorts.map((port) => del('portLease', String(port))),
    put('intent', latest.id, { ...latest, phase: 'committed' }),
  ];
}
