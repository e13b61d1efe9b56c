/**
 * Writes batches to the state, and makes it writable again after a write that failed.
 *
 * Invariants
 *  - A batch is acknowledged once the batch and then HEAD are on disk. One that is on disk while HEAD is not is
 *    acknowledged too: it is durable. The next one has to reach HEAD first.
 *  - After a failed write the handle is not used for writing again, LevelDB no longer knows what its log holds. The
 *    state is opened anew first, and the failed batch taken back if it turns out to be there (synced in part: only a
 *    crash before that lets such a batch be seen).
 *
 * Not here: turns, refusals and reads (levelStore.ts), opening and proving (openState.ts).
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../common/errors.ts';
import type { Log } from '../core/host.ts';
import { logBytesMax, type RowChange, type SealedBatch, sealBatch } from './batchChain.ts';
import { decodeRow } from './codecs.ts';
import type { Database } from './levelDatabase.ts';
import type { State, StateOptions } from './openState.ts';
import { openAsItIs } from './readOnlyView.ts';

export interface WriterEvents {
  readonly log: Log | undefined;
  damage(reason: string): void;
  /** Nothing can be read any more: the state did not open anew. */
  lost(error: unknown): void;
}

interface FailedWrite {
  /** The batch that was answered with a failure. */
  readonly hash: string;
  /** What puts its rows back; undefined when they could not be read any more. */
  readonly undo: readonly RowChange[] | undefined;
}

export class StateWriter {
  readonly #options: StateOptions;
  readonly #on: WriterEvents;
  #state: State;
  /** Set by a write that failed: what the next one has to mend first. */
  #failed: FailedWrite | 'headBehind' | undefined;

  constructor(state: State, options: StateOptions, on: WriterEvents) {
    this.#state = state;
    this.#options = options;
    this.#on = on;
  }

  get state(): State {
    return this.#state;
  }

  /** Durable when it resolves. */
  async append(rows: readonly RowChange[]): Promise<void> {
    const batch = sealBatch(this.#state.head, rows);
    try {
      await this.#commit(batch);
    } catch (cause) {
      const undo = await rowsBefore(this.#state.database, rows).catch(() => undefined);
      this.#failed = { hash: batch.head.hash, undo };
      throw cause;
    }
  }

  /** Durable when it resolves, whether or not HEAD could say so. */
  async #commit({ head, entries }: SealedBatch): Promise<void> {
    await this.#state.database.batch(entries);
    this.#state = { ...this.#state, head };
    this.#failed = undefined;
    try {
      await this.#state.headFile.write(head);
    } catch (error) {
      this.#failed = 'headBehind';
      this.#on.log?.error({ error }, 'HEAD was not written; no further change is accepted until it can be');
    }
  }

  /** Makes the state writable again after a write that failed; rejects while that cannot be. */
  async mend(): Promise<void> {
    if (typeof this.#failed === 'object') await this.#openAnew(this.#failed);
    if (this.#failed === 'headBehind') await this.#state.headFile.write(this.#state.head);
    this.#failed = undefined;
  }

  async #openAnew(failed: FailedWrite): Promise<void> {
    const { directory } = this.#options;
    // While the disk is full, opening would fail and take the reads away with it.
    await assertRoom(directory);
    await Promise.allSettled([this.#state.database.close(), this.#state.headFile.close()]);
    await this.#reopen();
    if (this.#state.head.hash === failed.hash) await this.#takeBack(failed);
    this.#on.log?.info({ directory }, 'the state was opened anew after a failed write');
  }

  async #reopen(): Promise<void> {
    try {
      const { state, trouble } = await openAsItIs(this.#options);
      this.#state = state;
      if (trouble === undefined) return;
      this.#on.damage(trouble);
      throw new AppError('STORE_DAMAGED', `the state is damaged: ${trouble}`);
    } catch (error) {
      if (!(error instanceof AppError)) this.#on.lost(error);
      throw error;
    }
  }

  /** The failed batch is on disk after all, but its caller was told that it is not. */
  async #takeBack(failed: FailedWrite): Promise<void> {
    if (failed.undo === undefined) {
      throw new Error('a change that was reported as failed is on disk; restart berthd to go on from it');
    }
    await this.#commit(sealBatch(this.#state.head, failed.undo));
  }
}

/** LevelDB shows no batch to its readers whose write failed, so this is what was there before. */
async function rowsBefore(database: Database, rows: readonly RowChange[]): Promise<readonly RowChange[]> {
  const keys = rows.map(({ key }) => key);
  const texts = await database.getMany(keys);
  return keys.map((key, index) => {
    const text = texts[index];
    return { key, json: text === undefined ? undefined : JSON.stringify(decodeRow(key, text).value) };
  });
}

/** What opening LevelDB anew may write: its log as a table, and a new log. */
async function assertRoom(directory: string): Promise<void> {
  const probe = join(directory, 'room.probe');
  try {
    await writeFile(probe, Buffer.alloc(4 * logBytesMax), { flush: true });
  } finally {
    await rm(probe, { force: true });
  }
}
