/** The one way in which state changes: visible at once, durable before anybody is answered, taken back when it is not. */
import { AppError } from '../../common/errors.ts';
import type { Change } from './records.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** A batch that can be seen: one of the two follows, once it is known whether it is durable. */
export interface OpenBatch {
  durable(): void;
  /** Nothing of it stands; what to tell who asked for it. */
  failed(cause: unknown): AppError;
}

export function openBatch(state: State, changes: readonly Change[]): OpenBatch {
  const pending = state.apply(changes);
  return {
    durable: () => {
      pending.confirm();
      state.committed(changes);
    },
    failed: (cause) => {
      pending.takeBack();
      const why = cause instanceof Error ? cause.message : String(cause);
      return new AppError('STORE_FAILED', `the change could not be written down: ${why}`, { cause });
    },
  };
}

/** Throws STORE_FAILED when the batch did not become durable; then nothing of it stands. */
export async function commitBatch(state: State, store: Store, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const batch = openBatch(state, changes);
  try {
    await store.write(changes);
  } catch (error) {
    throw batch.failed(error);
  }
  batch.durable();
}
