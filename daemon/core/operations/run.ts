/**
 * run: version 1 of a new set.
 *
 * Effects: intent with leases · implicit volumes · create · start · commit of set and version.
 * Undo: container, volumes and leases go; nothing of it remains.
 */
import { AppError } from '../../../common/errors.ts';
import { type Operation, write } from '../effects.ts';
import type { ImageInfo } from '../engine.ts';
import { labelsOf } from '../labels.ts';
import { type Grant, reserve } from '../ledger.ts';
import { type IntentRecord, put, type ReplicaSetRecord, type VersionSpec, versionKey } from '../records.ts';
import { type RunInput, specOf } from '../versionSpec.ts';
import { volumesToBind, volumeVersions } from '../volumeUse.ts';
import { nextVersion, requireImage, resolveBinds } from './checks.ts';
import { ledgerView, type OperationContext, stamp } from './context.ts';
import { discardMade } from './discard.ts';
import { imageDefaults, implicitVolumes } from './imageDefaults.ts';
import { close, closeUndone, intentOf, open } from './intents.ts';
import { type Draft, launch, requireCommand } from './launch.ts';
import { requireNetworks } from './networks.ts';
import { ensureVolumeCreated, ensureVolumeRemoved } from './settle.ts';

export function* run(ctx: OperationContext, input: RunInput): Operation<{ name: string }> {
  const name = input.replicaSetName;
  if (ctx.state.table('set').has(name)) throw new AppError('NAME_TAKEN', `a replicaSet ${name} exists`);
  ctx.progress.step('check');
  const image = yield* requireImage(input.imageName);
  const spec = specOf(input);
  yield* requireNetworks(spec);
  const binds = yield* resolveBinds(ctx, input.binds);
  const number = yield* nextVersion(ctx, name);
  const uid = ctx.newId();
  const grant = reserve(ledgerView(ctx), wishOf(ctx, input));
  const draft = draftOf(ctx, input, number, { spec, image, uid }, grant);
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
  { spec, image, uid }: { readonly spec: VersionSpec; readonly image: ImageInfo; readonly uid: string },
  grant: Grant,
): Draft {
  const name = input.replicaSetName;
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
    defaults: imageDefaults(image),
    implicitVolumes: implicitVolumes(image.volumes, uid),
    volumes: volumeVersions(ctx.state, input.binds),
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
    binds: volumesToBind(ctx, draft.spec.binds),
  });

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
