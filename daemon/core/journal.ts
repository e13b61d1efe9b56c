/**
 * Runs operations: all-or-nothing across failures and crashes.
 *
 * Invariants
 *  - One operation at a time for each name; an unfinished earlier one is settled before the next begins.
 *  - The effects of an operation run strictly one after the other.
 *
 * Not here: undoing and finishing (course.ts), what each operation does (operations/), when recovery runs
 * (reconciler.ts).
 */
import type { Verb } from '../../common/contract/views.ts';
import type { AppError } from '../../common/errors.ts';
import { commitBatch } from './batch.ts';
import { Cancellation } from './cancellation.ts';
import { follow, type Request, SILENT, settleBefore, settleLeftover } from './course.ts';
import { drive } from './drive.ts';
import type { Effect, Operation } from './effects.ts';
import type { Engine } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import type { HostFiles, HostTasks, Log, NewId } from './host.ts';
import { keepLog, type LogFiles } from './keptLogs.ts';
import { KeyLock } from './keyLock.ts';
import type { ForeignUse } from './ledger.ts';
import type { OperationLog } from './operationLog.ts';
import type { OperationContext, Progress } from './operations/context.ts';
import type { IntentRecord } from './records.ts';
import type { Job, Round } from './round.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { VolumeHost } from './volumeHost.ts';
import { namesOf, refuseHeld } from './volumeUse.ts';

export interface JournalParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly tasks: HostTasks;
  readonly files: HostFiles;
  readonly volumes: VolumeHost;
  readonly logFiles: LogFiles;
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

/** An operation to run, or an answer where there is nothing to do. */
export type Choice<T> =
  | { readonly answer: T }
  | { readonly request: Request; readonly operation: (ctx: OperationContext) => Operation<T> };

/** A client that itself started the daemon, through its socket, should not be told to come again. */
const START_PATIENCE_MS = 10_000;

export class Journal {
  readonly #parts: JournalParts;
  readonly #locks = new KeyLock();
  readonly #running = new Set<Promise<unknown>>();
  readonly #performing = new Map<string, { readonly cancellation: Cancellation; readonly ended: Promise<unknown> }>();
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

  /** Runs `work` when nothing else is going on with these names. */
  #exclusively<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#track(this.#locks.runAll(names, work));
  }

  #quietly<T>(name: string, operation: (ctx: OperationContext) => Operation<T>): Promise<T> {
    const ctx = (): OperationContext => this.#context(this.#parts.newId(), 'berthd', SILENT);
    return this.#exclusively([name], () => this.#drive(operation(ctx()), 'look'));
  }

  /** Resolves with the answer once the change is committed; rejects with an AppError when nothing was changed. */
  perform<T>(request: Request, operation: (ctx: OperationContext) => Operation<T>): Promise<T> {
    return this.choose([request.name, ...(request.besides ?? [])], async () => ({ request, operation }));
  }

  /** As `perform`, with the choice made when the turn of all names has come. */
  choose<T>(names: readonly string[], choice: () => Promise<Choice<T>>): Promise<T> {
    const answer = Promise.withResolvers<T>();
    const inTurn = (): Promise<void> => this.#exclusively(names, () => this.#chosen(names, choice, answer.resolve));
    const isStarting = this.#closed?.code === 'STARTING' && this.#parts.store.trouble?.kind !== 'damaged';
    const begun = isStarting ? this.#afterStart().then(inTurn) : inTurn();
    begun.catch((error) => answer.reject(toAppError(error)));
    return answer.promise;
  }

  async #chosen<T>(
    names: readonly string[],
    choice: () => Promise<Choice<T>>,
    answer: (value: T) => void,
  ): Promise<void> {
    await this.#parts.store.ready(); // Before all else: Docker, once it is back, mends nothing of a damaged state.
    if (this.#closed !== undefined) throw this.#closed;
    for (const name of names) await this.#settleLeftovers(name);
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
    const ctx = { ...this.#context(id, request.actor, entry), idempotency: request.idempotency };
    const cancellation = new Cancellation();
    const course = follow({ request, ctx, operation, entry, log: this.#parts.log, cancellation, answer });
    const ended = this.#drive(course, request.verb);
    this.#performing.set(id, { cancellation, ended });
    await ended.finally(() => this.#performing.delete(id));
  }

  /** Resolves when the operation has ended: whether it did so because of this. `undefined` where none runs. */
  async cancel(id: string, actor: string): Promise<boolean | undefined> {
    const running = this.#performing.get(id);
    if (running === undefined) return undefined;
    const isInTime = running.cancellation.ask(actor);
    if (isInTime) await running.ended.catch(() => undefined);
    return isInTime;
  }

  async #settleLeftovers(name: string): Promise<void> {
    refuseHeld(this.#parts.state, name);
    for (const intent of this.#parts.state.openIntents(name))
      await this.#drive(settleBefore(this.#contextOf(intent), intent, this.#parts.log), intent.verb);
  }

  /** What the daemon does of its own accord. */
  round<T>(round: Round<T>): Promise<T> {
    return drive(round, (job) => this.#executeJob(job));
  }

  #executeJob(job: Job): Promise<unknown> {
    switch (job.kind) {
      case 'look':
        return this.#drive(job.operation, 'look');
      case 'quietly':
        return this.#quietly(job.name, job.operation);
      case 'perform':
        return this.perform(job.request, job.operation);
      case 'settle':
        return this.#settle(job.intent);
      case 'besides':
        this.round(job.round).catch(() => undefined);
        return Promise.resolve();
    }
  }

  #settle(intent: IntentRecord): Promise<void> {
    return this.#exclusively(namesOf(intent), () =>
      this.#drive(settleLeftover(this.#contextOf(intent), this.#parts.log), intent.verb),
    );
  }

  #contextOf({ id, actor }: IntentRecord): OperationContext {
    return this.#context(id, actor, SILENT);
  }

  #context(id: string, actor: string, progress: Progress): OperationContext {
    const { state, settings, instance, foreign, volumes, now, newId } = this.#parts;
    return { id, actor, state, settings, instance, foreign: foreign(), volumes, now, newId, progress };
  }

  #drive<T>(operation: Operation<T>, verb: Verb | 'look'): Promise<T> {
    const { onEffect } = this.#parts;
    return drive(operation, async (effect) => {
      onEffect?.('before', effect, verb);
      const result = await this.#execute(effect);
      onEffect?.('after', effect, verb);
      return result;
    });
  }

  #execute(effect: Effect): Promise<unknown> {
    const { engine, state, store, tasks, files, logFiles, volumes, sleep } = this.#parts;
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
      case 'keepLog':
        return keepLog(this.#parts, effect);
      case 'dropLogs':
        return logFiles.remove(effect.uid);
      case 'row':
        return store.get(effect.table, effect.key);
      case 'versions':
        return store.versions(effect.name);
      case 'volumeVersions':
        return store.volumeVersions(effect.name);
      case 'volume':
        return (volumes[effect.verb] as (...args: readonly unknown[]) => Promise<unknown>).apply(volumes, [
          ...effect.args,
        ]);
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
