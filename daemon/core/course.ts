/**
 * The course of every operation, as one generator of effects: undone where it fails before its commit, finished after
 * it. The daemon's journal and the tests' simulator drive the same one.
 *
 * Invariants
 *  - An operation that fails before its commit is undone before its error goes out.
 *  - After the commit the answer is success; what is left is finished here or at the next recovery.
 *
 * Not here: turns, promises and the effects themselves (journal.ts), what each operation does (operations/).
 */
import type { Verb } from '../../common/contract/views.ts';
import type { Idempotency } from '../../common/services.ts';
import { Cancellation, cancellable } from './cancellation.ts';
import type { Operation } from './effects.ts';
import { toAppError } from './engineFailure.ts';
import type { Log } from './host.ts';
import type { OperationEntry } from './operationLog.ts';
import type { OperationContext, Progress } from './operations/context.ts';
import { settleIntent } from './operations/index.ts';
import type { IntentRecord } from './records.ts';

/** Who asks, for what, on which set. */
export interface Request {
  readonly verb: Exclude<Verb, 'start'>;
  readonly name: string;
  /** Others that nothing else may change meanwhile: the sets that a volume's resize restarts, the name a rename takes. */
  readonly besides?: readonly string[];
  readonly actor: string;
  /** Never left out: a verb that forgot it would do a repeated request twice. */
  readonly idempotency: Idempotency | undefined;
}

export interface Course<T> {
  readonly request: Request;
  readonly ctx: OperationContext;
  readonly operation: (ctx: OperationContext) => Operation<T>;
  readonly entry: OperationEntry;
  readonly log: Log;
  readonly cancellation?: Cancellation;
  /** May be called a second time, to no effect. */
  readonly answer: (value: T) => void;
}

/** The old container is saved after the commit; nobody needs to wait for that. */
const ANSWERED_AT_COMMIT: ReadonlySet<Verb> = new Set(['rollback']);
/** What was deleted is to be gone, with its room and leases free. */
export const ANSWERED_WHEN_THROUGH: ReadonlySet<Verb> = new Set(['delete', 'volume rm']);
export const SILENT: Progress = { step: () => {}, bytes: () => {} };

/** Ends with an AppError when nothing was changed. */
export function* follow<T>(course: Course<T>): Operation<void> {
  const { request, ctx, operation, entry, answer, cancellation = new Cancellation() } = course;
  try {
    const value = yield* cancellable(operation(ctx), ctx.id, cancellation);
    if (ANSWERED_AT_COMMIT.has(request.verb)) answer(value);
    yield* finish(course);
    entry.end('succeeded', null);
    answer(value);
  } catch (error) {
    yield* takeBack(course, toAppError(error));
    throw error;
  }
}

/** What follows the commit. A deletion is only answered when it is through; for the others success stands. */
function* finish<T>({ ctx, request, log }: Course<T>): Operation<void> {
  const intent = ctx.state.table('intent').get(ctx.id);
  if (intent === undefined) return;
  try {
    yield* settleIntent(ctx, intent);
  } catch (error) {
    log.warn({ operation: ctx.id, ...request, error }, 'committed, to be finished later');
    if (ANSWERED_WHEN_THROUGH.has(request.verb)) throw error;
  }
}

function* takeBack<T>({ ctx, request, entry, log }: Course<T>, error: unknown): Operation<void> {
  const message = error instanceof Error ? error.message : String(error);
  const intent = ctx.state.table('intent').get(ctx.id);
  if (intent?.phase === 'prepared') {
    try {
      yield* settleIntent({ ...ctx, progress: SILENT, failure: message }, intent);
      entry.end('undone', message);
      return;
    } catch (undoError) {
      const facts = { operation: ctx.id, ...request, error: undoError };
      log.error(facts, 'undo not finished; it is taken up again');
    }
  }
  entry.end('failed', message);
}

/** Undoes or finishes what an earlier run of the daemon, or a failed undo, has left. `ctx` is the intent's own. */
export function* settleLeftover(ctx: OperationContext, log: Log): Operation<void> {
  const intent = ctx.state.table('intent').get(ctx.id);
  if (intent === undefined) return;
  const { verb, name, phase } = intent;
  yield* settleIntent(ctx, intent);
  log.info({ operation: ctx.id, verb, name, phase }, 'settled an unfinished operation');
}

/**
 * The same before another operation of its name: what could still be undone must be settled first; what is committed
 * stands, and is finished when it can be.
 */
export function* settleBefore(ctx: OperationContext, intent: IntentRecord, log: Log): Operation<void> {
  try {
    yield* settleLeftover(ctx, log);
  } catch (error) {
    if (intent.phase === 'prepared' || ANSWERED_WHEN_THROUGH.has(intent.verb)) throw error;
    const { verb, name } = intent;
    log.warn({ operation: ctx.id, verb, name, error }, 'still not finished');
  }
}
