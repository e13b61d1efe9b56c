/**
 * volume resize: the next version of a volume, with every byte. Its directory on the host stays the same, so what is
 * bound stays bound; where it cannot be resized in use, the sets that run on it are stopped for it.
 *
 * Effects: intent · stop the sets that use it · resize on the host · commit · each set brought back as its next version.
 * Undo: cut off by a crash, a growth goes forward; all else goes back to the old size. The sets run again either way.
 */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, volumeHost, write } from '../effects.ts';
import { EngineError } from '../engine.ts';
import {
  type Change,
  type IntentRecord,
  put,
  type VersionRecord,
  type VolumeRecord,
  type VolumeUser,
  versionKey,
  volumeKey,
} from '../records.ts';
import type { State } from '../state.ts';
import { VolumeHostError } from '../volumeHost.ts';
import { judgeResize, type ResizeWish, resizedNote } from '../volumeResize.ts';
import { bindersOf, hostIdOf, requireVolume, usesOf, versionName } from '../volumeUse.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, givenAnswer, intentOf, open, requireSet } from './intents.ts';
import { finishRecreate, recreate, standStill, startAgain, undoRecreate } from './recreate.ts';

export interface ResizeVolumeInput extends ResizeWish {
  readonly name: string;
  /** Sets that nothing else changes meanwhile; the only ones that may be stopped. */
  readonly locked: readonly string[];
}

export function* resizeVolume(
  ctx: OperationContext,
  input: ResizeVolumeInput,
): Operation<{ name: string; size: string }> {
  const before = requireVolume(ctx, input.name);
  ctx.progress.step('check');
  const running = yield* runningUsers(ctx, before);
  const { sizeBytes, stops, inPlace } = judgeResize(before, input, yield* factsOf(ctx, before, running));
  const after: VolumeRecord = {
    ...before,
    current: ctx.state.highWater(volumeKey(before.name)) + 1,
    versionCreatedAt: stamp(ctx),
    size: input.size,
    sizeBytes,
  };
  const users = stops.map(({ name, version, containerId }) => ({ name, version, container: containerId }));
  if (!inPlace) refuseNewUsers(ctx, before, running, input.locked);
  const intent = intentOf(ctx, 'volume resize', volumeKey(before.name), {
    newVersion: after.current,
    answer: { name: versionName(after), size: input.size, restarted: [] },
    volume: { before, after, offline: !inPlace, users },
  });
  yield* write(put('hw', volumeKey(before.name), after.current), open(intent));
  for (const version of stops) yield* standStill(ctx, version);
  ctx.progress.step('resize volume');
  yield* volumeHost('resize', hostIdOf(before), sizeBytes);
  yield* write(...committed(intent, before, after));
  return { name: versionName(after), size: input.size };
}

/** Current versions of the sets whose containers have it open now. */
export function* runningUsers(ctx: Pick<OperationContext, 'state'>, volume: VolumeRecord): Operation<VersionRecord[]> {
  const running: VersionRecord[] = [];
  for (const { version } of usesOf(ctx.state, volume.name)) {
    const container = yield* engine('inspectContainer', version.containerId);
    if (container?.running) running.push(version);
  }
  return running;
}

/** What the host knows of it: mounted first, since only then is it known how much it holds. */
export function* factsOf(
  ctx: Pick<OperationContext, 'volumes'>,
  volume: VolumeRecord,
  running: readonly VersionRecord[],
) {
  if (volume.dockerName === null) yield* volumeHost('mount', hostIdOf(volume));
  const look = volume.dockerName === null ? yield* volumeHost('look', hostIdOf(volume)) : undefined;
  const { freeBytes } = yield* volumeHost('room');
  return { look, freeBytes, running, support: ctx.volumes.support() };
}

/** Nothing may have begun to use it since it was looked at, unless its name is locked for this. */
function refuseNewUsers(
  ctx: OperationContext,
  { name }: VolumeRecord,
  running: readonly VersionRecord[],
  locked: readonly string[],
): void {
  const [binder] = bindersOf(ctx.state, name);
  const stranger = binder?.name ?? running.find((version) => !locked.includes(version.name))?.name;
  if (stranger !== undefined) throw new AppError('VOLUME_BUSY', `${stranger} has just begun to use volume ${name}`);
}

function committed(intent: IntentRecord, before: VolumeRecord, after: VolumeRecord): Change[] {
  const { name, current: version, size, sizeBytes, versionCreatedAt: createdAt } = after;
  const note = resizedNote(before, after);
  const row = { name, version, cause: 'resize', size, sizeBytes, note, operation: intent.id, createdAt } as const;
  return [
    put('volume', name, after),
    put('volumeVersion', versionKey(name, version), { ...row, actor: intent.actor }),
    put('intent', intent.id, { ...intent, phase: 'committed' }),
  ];
}

/** After the commit: every set that was stopped for it runs again, at best as its next version. */
export function* finishResizeVolume(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const { before, after, users } = changeOf(intent);
  for (const user of users) {
    ctx.progress.step(`bring ${user.name} back`);
    yield* bringBack(ctx, user, `volume ${after.name} ${before.size} > ${after.size}`);
  }
  const restarted = { ...(intent.answer as object), restarted: restartedOf(ctx.state, users) };
  const answer = givenAnswer(ctx, intent) ?? restarted;
  yield* write(...close({ ...intent, answer }, stamp(ctx), { before: before.current }));
}

/** Containers of those that came back as their next versions. */
export const restartedOf = (state: State, users: readonly Pick<VolumeUser, 'name' | 'version'>[]): string[] =>
  users.flatMap(({ name, version }) => {
    const current = state.current(name);
    return current === undefined || current.version === version ? [] : [current.containerName];
  });

function* bringBack(ctx: OperationContext, user: VolumeUser, change: string): Operation<void> {
  yield* settleRecreations(ctx, user.name);
  const set = ctx.state.table('set').get(user.name);
  if (set === undefined || set.deleting !== null || set.current !== user.version) return;
  const own: OperationContext = { ...ctx, id: ctx.newId(), idempotency: undefined };
  const { spec } = requireSet(ctx, user.name).version;
  try {
    yield* recreate(own, { name: user.name, verb: 'restart', cause: 'volume resize', spec, changes: [change] });
    yield* settleRecreations(ctx, user.name);
  } catch (error) {
    // Without an answer nothing is known: the intent stays open, and is taken up again.
    if (!(error instanceof AppError || error instanceof EngineError) || isPassing(error)) throw error;
    yield* settleRecreations({ ...ctx, failure: error.message }, user.name);
    yield* runOldAgain(ctx, user);
  }
}

/** Its container still binds the same directory. */
function* runOldAgain(ctx: OperationContext, { name, version, container }: VolumeUser): Operation<void> {
  const previous = { container, version, ran: true };
  yield* write(
    ...(yield* startAgain(ctx, { ...intentOf(ctx, 'volume resize', name, { answer: null, previous }), id: '' })),
  );
}

const isPassing = (error: AppError | EngineError): boolean =>
  error instanceof EngineError
    ? error.kind === 'unknown' || error.kind === 'down'
    : error.code === 'STORE_FAILED' || error.code === 'OUTCOME_UNKNOWN' || error.code === 'ENGINE_DOWN';

/** Only its own: nothing else can be open on a name that is locked for this. */
function* settleRecreations(ctx: OperationContext, name: string): Operation<void> {
  for (const leftover of ctx.state.openIntents(name)) {
    const own: OperationContext = { ...ctx, id: leftover.id };
    yield* leftover.phase === 'committed' ? finishRecreate(own, leftover) : undoRecreate(own, leftover);
  }
}

export function* undoResizeVolume(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const { before, after, users } = changeOf(intent);
  const isGrowthCutOff = ctx.failure === undefined && (after.sizeBytes ?? 0) > (before.sizeBytes ?? 0);
  if (isGrowthCutOff && (yield* resized(after))) {
    yield* write(...committed(intent, before, after));
    yield* finishResizeVolume(ctx, intent);
    return;
  }
  yield* volumeHost('resize', hostIdOf(before), before.sizeBytes ?? 0);
  const changes: Change[] = [];
  for (const { name, version, container } of users) {
    const previous = { container, version, ran: true };
    changes.push(...(yield* startAgain(ctx, { ...intent, name, id: '', previous })));
  }
  yield* closeUndone(ctx, intent, ...changes);
}

/** Whether it has that size now; the host may have less room than there was. */
function* resized(volume: VolumeRecord): Operation<boolean> {
  try {
    yield* volumeHost('resize', hostIdOf(volume), volume.sizeBytes ?? 0);
    return true;
  } catch (error) {
    if (error instanceof VolumeHostError) return false;
    throw error;
  }
}

function changeOf({ id, volume }: IntentRecord): {
  before: VolumeRecord;
  after: VolumeRecord;
  users: readonly VolumeUser[];
} {
  if (volume?.before == null || volume.after === null) throw new Error(`the intent ${id} names no volume`);
  return { before: volume.before, after: volume.after, users: volume.users };
}
