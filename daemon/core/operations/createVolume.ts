/**
 * volume create: version 1 of a new volume.
 *
 * Effects: intent · directory on the host, or Docker volume where no size was asked for · commit.
 * Undo: what was made goes; nothing of it remains.
 */
import { AppError } from '../../../common/errors.ts';
import { formatBytes } from '../../../common/units.ts';
import { volumeSizeBytes } from '../../../common/volumeSize.ts';
import { engine, type Operation, volumeHost, write } from '../effects.ts';
import { volumeLabels } from '../labels.ts';
import { type IntentRecord, put, type VolumeRecord, versionKey, volumeKey } from '../records.ts';
import { hostIdOf, versionName } from '../volumeUse.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open } from './intents.ts';
import { ensureVolumeCreated, ensureVolumeRemoved } from './settle.ts';

export interface CreateVolumeInput {
  readonly name: string;
  readonly size?: string | null | undefined;
  readonly thin?: boolean | null | undefined;
}

type Created = { readonly name: string; readonly size: string | null };

export function* createVolume(ctx: OperationContext, input: CreateVolumeInput): Operation<Created> {
  const { name } = input;
  const known = ctx.state.table('volume').get(name);
  if (known !== undefined) throw new AppError('VOLUME_TAKEN', `a volume ${name} exists, at ${versionName(known)}`);
  ctx.progress.step('check');
  const draft = draftOf(ctx, input);
  yield* requireRoom(draft);
  if ((yield* engine('inspectVolume', name)) !== undefined)
    throw new AppError('VOLUME_TAKEN', `Docker has a volume ${name} of its own; \`docker volume rm\` removes it`);
  const volume = yield* numbered(ctx, draft);
  const intent = intentOf(ctx, 'volume create', volumeKey(name), {
    newVersion: volume.current,
    answer: { name: versionName(volume), size: volume.size },
    volume: { before: null, after: volume, offline: true, users: [] },
  });
  yield* write(put('hw', volumeKey(name), volume.current), open(intent));
  yield* make(ctx, volume);
  yield* write(...firstRows(ctx, volume), ...close(intent, stamp(ctx)));
  return { name: versionName(volume), size: volume.size };
}

export function* undoCreateVolume(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const volume = intent.volume?.after;
  if (volume?.dockerName != null) yield* ensureVolumeRemoved(volume.dockerName);
  else if (volume != null) yield* volumeHost('remove', hostIdOf(volume));
  yield* closeUndone(ctx, intent);
}

function draftOf(ctx: OperationContext, { name, size, thin }: CreateVolumeInput): VolumeRecord {
  const sizeBytes = size == null ? null : (volumeSizeBytes(size) ?? 0);
  if (thin === true && sizeBytes === null)
    throw new AppError('BAD_INPUT', `volume ${name} has no size, so there is nothing to promise: thin needs a size`);
  const { backend, reason } = ctx.volumes.support();
  if (sizeBytes !== null && backend === null)
    throw new AppError('SIZE_NOT_ENFORCEABLE', `the size of volume ${name} could not be kept to here: ${reason}`);
  return {
    name,
    uid: ctx.newId(),
    owner: ctx.actor,
    createdAt: stamp(ctx),
    current: 0,
    versionCreatedAt: stamp(ctx),
    backend: sizeBytes === null || backend === null ? 'plain' : backend,
    thin: thin === true,
    size: size ?? null,
    sizeBytes,
    dockerName: null,
    deleting: null,
  };
}

/** A thin one takes its room later, but never more than the disk has. */
function* requireRoom({ name, size, sizeBytes, thin }: VolumeRecord): Operation<void> {
  if (sizeBytes === null) return;
  const { freeBytes, totalBytes } = yield* volumeHost('room');
  const hasBytes = thin ? totalBytes : freeBytes;
  if (sizeBytes <= hasBytes) return;
  throw new AppError(
    'VOLUME_NO_ROOM',
    `volume ${name} asks for ${size}; the disk that holds the volumes has ${formatBytes(hasBytes)} ${thin ? 'in all' : 'free'}`,
    { details: { askedBytes: sizeBytes, freeBytes } },
  );
}

/** With the next number; a plain one's Docker volume is named by it, and must not be somebody else's. */
function* numbered(ctx: OperationContext, draft: VolumeRecord): Operation<VolumeRecord> {
  let current = ctx.state.highWater(volumeKey(draft.name)) + 1;
  if (draft.backend !== 'plain') return { ...draft, current };
  while ((yield* engine('inspectVolume', versionName({ ...draft, current }))) !== undefined) current += 1;
  return { ...draft, current, dockerName: versionName({ ...draft, current }) };
}

function* make(ctx: OperationContext, volume: VolumeRecord): Operation<void> {
  ctx.progress.step('make volume');
  const { dockerName, sizeBytes, thin } = volume;
  if (dockerName !== null) yield* ensureVolumeCreated(dockerName, volumeLabels(ctx.instance, volume, ctx.id));
  else yield* volumeHost('create', hostIdOf(volume), { sizeBytes: sizeBytes ?? 0, thin });
}

const firstRows = (ctx: OperationContext, volume: VolumeRecord) => [
  put('volume', volume.name, volume),
  put('volumeVersion', versionKey(volume.name, volume.current), {
    name: volume.name,
    version: volume.current,
    cause: 'create' as const,
    size: volume.size,
    sizeBytes: volume.sizeBytes,
    note: `empty, on the host as ${volume.dockerName ?? ctx.volumes.path(hostIdOf(volume))}`,
    actor: ctx.actor,
    operation: ctx.id,
    createdAt: volume.createdAt,
  }),
];
