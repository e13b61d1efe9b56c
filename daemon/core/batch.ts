/** The one way in which state changes: visible at once, durable before anybody is answered, taken back when it is not. */
import { AppError } from '../../common/errors.ts';
import type { Change } from './records.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** Throws STORE_FAILED when the batch did not become durable; then nothing of it stands. */
export async function commitBatch(state: State, store: Store, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const pending = state.apply(changes);
  try {
    await store.write(changes);
  } catch (error) {
    pending.takeBack();
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('STORE_FAILED', `the change could not be written down: ${why}`, { cause: error });
  }
  pending.confirm();
  state.committed(changes);
}
