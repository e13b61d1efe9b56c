/**
 * stop and pause: the container ends its processes and stays. stop frees its GPUs and ports, pause keeps them.
 *
 * Effects: intent · stop · commit of the state, with the releases.
 * Undo: started again if it ran.
 */
import { AppError } from '../../../common/errors.ts';
import { stopTimeoutOf } from '../containerSpec.ts';
import { engine, type Operation, write } from '../effects.ts';
import { holdsItsGrants, releaseAll } from '../ledger.ts';
import type { Change, IntentRecord, ReplicaSetRecord, VersionRecord } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, requireSet, startingPoint, withState } from './intents.ts';
import { quarantine } from './quarantine.ts';
import { startAgain } from './recreate.ts';
import { ensureStopped, lingeringTasks } from './settle.ts';

interface ByName {
  readonly name: string;
}

export interface StopInput extends ByName {
  /** Seconds to end by itself. */
  readonly timeout?: number | null | undefined;
}

/** Nothing to do for a set that is stopped: a second stop must not free what others were given since. */
export function* stop(ctx: OperationContext, { name, timeout }: StopInput): Operation<null> {
  const { set } = requireSet(ctx, name);
  if (set.desired === 'stopped') return null;
  return yield* standStillAs(ctx, name, 'stopped', timeout ?? undefined);
}

export function* pause(ctx: OperationContext, { name }: ByName): Operation<null> {
  if (requireKept(ctx, name).desired === 'paused') return null;
  return yield* standStillAs(ctx, name, 'paused');
}

/** The set, if a pause would keep its GPUs and ports; WRONG_STATE where they are given back already. */
export function requireKept(ctx: Pick<OperationContext, 'state'>, name: string): ReplicaSetRecord {
  const { set, version } = requireSet(ctx, name);
  if (set.desired !== 'stopped' && (set.desired !== 'exited' || holdsItsGrants(ctx.state, version))) return set;
  throw new AppError('WRONG_STATE', `${name} is ${set.desired} and holds no GPUs or ports that a pause could keep`);
}

function* standStillAs(
  ctx: OperationContext,
  name: string,
  desired: 'stopped' | 'paused',
  timeoutS?: number,
): Operation<null> {
  const known = requireSet(ctx, name);
  const { version } = known;
  const container = yield* engine('inspectContainer', version.containerId);
  const verb = desired === 'stopped' ? 'stop' : 'pause';
  const intent = intentOf(ctx, verb, name, { answer: null, previous: startingPoint(known, container) });
  yield* write(open(intent));
  ctx.progress.step('stop container');
  yield* ensureStopped(ctx, version.containerId, timeoutS ?? stopTimeoutOf(version, ctx.settings));
  const sick = desired === 'stopped' ? yield* quarantineBusy(ctx, version) : [];
  const released = desired === 'stopped' ? releaseAll(ctx.state, name) : [];
  const { set } = requireSet(ctx, name);
  yield* write(withState(set, desired, stamp(ctx)), ...released, ...sick, ...close(intent, stamp(ctx)));
  return null;
}

/** GPUs on which a process lives on are released by the set, but granted to nobody. To be written at once. */
export function* quarantineBusy(ctx: OperationContext, version: VersionRecord): Operation<Change[]> {
  if (version.gpus.length === 0) return [];
  const pids = yield* lingeringTasks(version.containerId);
  if (pids.length === 0) return [];
  const reason = `processes ${pids.join(', ')} of ${version.containerName} live on although it does not run`;
  return quarantine(ctx.state, version.gpus, reason, stamp(ctx));
}

export function* undoStop(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  yield* closeUndone(ctx, intent, ...(yield* startAgain(ctx, intent)));
}
