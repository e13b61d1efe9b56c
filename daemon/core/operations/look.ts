/**
 * look: compares one set with its container and writes down, or puts right, what differs.
 *
 *  desired   container            what follows
 *  running   ended from outside   to be started again, where the engine was away
 *  running   ended by itself      exited; leases go at once after success, else after the grace
 *  any but stopped   not there    exited, leases go
 *  running   frozen               frozen, from outside
 *  frozen    runs                 running, from outside
 *  exited    ended as the engine  to be started again, where the engine was away
 *            went
 *  exited    runs                 running, where it still holds its GPUs and ports; else stopped
 *  stopped   runs                 stopped: only berthd starts containers, and its GPUs may be somebody else's
 *  paused    runs                 stopped
 *
 * Not here: when it runs (reconciler.ts, engineWatch.ts).
 */
import { engine, type Operation, write } from '../effects.ts';
import type { ContainerState } from '../engine.ts';
import { holdsItsGrants, releaseAll } from '../ledger.ts';
import type { ReplicaSetRecord, VersionRecord } from '../records.ts';
import type { State } from '../state.ts';
import { heldBy } from '../volumeUse.ts';
import { type OperationContext, stamp } from './context.ts';
import { withState } from './intents.ts';
import { ensureStopped } from './settle.ts';
import { quarantineBusy } from './stop.ts';

/** How a look came about. After an absence of the engine, containers may have been ended by its going. */
export type Occasion = 'routine' | Reunion;

export interface Reunion {
  /** When this daemon saw the engine go; null when it has met it for the first time. */
  readonly lostAt: Date | null;
  /** When the host was started. */
  readonly bootedAt: Date;
}

export type Seen =
  | 'nothing to do'
  | 'to be started again'
  | 'ended'
  | 'released'
  | 'stopped'
  | 'runs again'
  | 'frozen'
  | 'thawed';

interface Known {
  readonly set: ReplicaSetRecord;
  readonly version: VersionRecord;
}

/** Docker gives its containers 15 seconds to end when it ends itself. */
const ENGINE_SHUTDOWN_MS = 20_000;

/** What Docker writes down for a container that it found dead when it came back. */
const LOST = 255;

/** Exit codes of processes that were asked to end or killed, or lost. */
const ENDED_FROM_OUTSIDE: ReadonlySet<number> = new Set([128 + 1, 128 + 2, 128 + 9, 128 + 15, LOST]);

export function* look(ctx: OperationContext, name: string, occasion: Occasion): Operation<Seen> {
  const known = inRest(ctx.state, name);
  if (known === undefined) return 'nothing to do';
  const { desired } = known.set;
  const isMeantToRun = desired === 'running' || desired === 'frozen';
  const container = yield* engine('inspectContainer', known.version.containerId);
  if (container === undefined) return desired === 'stopped' ? 'nothing to do' : yield* afterRemoval(ctx, known);
  const runs = container.running;
  if (isMeantToRun && !runs) return yield* afterEnd(ctx, known, container, occasion);
  if (!isMeantToRun && runs) return yield* afterForeignStart(ctx, known);
  if (isMeantToRun) return yield* afterForeignFreeze(ctx, known.set, container.status === 'paused');
  if (desired !== 'exited') return 'nothing to do';
  return wentWithTheEngine(known.set, container, occasion) ? 'to be started again' : yield* afterGrace(ctx, known);
}

/** A set that the engine was asked to start again in vain. */
export function* noteNotStarted(ctx: OperationContext, name: string, why: string): Operation<void> {
  const known = inRest(ctx.state, name);
  if (known?.set.desired !== 'running' && known?.set.desired !== 'frozen') return;
  const container = yield* engine('inspectContainer', known.version.containerId);
  if (container?.running) return;
  const reason = `could not be started again after the engine was away: ${why}`;
  yield* write(withState(known.set, 'exited', stamp(ctx), reason));
}

/** Nothing that could still be undone is under way with it. */
function inRest(state: State, name: string): Known | undefined {
  const set = state.table('set').get(name);
  const version = state.current(name);
  const isMoving =
    state.openIntents(name).some((intent) => intent.phase === 'prepared') || heldBy(state, name) !== undefined;
  return set === undefined || version === undefined || set.deleting !== null || isMoving ? undefined : { set, version };
}

function* afterForeignFreeze(ctx: OperationContext, set: ReplicaSetRecord, isFrozen: boolean): Operation<Seen> {
  if (isFrozen === (set.desired === 'frozen')) return 'nothing to do';
  const [desired, seen] = isFrozen ? (['frozen', 'frozen'] as const) : (['running', 'thawed'] as const);
  yield* write(withState(set, desired, stamp(ctx), `${seen} outside Berth`));
  return seen;
}

/** Noted once: the reason tells that it is known. */
function* afterRemoval(ctx: OperationContext, { set, version }: Known): Operation<Seen> {
  const reason = `container ${version.containerName} was removed outside Berth`;
  if (set.desired === 'exited' && set.reason === reason) return 'nothing to do';
  const sick = yield* quarantineBusy(ctx, version);
  yield* write(withState(set, 'exited', stamp(ctx), reason), ...releaseAll(ctx.state, set.name), ...sick);
  return 'ended';
}

function* afterEnd(
  ctx: OperationContext,
  { set, version }: Known,
  container: ContainerState,
  occasion: Occasion,
): Operation<Seen> {
  if (occasion !== 'routine' && endedMeanwhile(container, occasion)) return 'to be started again';
  const isOver = container.exitCode === 0;
  const sick = isOver ? yield* quarantineBusy(ctx, version) : [];
  const released = isOver ? releaseAll(ctx.state, set.name) : [];
  yield* write(withState(set, 'exited', stamp(ctx), whyEnded(container)), ...released, ...sick);
  return 'ended';
}

function* afterForeignStart(ctx: OperationContext, { set, version }: Known): Operation<Seen> {
  if (set.desired === 'exited' && holdsItsGrants(ctx.state, version)) {
    yield* write(withState(set, 'running', stamp(ctx)));
    return 'runs again';
  }
  yield* ensureStopped(ctx, version.containerId);
  const sick = yield* quarantineBusy(ctx, version);
  yield* write(...sick);
  return 'stopped';
}

function* afterGrace(ctx: OperationContext, { set, version }: Known): Operation<Seen> {
  const isDue = ctx.now().getTime() - Date.parse(set.stateSince) >= ctx.settings.exitGraceMs;
  if (!isDue || releaseAll(ctx.state, set.name).length === 0) return 'nothing to do';
  const sick = yield* quarantineBusy(ctx, version);
  yield* write(withState(set, 'exited', set.stateSince, set.reason), ...releaseAll(ctx.state, set.name), ...sick);
  return 'released';
}

/**
 * Ended by the going of host or engine. A daemon that has just started knows no more than that the host was booted
 * since, or that Docker lost the container: what somebody ended while only the daemon was away has ended.
 */
function endedMeanwhile(container: ContainerState, { lostAt, bootedAt }: Reunion): boolean {
  if (container.status === 'created' || container.exitCode === LOST) return true;
  if (lostAt !== null) return wasEndedFromOutside(container);
  return container.finishedAt !== null && Date.parse(container.finishedAt) < bootedAt.getTime();
}

const wasEndedFromOutside = ({ exitCode, oomKilled }: ContainerState): boolean =>
  ENDED_FROM_OUTSIDE.has(exitCode) && !oomKilled;

/** An engine that is told to end stops its containers first, and says so as if they had ended by themselves. */
function wentWithTheEngine(set: ReplicaSetRecord, container: ContainerState, occasion: Occasion): boolean {
  if (occasion === 'routine' || occasion.lostAt === null || !wasEndedFromOutside(container)) return false;
  // Otherwise it was ended on purpose.
  if (set.reason !== whyEnded(container)) return false;
  return occasion.lostAt.getTime() - Date.parse(set.stateSince) < ENGINE_SHUTDOWN_MS;
}

const whyEnded = ({ oomKilled, exitCode }: ContainerState): string =>
  oomKilled ? 'killed: out of memory' : `ended by itself with exit code ${exitCode}`;
