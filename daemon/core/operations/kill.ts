/**
 * kill: a signal for the main process of a running container. What ends by it has ended as after a crash: its GPUs and
 * ports stay with it for the grace, and it is shown as exited.
 *
 * Effects: intent · signal · commit, with the state where it has ended.
 * Undo: none for a signal that was sent; the state is written down as it is.
 */
import { AppError } from '../../../common/errors.ts';
import { taskLingerMs } from '../../../common/limits.ts';
import { engine, type Operation, wait, write } from '../effects.ts';
import type { Change, IntentRecord } from '../records.ts';
import { requireRunning } from './checks.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, startingPoint, withState } from './intents.ts';
import { isKind, settled } from './settle.ts';

const POLL_MS = 50;

export interface KillInput {
  readonly name: string;
  /** Without its SIG. */
  readonly signal: string;
}

export function* kill(ctx: OperationContext, { name, signal }: KillInput): Operation<null> {
  const known = yield* requireRunning(ctx, name);
  requireReach(known.container.status === 'paused', name, signal);
  const intent = intentOf(ctx, 'kill', name, { previous: startingPoint(known, known.container) });
  yield* write(open(intent));
  ctx.progress.step(`send ${signal}`);
  yield* send(known.container.id, signal, name);
  yield* write(...(yield* whatEnded(ctx, intent)), ...close(intent, stamp(ctx)));
  return null;
}

export function* undoKill(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  yield* closeUndone(ctx, intent, ...(yield* whatEnded(ctx, intent)));
}

/** Whatever else is sent to frozen processes would wait for their thaw, or, with some engines, thaw them. */
export function requireReach(isFrozen: boolean, name: string, signal: string): void {
  if (!isFrozen || isSure(signal)) return;
  throw new AppError('WRONG_STATE', `${name} is frozen, and ${signal} would not reach it; thaw it first, or send KILL`);
}

const isSure = (signal: string): boolean => signal === 'KILL' || signal === '9';

/** Signals that end no process unless it chooses so. */
const MILD: ReadonlySet<string> = new Set(['CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'WINCH']);

export const endsByDefault = (signal: string): boolean => !MILD.has(signal);

function* send(container: string, signal: string, name: string): Operation<void> {
  const hasEnded = function* (): Operation<boolean> {
    return !(yield* engine('inspectContainer', container))?.running;
  };
  try {
    // A signal that may have arrived is not sent twice, but for the one that nobody survives.
    yield* settled(() => engine('kill', container, signal), hasEnded, isSure(signal) ? ['unknown'] : []);
  } catch (error) {
    if (!isKind(error, 'conflict')) throw error;
    throw new AppError('WRONG_STATE', `${name} ended before ${signal} reached it`, { cause: error });
  }
  if (!isSure(signal)) return;
  for (let waitedMs = 0; waitedMs < taskLingerMs && !(yield* hasEnded()); waitedMs += POLL_MS) yield* wait(POLL_MS);
}

/** One that ends with code 0 is left to the look that its end calls for. */
function* whatEnded(ctx: OperationContext, { name, actor, previous }: IntentRecord): Operation<Change[]> {
  const container = previous === null ? undefined : yield* engine('inspectContainer', previous.container);
  const set = ctx.state.table('set').get(name);
  const isMeantToRun = set?.desired === 'running' || set?.desired === 'frozen';
  if (!isMeantToRun || container === undefined || container.running || container.exitCode === 0) return [];
  return [withState(set, 'exited', stamp(ctx), `killed by ${actor}`)];
}
