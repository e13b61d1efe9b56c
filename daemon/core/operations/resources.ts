/**
 * resources: other limits for the container that is there, as an amendment of the current version. A running container
 * has them at once, any other at its next start.
 *
 * Effects: intent · update · commit of the amendment.
 * Undo: the limits that the version says.
 *
 * Not here: GPUs. The engine ignores device requests in an update, so another number of them is another version.
 */
import { limitsFor } from '../containerSpec.ts';
import { engine, type Operation, write } from '../effects.ts';
import type { IntentRecord, VersionRecord } from '../records.ts';
import { limitChanges } from '../specChanges.ts';
import { type LimitInput, withLimits } from '../versionSpec.ts';
import { amended } from './amend.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, requireSet, startingPoint } from './intents.ts';
import { settled } from './settle.ts';

export interface ResourcesInput extends LimitInput {
  readonly name: string;
}

export interface Resourced {
  changes: string[];
  applied: boolean;
}

export function* resources(ctx: OperationContext, input: ResourcesInput): Operation<Resourced> {
  const { set, version } = requireSet(ctx, input.name);
  const limits = withLimits(version.spec.limits, input);
  const changes = limitChanges(version.spec.limits, limits);
  const container = yield* engine('inspectContainer', version.containerId);
  const answer = { changes, applied: container?.running === true };
  if (changes.length === 0) return answer;
  const spec = { ...version.spec, limits };
  const intent = intentOf(ctx, 'resources', input.name, {
    answer,
    previous: startingPoint({ set, version }, container),
  });
  yield* write(open(intent));
  if (container !== undefined) {
    ctx.progress.step('set limits');
    yield* setLimits(ctx, { ...version, spec });
  }
  yield* write(amended(ctx, version, spec, changes), ...close(intent, stamp(ctx)));
  return answer;
}

export function* undoResources(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const version = ctx.state.current(intent.name);
  const container = version && (yield* engine('inspectContainer', version.containerId));
  if (version !== undefined && container !== undefined) yield* setLimits(ctx, version);
  yield* closeUndone(ctx, intent);
}

/** The same limits twice are the same limits, so an answer that never came is asked for again. */
function* setLimits(ctx: OperationContext, version: VersionRecord): Operation<void> {
  yield* settled(
    () => engine('update', version.containerId, limitsFor(version, ctx.settings)),
    function* () {
      return (yield* engine('inspectContainer', version.containerId)) === undefined;
    },
  );
}
