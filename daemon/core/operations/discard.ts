/**
 * Taking back the container that an operation made.
 *
 * An engine that died while it started a container can leave its process behind, on its GPUs, although the container
 * never ran and may be removed by now. Such GPUs are quarantined, and what would run on them is not started.
 */
import { type Operation, write } from '../effects.ts';
import type { ContainerState } from '../engine.ts';
import { type Change, type IntentRecord, put } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';
import { withState } from './intents.ts';
import { quarantine } from './quarantine.ts';
import { ensureRemoved, findOwn, lingeringTasks } from './settle.ts';

export function* discardMade(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const made = intent.container === null ? undefined : yield* findOwn(intent.container, intent.id);
  if (made === undefined) return yield* quarantineVanished(ctx, intent);
  yield* discard(ctx, intent, made);
}

/** Whether processes live on. */
export function* discard(ctx: OperationContext, intent: IntentRecord, made: ContainerState): Operation<boolean> {
  // While the container can still be found: a crash from here on must not forget whose processes they are.
  if (!made.running) yield* quarantineStrays(ctx, intent, made);
  yield* ensureRemoved(ctx, made.id);
  return yield* quarantineStrays(ctx, intent, made);
}

/** Somebody else has removed it: only the record of its unanswered start still tells whose processes they are. */
function* quarantineVanished(ctx: OperationContext, { name, previous }: IntentRecord): Operation<void> {
  for (const start of ctx.state.table('unknown').values().toArray()) {
    if (start.name !== name || start.container === previous?.container) continue;
    const pids = yield* lingeringTasks(start.container);
    if (pids.length === 0) continue;
    const why = `processes ${pids.join(', ')} of a container of ${name} live on although it was removed`;
    const uuids = ctx.state.gpusOf(name).map(({ uuid }) => uuid);
    yield* write(...quarantine(ctx.state, uuids, why, stamp(ctx)));
  }
}

function* quarantineStrays(ctx: OperationContext, intent: IntentRecord, made: ContainerState): Operation<boolean> {
  if (made.gpuIds.length === 0) return false;
  const pids = yield* lingeringTasks(made.id);
  if (pids.length === 0) return false;
  const why = `processes ${pids.join(', ')} of ${made.name} live on although it does not run`;
  yield* write(...quarantine(ctx.state, made.gpuIds, why, stamp(ctx)), ...stayDown(ctx, intent, made, why));
  return true;
}

/** The container before it must not join the processes that live on. */
function stayDown(ctx: OperationContext, intent: IntentRecord, made: ContainerState, why: string): Change[] {
  const latest = ctx.state.table('intent').get(intent.id);
  const set = ctx.state.table('set').get(intent.name);
  const shared = ctx.state.current(intent.name)?.gpus.some((uuid) => made.gpuIds.includes(uuid));
  if (latest?.previous == null || !latest.previous.ran || set === undefined || !shared) return [];
  return [
    put('intent', latest.id, { ...latest, previous: { ...latest.previous, ran: false } }),
    withState(set, 'exited', stamp(ctx), `not started again after a failed ${intent.verb}: ${why}`),
  ];
}
