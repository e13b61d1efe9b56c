/** How each verb is taken back before its commit, and brought to its end after it. */
import type { Verb } from '../../../common/contract/views.ts';
import { type Operation, write } from '../effects.ts';
import type { IntentRecord } from '../records.ts';
import { undoCommitImage } from './commitImage.ts';
import { type OperationContext, stamp } from './context.ts';
import { undoContinue } from './continueSet.ts';
import { undoCreateVolume } from './createVolume.ts';
import { undoFreeze } from './freeze.ts';
import { close } from './intents.ts';
import { finishKill } from './kill.ts';
import { undoNetwork } from './networks.ts';
import { finishRecreate, undoRecreate } from './recreate.ts';
import { finishRemove } from './remove.ts';
import { finishRemoveVolume, undoRemoveVolume } from './removeVolume.ts';
import { finishResizeVolume, undoResizeVolume } from './resizeVolume.ts';
import { undoResources } from './resources.ts';
import { undoRun } from './run.ts';
import { undoStop } from './stop.ts';

type Settle = (ctx: OperationContext, intent: IntentRecord) => Operation<void>;

const nothingLeft: Settle = function* (ctx, intent) {
  yield* write(...close(intent, stamp(ctx)));
};

const recreation = { undo: undoRecreate, finish: finishRecreate };

export const SETTLE: Readonly<Record<Exclude<Verb, 'start'>, { readonly undo: Settle; readonly finish: Settle }>> = {
  run: { undo: undoRun, finish: nothingLeft },
  patch: recreation,
  restart: recreation,
  rollback: recreation,
  stop: { undo: undoStop, finish: nothingLeft },
  pause: { undo: undoStop, finish: nothingLeft },
  continue: { undo: undoContinue, finish: nothingLeft },
  reboot: { undo: undoContinue, finish: nothingLeft },
  freeze: { undo: undoFreeze, finish: nothingLeft },
  thaw: { undo: undoFreeze, finish: nothingLeft },
  resources: { undo: undoResources, finish: nothingLeft },
  // One batch: there is never an intent of it.
  rename: { undo: nothingLeft, finish: nothingLeft },
  'network attach': { undo: undoNetwork, finish: nothingLeft },
  'network detach': { undo: undoNetwork, finish: nothingLeft },
  commit: { undo: undoCommitImage, finish: nothingLeft },
  'volume create': { undo: undoCreateVolume, finish: nothingLeft },
  'volume resize': { undo: undoResizeVolume, finish: finishResizeVolume },
  'volume rm': { undo: undoRemoveVolume, finish: finishRemoveVolume },
  // Their intents are their commits: there is no way back.
  kill: { undo: finishKill, finish: finishKill },
  delete: { undo: finishRemove, finish: finishRemove },
};

/** Undoes an operation that did not commit, finishes one that did. Safe to run any number of times. */
export function* settleIntent(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  if (intent.verb === 'start') throw new Error('start is recorded as continue or restart');
  const { undo, finish } = SETTLE[intent.verb];
  yield* (intent.phase === 'committed' ? finish : undo)(ctx, intent);
}
