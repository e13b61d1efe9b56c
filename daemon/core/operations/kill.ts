/**
 * kill: a signal for the main process of a running container. What ends by it has ended as after a crash: its GPUs and
 * ports stay with it for the grace, and it is shown as exited.
 *
 * Effects: intent, which is the commit · signal · close, with the state where it has ended.
 * Undo: none. From the intent on the signal may have been sent, so what was cut off goes forward: KILL is sent again to
 * whoever lives on, any other signal is not. One that the engine has refused was certainly not sent.
 */
import { AppError } from '../../../common/errors.ts';
import { taskLingerMs } from '../../../common/limits.ts';
import { engine, type Operation, wait, write } from '../effects.ts';
import { EngineError } from '../engine.ts';
import type { Change, IntentRecord } from '../records.ts';
import { requireRunning } from './checks.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, intentOf, open, startingPoint, withState } from './intents.ts';
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
  const previous = startingPoint(known, known.container);
  const intent = intentOf(ctx, 'kill', name, { answer: null, phase: 'committed', previous, signal });
  yield* write(open(intent));
  ctx.progress.step(`send ${signal}`);
  try {
    yield* send(known.container.id, signal);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'unknown') throw error;
    yield* write(...close(intent, stamp(ctx), { failed: error.message }));
    if (error.kind !== 'conflict') throw error;
    throw new AppError('WRONG_STATE', `${name} ended before ${signal} reached it`, { cause: error });
  }
  return null;
}

/** Once it was sent, or may have been: the state is written down as it is. */
export function* finishKill(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const { previous, signal } = intent;
  if (previous !== null && signal !== undefined && isSure(signal) && !(yield* endsSoon(previous.container))) {
    yield* sendAgain(previous.container, signal);
    yield* endsSoon(previous.container);
  }
  yield* write(...(yield* whatEnded(ctx, intent)), ...close(intent, stamp(ctx)));
}

function* sendAgain(container: string, signal: string): Operation<void> {
  try {
    yield* send(container, signal);
  } catch (error) {
    if (!isKind(error, 'conflict', 'notFound')) throw error;
  }
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

/** A signal that may have arrived is not sent twice, but for the one that nobody survives. */
function* send(container: string, signal: string): Operation<void> {
  yield* settled(
    () => engine('kill', container, signal),
    () => hasEnded(container),
    isSure(signal) ? ['unknown'] : [],
  );
}

function* hasEnded(container: string): Operation<boolean> {
  return !(yield* engine('inspectContainer', container))?.running;
}

function* endsSoon(container: string): Operation<boolean> {
  for (let waitedMs = 0; waitedMs < taskLingerMs; waitedMs += POLL_MS) {
    if (yield* hasEnded(container)) return true;
    yield* wait(POLL_MS);
  }
  return yield* hasEnded(container);
}

/** One that ends with code 0 is left to the look that its end calls for. */
function* whatEnded(ctx: OperationContext, { name, actor, previous }: IntentRecord): Operation<Change[]> {
  const container = previous === null ? undefined : yield* engine('inspectContainer', previous.container);
  const set = ctx.state.table('set').get(name);
  // Exited: somebody has looked before this came to its end, and could not know why.
  const isConcerned = set?.desired === 'running' || set?.desired === 'frozen' || set?.desired === 'exited';
  if (!isConcerned || container === undefined || container.running || container.exitCode === 0) return [];
  return [withState(set, 'exited', stamp(ctx), `killed by ${actor}`)];
}
