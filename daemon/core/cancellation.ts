/**
 * Ending an operation that is under way: at its next yield, and never once it has committed.
 *
 * Invariants
 *  - What is cancelled fails like any other operation that fails before its commit, so it is undone the same way.
 *  - An effect that has begun is waited for; a commit that has begun can no longer be cancelled.
 */
import { AppError } from '../../common/errors.ts';
import type { Effect, Operation } from './effects.ts';

export class Cancellation {
  #by: string | undefined;
  #committed = false;

  /** False when it is too late. */
  ask(actor: string): boolean {
    if (!this.#committed) this.#by ??= actor;
    return !this.#committed;
  }

  /** Who wants it ended, as long as it can be. */
  get by(): string | undefined {
    return this.#committed ? undefined : this.#by;
  }

  tooLate(): void {
    this.#committed = true;
  }
}

export function* cancellable<T>(operation: Operation<T>, id: string, cancellation: Cancellation): Operation<T> {
  let isTold = false;
  let step = operation.next();
  while (!step.done) {
    const { by } = cancellation;
    if (by !== undefined && !isTold) {
      isTold = true;
      step = operation.throw(new AppError('CANCELLED', `the operation was cancelled by ${by}`));
      continue;
    }
    if (commits(step.value, id)) cancellation.tooLate();
    let result: { readonly value: unknown } | { readonly error: unknown };
    try {
      result = { value: yield step.value };
    } catch (error) {
      result = { error };
    }
    step = 'error' in result ? operation.throw(result.error) : operation.next(result.value);
  }
  return step.value;
}

/** From this batch on there is no way back: it closes the intent, or says that it is committed. */
const commits = (effect: Effect, id: string): boolean =>
  effect.kind === 'write' &&
  effect.changes.some(
    (change) =>
      change.table === 'intent' && change.key === id && ('del' in change || change.value.phase === 'committed'),
  );
