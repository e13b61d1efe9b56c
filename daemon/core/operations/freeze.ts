/**
 * freeze and thaw: the processes of a set stand still where they are, and go on. Everything stays with it meanwhile.
 *
 * Effects: intent · freeze or thaw · commit of the state.
 * Undo: the container is as its set is meant to be.
 */
import { engine, type Operation, write } from '../effects.ts';
import type { IntentRecord } from '../records.ts';
import { requireRunning } from './checks.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, requireSet, startingPoint, withState } from './intents.ts';
import { ensureFrozen, ensureThawed } from './settle.ts';

interface ByName {
  readonly name: string;
}

/** Nothing to do for a set that is frozen. */
export function* freeze(ctx: OperationContext, { name }: ByName): Operation<null> {
  const known = yield* requireRunning(ctx, name);
  if (known.set.desired === 'frozen' && known.container.status === 'paused') return null;
  const intent = intentOf(ctx, 'freeze', name, { answer: null, previous: startingPoint(known, known.container) });
  yield* write(open(intent));
  ctx.progress.step('freeze processes');
  yield* ensureFrozen(known.container.id);
  yield* write(withState(requireSet(ctx, name).set, 'frozen', stamp(ctx)), ...close(intent, stamp(ctx)));
  return null;
}

/** Nothing to do for a set that is not frozen. */
export function* thaw(ctx: OperationContext, { name }: ByName): Operation<null> {
  const known = yield* requireRunning(ctx, name);
  if (known.set.desired === 'running' && known.container.status !== 'paused') return null;
  const intent = intentOf(ctx, 'thaw', name, { answer: null, previous: startingPoint(known, known.container) });
  yield* write(open(intent));
  ctx.progress.step('thaw processes');
  yield* ensureThawed(known.container.id);
  yield* write(withState(requireSet(ctx, name).set, 'running', stamp(ctx)), ...close(intent, stamp(ctx)));
  return null;
}

export function* undoFreeze(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const set = ctx.state.table('set').get(intent.name);
  const container = intent.previous === null ? undefined : yield* engine('inspectContainer', intent.previous.container);
  if (container?.running && set !== undefined) {
    yield* set.desired === 'frozen' ? ensureFrozen(container.id) : ensureThawed(container.id);
  }
  yield* closeUndone(ctx, intent);
}
