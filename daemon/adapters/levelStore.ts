/**
 * The store, on LevelDB.
 *
 * Invariants
 *  - One batch at a time, in the order of the calls.
 *  - A write that failed gives back the ballast, so that what is under way can be undone; nothing new begins until
 *    there is room for the ballast again.
 *  - What is known to be damaged is never written to again.
 *
 * Not here: opening and proving the state (openState.ts), how a batch becomes durable (stateWriter.ts), reading rows
 * (rowReader.ts), the layout of keys and rows (keys.ts, codecs.ts).
 */
import { AppError } from '../../common/errors.ts';
import type { Log } from '../core/host.ts';
import type { Change, Table, Tables, VersionRecord, VolumeVersionRecord } from '../core/records.ts';
import { StartError } from '../core/startError.ts';
import type { LoadedRows, Store, StoreTrouble } from '../core/store.ts';
import { dropBallast, takeBallast } from './ballast.ts';
import type { Head, RowChange } from './batchChain.ts';
import { damageText } from './damage.ts';
import { HeadFile } from './headFile.ts';
import { nameHolder, refuseWhileHeld } from './instanceLock.ts';
import { rowKey } from './keys.ts';
import { type Database, type OpenDatabase, openLevel } from './levelDatabase.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import type { OpenHead, State, StateOptions } from './openState.ts';
import { openAsItIs } from './readOnlyView.ts';
import { RowReader } from './rowReader.ts';
import { StateWriter } from './stateWriter.ts';

export interface LevelStoreOptions {
  /** The data directory; the database is in `db` below it. */
  readonly directory: string;
  readonly createIfMissing: boolean;
  readonly log?: Log;
  readonly migrations?: readonly Migration[];
  /** Called when nothing can be read any more: the state did not open anew after a failed write. */
  readonly onLost?: (error: unknown) => void;
  /** How to open LevelDB and HEAD at a path; tests put faults in between. */
  readonly openDatabase?: OpenDatabase;
  readonly openHead?: OpenHead;
}

/** A store that is kept: its whole content can be taken at one moment, and damage found elsewhere can be told to it. */
export interface KeptStore extends Store {
  /** Every row as it is after the batch that `head` names. */
  moment(): Promise<{ readonly head: Head; readonly rows: ReturnType<Database['all']> }>;
  reportDamage(reason: string): void;
  /** Number of the newest batch. */
  readonly sequence: number;
}

/**
 * A damaged state is opened for reading alone. Throws StartError when another daemon holds it, or when nothing of it
 * can be read.
 */
export async function openLevelStore(options: LevelStoreOptions): Promise<KeptStore> {
  const { directory, createIfMissing, migrations = MIGRATIONS } = options;
  const { openDatabase = openLevel, openHead = (path) => HeadFile.open(path) } = options;
  await refuseWhileHeld(directory);
  const reopening = { directory, createIfMissing: false, migrations, openDatabase, openHead };
  const { state, trouble } = await openAsItIs({ ...reopening, createIfMissing });
  const release = await nameHolder(directory).catch(async (error: unknown) => {
    await Promise.allSettled([state.database.close(), state.headFile.close()]);
    throw new StartError(`the pid file in ${directory} was not written: ${(error as Error).message}`, { cause: error });
  });
  const store = new LevelStore(state, reopening, release, options);
  for (const note of state.notes) options.log?.warn({ file: note.file }, damageText(note));
  if (trouble !== undefined) store.reportDamage(trouble);
  else await store.ready().catch(() => undefined);
  return store;
}

class LevelStore implements KeptStore {
  readonly #directory: string;
  readonly #release: () => Promise<void>;
  readonly #log: Log | undefined;
  readonly #writer: StateWriter;
  readonly #reader: RowReader;
  readonly #listeners = new Set<(trouble: StoreTrouble | null) => void>();
  #trouble: StoreTrouble | null = null;
  #hasBallast = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    state: State,
    reopening: StateOptions,
    release: () => Promise<void>,
    { log, onLost = () => {} }: Pick<LevelStoreOptions, 'log' | 'onLost'>,
  ) {
    const damage = (reason: string): void => this.reportDamage(reason);
    this.#directory = reopening.directory;
    this.#release = release;
    this.#log = log;
    this.#writer = new StateWriter(state, reopening, { log, damage, lost: onLost });
    this.#reader = new RowReader(() => this.#writer.state.database, damage);
  }

  get sequence(): number {
    return this.#writer.state.head.sequence;
  }

  get trouble(): StoreTrouble | null {
    return this.#trouble;
  }

  onTrouble(listener: (trouble: StoreTrouble | null) => void): void {
    this.#listeners.add(listener);
  }

  reportDamage(reason: string): void {
    if (this.#trouble?.kind === 'damaged') return;
    this.#log?.error(
      { reason },
      'the state is damaged: reads go on, changes are refused. `berthd doctor` says what to do',
    );
    this.#show('damaged', reason);
  }

  #show(kind: StoreTrouble['kind'] | 'none', reason = ''): void {
    this.#trouble = kind === 'none' ? null : { kind, reason, since: new Date().toISOString() };
    for (const listener of this.#listeners) listener(this.#trouble);
  }

  write(changes: readonly Change[]): Promise<void> {
    const rows = changes.map(toRowChange);
    return this.#inTurn(async () => {
      this.#refuseDamaged();
      await this.#writer.mend();
      await this.#writer.append(rows);
    });
  }

  ready(): Promise<void> {
    if (this.#trouble === null && this.#hasBallast) return Promise.resolve();
    return this.#inTurn(async () => {
      this.#refuseDamaged();
      await this.#writer.mend();
      await takeBallast(this.#directory);
      this.#hasBallast = true;
      if (this.#trouble === null) return;
      this.#log?.info({}, 'the state can be written again');
      this.#show('none');
    });
  }

  moment(): ReturnType<KeptStore['moment']> {
    return this.#inTurn(async () => ({ head: this.#writer.state.head, rows: this.#writer.state.database.all() }));
  }

  #refuseDamaged(): void {
    if (this.#trouble?.kind !== 'damaged') return;
    throw new AppError('STORE_DAMAGED', `the state is damaged: ${this.#trouble.reason}`);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work).catch(async (cause: unknown) => {
      await this.#stall(cause);
      throw storeFailed(cause);
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  /** Gives back the room that was kept: what is under way can be undone, and nothing new begins. */
  async #stall(cause: unknown): Promise<void> {
    if (this.#trouble !== null) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#log?.error(
      { error: cause },
      'the state cannot be written: reads go on, new changes are refused until it can',
    );
    this.#show('stalled', reason);
    this.#hasBallast = false;
    await dropBallast(this.#directory).catch(() => undefined);
  }

  load(): Promise<LoadedRows> {
    return this.#reader.load();
  }

  get<T extends Table>(table: T, key: string): Promise<Tables[T] | undefined> {
    return this.#reader.get(table, key);
  }

  versions(name: string, options: { limit?: number; before?: number } = {}): Promise<readonly VersionRecord[]> {
    return this.#reader.versions(name, options);
  }

  volumeVersions(name: string): Promise<readonly VolumeVersionRecord[]> {
    return this.#reader.volumeVersions(name);
  }

  newest<T extends Table>(table: T, limit: number): Promise<readonly Tables[T][]> {
    return this.#reader.newest(table, limit);
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#release();
    await this.#writer.state.headFile.close();
    await this.#writer.state.database.close();
  }
}

function toRowChange(change: Change): RowChange {
  const json = 'del' in change ? undefined : JSON.stringify(change.value);
  return { key: rowKey(change.table, change.key), json };
}

function storeFailed(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError('STORE_FAILED', `the state was not written: ${why}`, { cause });
}
