/**
 * A round: what the daemon does of its own accord, as a generator of jobs. Like an operation it holds no promises, so
 * the daemon's journal and the tests' simulator drive the same one.
 *
 * Not here: the driver (journal.ts), what a round does (reconciler.ts, strays.ts).
 */
import type { Request } from './course.ts';
import type { Operation } from './effects.ts';
import type { OperationContext } from './operations/context.ts';
import type { IntentRecord } from './records.ts';

type ForContext<T> = (ctx: OperationContext) => Operation<T>;

export type Job =
  /** Only looks: waits for nobody's turn. */
  | { readonly kind: 'look'; readonly operation: Operation<unknown> }
  /** When the name's turn has come; without an intent, since each of its writes is a whole change. */
  | { readonly kind: 'quietly'; readonly name: string; readonly operation: ForContext<unknown> }
  | { readonly kind: 'perform'; readonly request: Request; readonly operation: ForContext<unknown> }
  | { readonly kind: 'settle'; readonly intent: IntentRecord }
  /** Begun and not waited for; its failures are its own. */
  | { readonly kind: 'besides'; readonly round: Round<void> };

export type Round<T> = Generator<Job, T, unknown>;

export function* look<T>(operation: Operation<T>): Round<T> {
  return (yield { kind: 'look', operation }) as T;
}

export function* quietly<T>(name: string, operation: ForContext<T>): Round<T> {
  return (yield { kind: 'quietly', name, operation }) as T;
}

export function* perform<T>(request: Request, operation: ForContext<T>): Round<T> {
  return (yield { kind: 'perform', request, operation }) as T;
}

export function* settle(intent: IntentRecord): Round<void> {
  yield { kind: 'settle', intent };
}

export function* besides(round: Round<void>): Round<void> {
  yield { kind: 'besides', round };
}
