/**
 * volume rm: the volume, everything in it, and its history. One that a set has bound is refused.
 *
 * Effects: intent, marked as going · unmount, which fails while somebody outside Berth has it open · commit ·
 * removal of what it holds · records dropped. The highest version number stays.
 * Undo: before the commit the volume is as it was, mounted again; after it, always forward. A Docker volume whose
 * removal may have been asked for when a crash came is gone or will be: that too goes forward.
 */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, readVolumeVersions, volumeHost, write } from '../effects.ts';
import { type Change, del, type IntentRecord, put, type VolumeRecord, versionKey, volumeKey } from '../records.ts';
import type { State } from '../state.ts';
import { bindersOf, hostIdOf, requireVolume, usesOf } from '../volumeUse.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open } from './intents.ts';
import { ensureVolumeRemoved, isKind } from './settle.ts';

export function* removeVolume(ctx: OperationContext, input: { readonly name: string }): Operation<null> {
  const volume = requireVolume(ctx, input.name);
  refuseUsed(ctx.state, volume);
  const intent = intentOf(ctx, 'volume rm', volumeKey(volume.name), {
    answer: null,
    volume: { before: volume, after: null, offline: true, users: [] },
  });
  yield* write(open(intent), put('volume', volume.name, { ...volume, deleting: ctx.id }));
  ctx.progress.step('let go of it');
  if (volume.dockerName === null) yield* volumeHost('unmount', hostIdOf(volume));
  else yield* removeFromDocker(volume, volume.dockerName);
  yield* write(put('intent', intent.id, { ...intent, phase: 'committed' }));
  return null;
}

/** Throws VOLUME_IN_USE or VOLUME_BUSY. */
export function refuseUsed(state: State, { name }: VolumeRecord): void {
  const sets = usesOf(state, name).map((use) => use.set.name);
  if (sets.length > 0)
    throw new AppError(
      'VOLUME_IN_USE',
      `volume ${name} is bound by ${sets.join(', ')}: bind another volume there, or delete them, first`,
      { details: { sets } },
    );
  const [binder] = bindersOf(state, name);
  if (binder !== undefined)
    throw new AppError('VOLUME_BUSY', `volume ${name} is being bound by ${binder.verb} ${binder.name}`);
}

/** Docker itself refuses what any container has, also those that are not Berth's. Without an answer it goes forward. */
function* removeFromDocker({ name }: VolumeRecord, dockerName: string): Operation<void> {
  try {
    yield* engine('removeVolume', dockerName);
  } catch (error) {
    if (isKind(error, 'notFound', 'unknown')) return;
    if (!isKind(error, 'conflict')) throw error;
    throw new AppError('VOLUME_IN_USE', `volume ${name} is used by a container outside Berth: ${error.message}`);
  }
}

export function* finishRemoveVolume(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const volume = intent.volume?.before;
  if (volume == null) throw new Error(`the intent ${intent.id} names no volume`);
  ctx.progress.step('remove what it holds');
  if (volume.dockerName === null) yield* volumeHost('remove', hostIdOf(volume));
  else yield* ensureVolumeRemoved(volume.dockerName);
  const versions = yield* readVolumeVersions(volume.name);
  yield* write(
    del('volume', volume.name),
    ...versions.map(({ version }): Change => del('volumeVersion', versionKey(volume.name, version))),
    ...close(intent, stamp(ctx), { before: volume.current }),
  );
}

export function* undoRemoveVolume(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const volume = intent.volume?.before;
  if (volume == null) throw new Error(`the intent ${intent.id} names no volume`);
  if (volume.dockerName !== null && (ctx.failure === undefined || (yield* isGone(volume.dockerName)))) {
    yield* finishRemoveVolume(ctx, intent);
    return;
  }
  if (volume.dockerName === null) yield* volumeHost('mount', hostIdOf(volume));
  yield* closeUndone(ctx, intent, put('volume', volume.name, volume));
}

function* isGone(dockerName: string): Operation<boolean> {
  return (yield* engine('inspectVolume', dockerName)) === undefined;
}
