/**
 * commit: the current version's files as an image of the user's own.
 *
 * Effects: intent · commit · close. Undo: the image goes, if it is the one that this operation made.
 */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, write } from '../effects.ts';
import type { IntentRecord } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, requireSet } from './intents.ts';
import { ensureUntagged, settled } from './settle.ts';

export interface CommitInput {
  readonly name: string;
  readonly newImageName: string;
}

const commentOf = (operation: string): string => `berth operation ${operation}`;

/** Docker's rule: a reference without a tag means `:latest`; a colon before the last slash belongs to a registry. */
export const withTag = (image: string): string =>
  image.slice(image.lastIndexOf('/') + 1).includes(':') ? image : `${image}:latest`;

export function* commitImage(ctx: OperationContext, input: CommitInput): Operation<{ imageName: string }> {
  const { version } = requireSet(ctx, input.name);
  const tag = withTag(input.newImageName);
  if (tag.startsWith('berth.local/'))
    throw new AppError('BAD_INPUT', 'berth.local/ is where Berth keeps its snapshots');
  const container = yield* engine('inspectContainer', version.containerId);
  if (container === undefined)
    throw new AppError('WRONG_STATE', `container ${version.containerName} was removed outside Berth`);
  const intent = intentOf(ctx, 'commit', input.name, {
    snapshotTag: tag,
    answer: { imageName: input.newImageName },
  });
  yield* write(open(intent));
  ctx.progress.step('save files');
  yield* commitSettled(ctx, version.containerId, tag);
  yield* write(...close(intent, stamp(ctx), { before: version.version }));
  return { imageName: input.newImageName };
}

export function* undoCommitImage(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const tag = intent.snapshotTag;
  const made = tag === null ? undefined : yield* engine('inspectImage', tag);
  if (tag !== null && made?.comment === commentOf(intent.id)) yield* ensureUntagged(tag);
  yield* closeUndone(ctx, intent);
}

function* commitSettled(ctx: OperationContext, container: string, tag: string): Operation<void> {
  yield* settled(
    () => engine('commit', container, tag, commentOf(ctx.id)),
    function* () {
      return (yield* engine('inspectImage', tag))?.comment === commentOf(ctx.id);
    },
  );
}
