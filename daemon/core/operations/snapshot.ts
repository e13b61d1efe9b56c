/**
 * Saving the files of a version that stands still: a commit, or a flattened image where the chain of layers would
 * come near what overlay file systems bear.
 */
import { layersMax } from '../../../common/limits.ts';
import { engine, type Operation } from '../effects.ts';
import { EngineError } from '../engine.ts';
import { snapshotComment } from '../recordLabel.ts';
import type { Snapshot, VersionRecord } from '../records.ts';
import type { OperationContext } from './context.ts';
import { settled } from './settle.ts';

/** Idempotent: a snapshot that this operation already made is taken as it is. */
export function* saveSnapshot(ctx: OperationContext, version: VersionRecord, tag: string): Operation<Snapshot> {
  const base = yield* engine('inspectImage', version.startedFrom);
  const flat = base !== undefined && base.layers + 1 >= layersMax;
  ctx.progress.step(flat ? 'flatten files' : 'save files');
  const made = yield* engine('inspectImage', tag);
  if (made === undefined) yield* takeIt(ctx, version, tag, flat);
  const image = yield* engine('inspectImage', tag);
  if (image === undefined) throw new EngineError('failed', `snapshot ${tag} is not there after it was made`);
  const sizeBytes = flat || base === undefined ? image.sizeBytes : Math.max(0, image.sizeBytes - base.sizeBytes);
  ctx.progress.bytes(sizeBytes);
  return { tag, sizeBytes };
}

function* takeIt(ctx: OperationContext, version: VersionRecord, tag: string, flat: boolean): Operation<void> {
  const comment = commentFor(ctx, version);
  yield* settled(
    () =>
      flat
        ? engine('flatten', version.containerId, tag, comment, (bytes) => ctx.progress.bytes(bytes))
        : engine('commit', version.containerId, tag, comment),
    function* () {
      return (yield* engine('inspectImage', tag)) !== undefined;
    },
  );
}

/** With its record, so that the version can be found again from its snapshot alone. */
function commentFor(ctx: OperationContext, version: VersionRecord): string {
  const set = ctx.state.table('set').get(version.name);
  return snapshotComment(ctx.id, set === undefined ? undefined : { instance: ctx.instance, set, version });
}
