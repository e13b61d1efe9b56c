/**
 * Runs operations: all-or-nothing across failures and crashes.
 *
 * Invariants
 *  - One operation at a time for each name; an unfinished earlier one is settled before the next begins.
 *  - An operation that fails before its commit is undone before its error goes out.
 *  - After the commit the answer is success; what is left is finished here or at the next recovery.
 *  - The effects of an operation run strictly one after the other.
 *
 * Not here: what each operation does (operations/), when recovery runs (reconciler.ts).
 */
import type { Verb } from '../../common/contract/views.ts';
import type { AppError } from '../../common/errors.ts';
import { commitBatch } from './batch.ts';
import type { Effect, Operation } from './effects.ts';
import type { Engine } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import type { HostFiles, HostTasks, Log, NewId } from './host.ts';
import { KeyLock } from './keyLock.ts';
import type { ForeignUse } from './ledger.ts';
import type { OperationEntry, OperationLog } from './operationLog.ts';
import type { OperationContext, Progress } from './operations/context.ts';
import { settleIntent } from './operations/index.ts';
import { type IntentRecord, versionKey } from './records.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface JournalParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly tasks: HostTasks;
  readonly files: HostFiles;
  readonly settings: Settings;
  readonly instance: string;
  readonly log: Log;
  readonly operations: OperationLog;
  readonly foreign: () => ForeignUse;
  readonly now: () => Date;
  readonly newId: NewId;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Called around every effect; the tests kill the process here. */
  readonly onEffect?: (when: 'before' | 'after', effect: Effect, verb: Verb | 'look') => void;
}

/** Who asks, for what, on which set. */
export interface Request {
  readonly verb: Exclude<Verb, 'start'>;
  readonly name: string;
  readonly actor: string;
}

/** An operation to run, or an answer where there is nothing to do. */
export type Choice<T> =
  | { readonly answer: T }
  | { readonly request: Request; readonly operation: (ctx: OperationContext) => Operation<T> };

/** The old container is saved after the commit; nobody needs to wait for that. */
const ANSWERED_AT_COMMIT: ReadonlySet<Verb> = new Set(['rollback']);
/** A client that itself started the daemon, through its socket, should not be told to come again. */
const START_PATIENCE_MS = 10_000;
const SILENT: Progress = { step: () => {}, bytes: () => {} };

export class Journal {
  readonly #parts: JournalParts;
  readonly #locks = new KeyLock();
  readonly #running = new Set<Promise<unknown>>();
  readonly #started = Promise.withResolvers<void>();
  #closed: AppError | undefined;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  /** While a reason is given, new operations are refused with it; those that meet a start wait for its end. */
  refuse(reason: AppError | undefined): void {
    this.#closed = reason;
    if (reason?.code !== 'STARTING') this.#started.resolve();
  }

  isBusy(name: string): boolean {
    return this.#locks.isHeld(name);
  }

  /** Resolves when everything that was begun has ended. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Runs `work` when nothing else is going on with this name. */
  #exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#track(this.#locks.run(name, work));
  }

  /** Runs under the name's lock what needs no intent, since each of its writes is a whole change. */
  quietly<T>(name: string, operation: (ctx: OperationContext) => Operation<T>): Promise<T> {
    const ctx = (): OperationContext => this.#context(this.#parts.newId(), 'berthd', SILENT);
    return this.#exclusively(name, () => this.#drive(operation(ctx()), 'look'));
  }

  /** Resolves with the answer once the change is committed; rejects with an AppError when nothing was changed. */
  perform<T>(request: Request, operation: (ctx: OperationContext) => Operation<T>): Promise<T> {
    return this.choose(request.name, async () => ({ request, operation }));
  }

  /** As `perform`, with the choice made when the name's turn has come. */
  choose<T>(name: string, choice: () => Promise<Choice<T>>): Promise<T> {
    const answer = Promise.withResolvers<T>();
    const inTurn = (): Promise<void> => this.#exclusively(name, () => this.#chosen(name, choice, answer.resolve));
    const begun = this.#closed?.code === 'STARTING' ? this.#afterStart().then(inTurn) : inTurn();
    begun.catch((error) => answer.reject(toAppError(error)));
    return answer.promise;
  }

  async #chosen<T>(name: string, choice: () => Promise<Choice<T>>, answer: (value: T) => void): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    await this.#settleLeftovers(name);
    const chosen = await choice();
    if ('answer' in chosen) answer(chosen.answer);
    else await this.#perform(chosen.request, chosen.operation, answer);
  }

  /** Recovery needs the locks, so this is waited for before one is taken. */
  async #afterStart(): Promise<void> {
    const patience = new AbortController();
    await Promise.race([this.#started.promise, this.#parts.sleep(START_PATIENCE_MS, patience.signal)]);
    patience.abort();
  }

  async #perform<T>(
    request: Request,
    operation: (ctx: OperationContext) => Operation<T>,
    answer: (value: T) => void,
  ): Promise<void> {
    const id = this.#parts.newId();
    const entry = this.#parts.operations.begin(id, request.verb, request.name, request.actor);
    const ctx = this.#context(id, request.actor, entry);
    try {
      const value = await this.#drive(operation(ctx), request.verb);
      if (ANSWERED_AT_COMMIT.has(request.verb)) answer(value);
      await this.#finish(ctx, request);
      entry.end('succeeded', null);
      answer(value);
    } catch (error) {
      await this.#failed(ctx, request, entry, toAppError(error));
      throw error;
    }
  }

  /** What follows the commit. A delete is only answered when it is through; for the others success stands. */
  async #finish(ctx: OperationContext, request: Request): Promise<void> {
    const intent = this.#parts.state.table('intent').get(ctx.id);
    if (intent === undefined) return;
    try {
      await this.#drive(settleIntent(ctx, intent), request.verb);
    } catch (error) {
      this.#parts.log.warn({ operation: ctx.id, ...request, error }, 'committed, to be finished later');
      if (request.verb === 'delete') throw error;
    }
  }

  async #failed(ctx: OperationContext, request: Request, entry: OperationEntry, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const intent = this.#parts.state.table('intent').get(ctx.id);
    if (intent?.phase === 'prepared') {
      try {
        await this.#drive(settleIntent({ ...ctx, progress: SILENT, failure: message }, intent), request.verb);
        entry.end('undone', message);
        return;
      } catch (undoError) {
        this.#parts.log.error(
          { operation: ctx.id, ...request, error: undoError },
          'undo not finished; it is taken up again',
        );
      }
    }
    entry.end('failed', message);
  }

  /** What could still be undone must be settled first; what is committed stands, and is finished when it can be. */
  async #settleLeftovers(name: string): Promise<void> {
    for (const intent of this.#parts.state.openIntents(name)) {
      try {
        await this.#settle(intent);
      } catch (error) {
        if (intent.phase === 'prepared' || intent.verb === 'delete') throw error;
        this.#parts.log.warn({ operation: intent.id, verb: intent.verb, name, error }, 'still not finished');
      }
    }
  }

  /** Undoes or finishes what an earlier run of the daemon, or a failed undo, has left. */
  settle(intent: IntentRecord): Promise<void> {
    return this.#exclusively(intent.name, () => this.#settle(intent));
  }

  async #settle(intent: IntentRecord): Promise<void> {
    const now = this.#parts.state.table('intent').get(intent.id);
    if (now === undefined) return;
    await this.#drive(settleIntent(this.#context(now.id, now.actor, SILENT), now), now.verb);
    this.#parts.log.info(
      { operation: now.id, verb: now.verb, name: now.name, phase: now.phase },
      'settled an unfinished operation',
    );
  }

  #context(id: string, actor: string, progress: Progress): OperationContext {
    const { state, settings, instance, foreign, now, newId } = this.#parts;
    return { id, actor, state, settings, instance, foreign: foreign(), now, newId, progress };
  }

  async #drive<T>(operation: Operation<T>, verb: Verb | 'look'): Promise<T> {
    let step = operation.next();
    while (!step.done) {
      const effect = step.value;
      let result: { value: unknown } | { error: unknown };
      try {
        this.#parts.onEffect?.('before', effect, verb);
        result = { value: await this.#execute(effect) };
        this.#parts.onEffect?.('after', effect, verb);
      } catch (error) {
        result = { error };
      }
      step = 'error' in result ? operation.throw(result.error) : operation.next(result.value);
    }
    return step.value;
  }

  #execute(effect: Effect): Promise<unknown> {
    const { engine, state, store, tasks, files, sleep } = this.#parts;
    switch (effect.kind) {
      case 'write':
        return commitBatch(state, store, effect.changes);
      case 'engine':
        return (engine[effect.verb] as (...args: readonly unknown[]) => Promise<unknown>).apply(engine, [
          ...effect.args,
        ]);
      case 'tasks':
        return tasks.tasksOf(effect.container);
      case 'realPath':
        return files.realPath(effect.path);
      case 'version':
        return store.get('version', versionKey(effect.name, effect.version));
      case 'versions':
        return store.versions(effect.name);
      case 'wait':
        return sleep(effect.ms);
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled = work.catch(() => undefined).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    return work;
  }
}
