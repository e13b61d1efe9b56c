/**
 * continue: the same container again. Held leases are used; after a stop exactly the old ones are taken, or none.
 * A running container is restarted in place; reboot does nothing else.
 *
 * Effects: intent with leases · stop if it ran · start · commit of the state.
 * Undo: the prior state; added leases are released. A set that was to run is left running: its container had ended
 * with the engine, and nobody would start it once more.
 */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, write } from '../effects.ts';
import { foreignPort, reserveExactly } from '../ledger.ts';
import type { Change, IntentRecord, ReplicaSetRecord, VersionRecord } from '../records.ts';
import { volumesToBind } from '../volumeUse.ts';
import { mountVolumes } from './bindVolumes.ts';
import { requireRunning } from './checks.ts';
import { ledgerView, type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, requireSet, startingPoint, withState } from './intents.ts';
import { explainStart, lostPort } from './launch.ts';
import { requireNetworks } from './networks.ts';
import { standStill, startAgain } from './recreate.ts';
import { ensureStartedAgain, ensureStopped } from './settle.ts';
import { quarantineBusy, type StopInput } from './stop.ts';

export function continueSet(ctx: OperationContext, { name }: { readonly name: string }): Operation<null> {
  return again(ctx, { verb: 'continue', name });
}

/** WRONG_STATE for a set that does not run. */
export function* reboot(ctx: OperationContext, { name, timeout }: StopInput): Operation<null> {
  yield* requireRunning(ctx, name);
  return yield* again(ctx, { verb: 'reboot', name, timeoutS: timeout ?? undefined });
}

interface Again {
  readonly verb: 'continue' | 'reboot';
  readonly name: string;
  readonly timeoutS?: number | undefined;
}

function* again(ctx: OperationContext, { verb, name, timeoutS }: Again): Operation<null> {
  const known = requireSet(ctx, name);
  const { version } = known;
  const container = yield* engine('inspectContainer', version.containerId);
  if (container === undefined) {
    throw new AppError(
      'WRONG_STATE',
      `container ${version.containerName} was removed outside Berth; roll back to an earlier version`,
    );
  }
  yield* requireNetworks(version.spec);
  yield* mountVolumes(ctx, version.spec.binds);
  const grant = reserveExactly(ledgerView(ctx), wishOf(ctx, version));
  const intent = intentOf(ctx, verb, name, {
    answer: null,
    previous: startingPoint(known, container),
    addedGpus: grant.addedGpus,
    addedPorts: grant.addedPorts,
    binds: volumesToBind(ctx, version.spec.binds),
  });
  yield* write(open(intent), ...grant.changes);
  if (container.running) yield* standStill(ctx, version, timeoutS);
  yield* startIt(ctx, version, container.startedAt);
  const { set } = requireSet(ctx, name);
  yield* write(withState(set, 'running', stamp(ctx)), ...close(intent, stamp(ctx)));
  return null;
}

export function* undoContinue(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const { previous } = intent;
  const set = ctx.state.table('set').get(intent.name);
  const was =
    previous === null || previous.ran || set === undefined ? [] : yield* priorState(ctx, set, previous.container);
  yield* closeUndone(ctx, intent, ...was, ...(yield* startAgain(ctx, intent)));
}

/** Of a container that did not run. */
function* priorState(ctx: OperationContext, set: ReplicaSetRecord, container: string): Operation<Change[]> {
  if (set.desired === 'running') return [];
  if (set.desired !== 'frozen') return yield* standDown(ctx, set.name, container);
  const runs = (yield* engine('inspectContainer', container))?.status === 'running';
  const reason = 'not frozen any more: it was started again after the engine was away';
  return runs ? [withState(set, 'running', stamp(ctx), reason)] : [];
}

/** An engine that died in the start can have left a process behind, on GPUs that are about to be released. */
function* standDown(ctx: OperationContext, name: string, container: string): Operation<Change[]> {
  yield* ensureStopped(ctx, container);
  const version = ctx.state.current(name);
  return version === undefined ? [] : yield* quarantineBusy(ctx, version);
}

function* startIt(ctx: OperationContext, version: VersionRecord, startedBefore: string | null): Operation<void> {
  ctx.progress.step('start container');
  try {
    yield* ensureStartedAgain(ctx, version.containerId, version.name, startedBefore);
  } catch (error) {
    const lost = lostPort(error, version.ports);
    if (lost === undefined) throw yield* explainStart(ctx, error, version.gpus);
    yield* write(foreignPort(lost.hostPort, stamp(ctx)));
    throw new AppError(
      'LEASES_TAKEN',
      `host port ${lost.hostPort} of ${version.name} is taken by somebody outside Berth`,
    );
  }
}

const wishOf = (ctx: OperationContext, version: VersionRecord) => ({
  name: version.name,
  operation: ctx.id,
  gpuCount: version.gpus.length,
  containerPorts: version.spec.containerPorts,
  formerGpus: version.gpus,
  formerPorts: version.ports,
});
