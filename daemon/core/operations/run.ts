/**
 * run: version 1 of a new set.
 *
 * Effects: intent with leases · implicit volumes · create · start · commit of set and version.
 * Undo: container, volumes and leases go; nothing of it remains.
 */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, wait, write } from '../effects.ts';
import type { ImageInfo } from '../engine.ts';
import { labelsOf, volumePrefix } from '../labels.ts';
import { type Grant, reserve } from '../ledger.ts';
import {
  type ImageDefaults,
  type ImplicitVolume,
  type IntentRecord,
  put,
  type ReplicaSetRecord,
  type VersionRecord,
  type VersionSpec,
  versionKey,
} from '../records.ts';
import { nextVersion, requireImage, resolveBinds } from './checks.ts';
import { ledgerView, type OperationContext, stamp } from './context.ts';
import { discardMade } from './discard.ts';
import { close, closeUndone, intentOf, open } from './intents.ts';
import { type Draft, launch } from './launch.ts';
import { ensureVolumeCreated, ensureVolumeRemoved } from './settle.ts';

/** Long enough for an init to find that there is no such command, short beside a start. */
const COMMAND_START_MS = 30;

/** As shells say it: not executable, not found. */
const NOT_STARTED: ReadonlySet<number> = new Set([126, 127]);

export interface RunInput extends VersionSpec {
  readonly replicaSetName: string;
}

export function* run(ctx: OperationContext, input: RunInput): Operation<{ name: string }> {
  const name = input.replicaSetName;
  if (ctx.state.table('set').has(name)) throw new AppError('NAME_TAKEN', `a replicaSet ${name} exists`);
  ctx.progress.step('check');
  const image = yield* requireImage(input.imageName);
  const binds = yield* resolveBinds(ctx, input.binds);
  const number = yield* nextVersion(ctx, name);
  const uid = ctx.newId();
  const grant = reserve(ledgerView(ctx), wishOf(ctx, input));
  const draft = draftOf(ctx, input, number, { image, uid }, grant);
  const intent = openingIntent(ctx, draft, grant);
  yield* write(put('hw', name, draft.version), open(intent), ...grant.changes);
  for (const { name: volume } of draft.implicitVolumes)
    yield* ensureVolumeCreated(volume, labelsOf(ctx.instance, uid, draft));
  const version = yield* launch(ctx, draft, uid, binds);
  yield* requireCommand(version);
  const set = put('set', name, newSet(ctx, name, uid, version.version));
  yield* write(put('version', versionKey(name, version.version), version), set, ...close(intent, stamp(ctx)));
  return { name: version.containerName };
}

/** The init of the container starts in any case; only its end tells that the command itself could not be. */
function* requireCommand({ name, containerId, spec }: VersionRecord): Operation<void> {
  yield* wait(COMMAND_START_MS);
  const container = yield* engine('inspectContainer', containerId);
  if (container === undefined || container.running || !NOT_STARTED.has(container.exitCode)) return;
  const command = spec.cmd.length > 0 ? spec.cmd.join(' ') : 'the command of its image';
  throw new AppError('COMMAND_NOT_STARTED', `${name} ended at once with exit code ${container.exitCode}: ${command}`);
}

export function* undoRun(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  yield* discardMade(ctx, intent);
  for (const volume of intent.volumes) yield* ensureVolumeRemoved(volume);
  yield* closeUndone(ctx, intent);
}

const wishOf = (ctx: OperationContext, input: RunInput) => ({
  name: input.replicaSetName,
  operation: ctx.id,
  gpuCount: input.gpuCount,
  containerPorts: input.containerPorts,
  formerGpus: [],
  formerPorts: [],
});

function draftOf(
  ctx: OperationContext,
  input: RunInput,
  version: number,
  { image, uid }: { readonly image: ImageInfo; readonly uid: string },
  grant: Grant,
): Draft {
  const { replicaSetName: name, ...spec } = input;
  return {
    name,
    version,
    parent: null,
    cause: 'run',
    changes: [],
    actor: ctx.actor,
    operation: ctx.id,
    createdAt: stamp(ctx),
    spec,
    defaults: defaultsOf(image),
    implicitVolumes: implicitVolumes(image, uid),
    gpus: grant.gpus,
    ports: grant.ports,
    containerName: `${name}-${version}`,
    startedFrom: input.imageName,
  };
}

const openingIntent = (ctx: OperationContext, draft: Draft, grant: Grant): IntentRecord =>
  intentOf(ctx, 'run', draft.name, {
    container: draft.containerName,
    answer: { name: draft.containerName },
    newVersion: draft.version,
    addedGpus: grant.addedGpus,
    addedPorts: grant.addedPorts,
    volumes: draft.implicitVolumes.map((volume) => volume.name),
  });

const defaultsOf = (image: ImageInfo): ImageDefaults => ({
  imageId: image.id,
  cmd: image.cmd,
  entrypoint: image.entrypoint,
  user: image.user,
  workingDir: image.workingDir,
  env: image.env,
  stopSignal: image.stopSignal,
  healthcheck: image.healthcheck,
});

const implicitVolumes = (image: ImageInfo, uid: string): ImplicitVolume[] =>
  image.volumes.map((dest, at) => ({ name: `${volumePrefix(uid)}${at}`, dest: dest.replace(/\/+$/, '') }));

const newSet = (ctx: OperationContext, name: string, uid: string, version: number): ReplicaSetRecord => ({
  name,
  uid,
  owner: ctx.actor,
  createdAt: stamp(ctx),
  current: version,
  desired: 'running',
  stateSince: stamp(ctx),
  reason: null,
  deleting: null,
});
