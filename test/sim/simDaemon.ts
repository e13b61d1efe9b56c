/**
 * A daemon without promises: the real operations, their course and the daemon's rounds, each a thread that moves one
 * effect at a time over a SimHost. One life of it ends with a Crash; the next begins on what the rows say.
 *
 * Invariants
 *  - Policy is the product's: course.ts, operations/, reconciler.ts, strays.ts. Here are only turns and effects.
 *  - A write can be seen from its effect on and is durable when the disk moves, in the order of the writes.
 *
 * Not here: who moves when (simulation.ts).
 */
import { AppError } from '../../common/errors.ts';
import { type OpenBatch, openBatch } from '../../daemon/core/batch.ts';
import { Cancellation } from '../../daemon/core/cancellation.ts';
import { follow, type Request, SILENT, settleBefore, settleLeftover } from '../../daemon/core/course.ts';
import type { Effect, Operation } from '../../daemon/core/effects.ts';
import { toAppError } from '../../daemon/core/engineFailure.ts';
import type { Log } from '../../daemon/core/host.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import { OperationLog } from '../../daemon/core/operationLog.ts';
import type { OperationContext, Progress } from '../../daemon/core/operations/context.ts';
import type { Occasion } from '../../daemon/core/operations/look.ts';
import { Reconciler } from '../../daemon/core/reconciler.ts';
import type { Change, IntentRecord } from '../../daemon/core/records.ts';
import type { Job, Round } from '../../daemon/core/round.ts';
import type { State } from '../../daemon/core/state.ts';
import { Strays } from '../../daemon/core/strays.ts';
import { VolumeCare } from '../../daemon/core/volumeCare.ts';
import { namesOf, refuseHeld } from '../../daemon/core/volumeUse.ts';
import { Crash, INSTANCE, type SimHost } from './simHost.ts';
import { Turns } from './turns.ts';

/** Yields after each effect, or while it waits for a turn or for the disk. */
export type Thread<T> = Generator<'moved' | 'waiting', T>;

const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const LOOKED_AT: ReadonlySet<string> = new Set(['start', 'die', 'destroy']);

/** Who asked: told of the answer, which may come before the end, and able to change their mind. */
export interface Client<T> {
  readonly answer: (value: T) => void;
  readonly cancellation: Cancellation;
}

interface Writing {
  readonly changes: readonly Change[];
  readonly batch: OpenBatch;
  result: 'open' | 'durable' | { readonly failure: AppError };
}

export class SimDaemon {
  readonly host: SimHost;
  readonly state: State;
  readonly #reconciler: Reconciler;
  readonly #care: VolumeCare;
  readonly #turns = new Turns();
  readonly #operations: OperationLog;
  readonly #writing: Writing[] = [];
  /** Sets whose containers began or ended, to be looked at. */
  readonly #noticed = new Set<string>();
  /** Threads that were begun and are not waited for. */
  readonly besides: Thread<unknown>[] = [];
  readonly #forget: () => void;
  #closed: AppError | undefined;

  constructor(host: SimHost) {
    this.host = host;
    this.state = host.rows.state();
    this.#operations = new OperationLog(host.now);
    const strays = new Strays({ state: this.state, instance: INSTANCE, log: QUIET, now: host.now });
    const isBusy = (name: string): boolean => this.#turns.isTaken(name);
    this.#reconciler = new Reconciler({ state: this.state, isBusy, strays, log: QUIET });
    const volumes = { look: async () => undefined };
    this.#care = new VolumeCare({ state: this.state, volumes, operations: this.#operations, isBusy, log: QUIET });
    this.#forget = host.world.onEvent(({ action, labels }) => {
      const name = labels[LABEL.replicaSet];
      if (LOOKED_AT.has(action) && name !== undefined && labels[LABEL.instance] === INSTANCE) this.#noticed.add(name);
    });
  }

  /** It hears nothing any more; its threads are to be dropped. */
  die(): void {
    this.#forget();
  }

  /** What a client asks for. */
  *perform<T>(
    request: Request,
    operation: (ctx: OperationContext) => Operation<T>,
    client: Partial<Client<T>> = {},
  ): Thread<void> {
    if (this.#closed !== undefined) throw this.#closed;
    try {
      yield* this.#inTurn(namesIn(request), () => this.#performing(request, operation, client));
    } catch (error) {
      throw toAppError(error);
    }
  }

  *#performing<T>(
    request: Request,
    operation: (ctx: OperationContext) => Operation<T>,
    { answer = () => {}, cancellation = new Cancellation() }: Partial<Client<T>>,
  ): Thread<void> {
    for (const name of namesIn(request)) {
      refuseHeld(this.state, name);
      for (const intent of this.state.openIntents(name))
        yield* this.#drive(settleBefore(this.#contextOf(intent), intent, QUIET));
    }
    const id = this.host.newId();
    const entry = this.#operations.begin(id, request.verb, request.name, request.actor);
    const ctx = { ...this.#context(id, request.actor, entry), idempotency: request.idempotency };
    yield* this.#drive(follow({ request, ctx, operation, entry, log: QUIET, cancellation, answer }));
  }

  /** Operations are refused while the engine is away, and until recovery has run. */
  engineGone(): void {
    this.#closed = new AppError('ENGINE_DOWN', 'Docker does not answer');
  }

  /** What follows a start, or a return of the engine. */
  *welcome(lostAt: Date | null = null): Thread<void> {
    yield* this.recover();
    yield* this.reconcile({ lostAt, bootedAt: this.host.bootedAt });
  }

  *recover(): Thread<void> {
    yield* this.#round(this.#care.mountAll());
    yield* this.#round(this.#reconciler.recover());
    if (!this.host.model.faults.down) this.#closed = undefined;
  }

  *reconcile(occasion: Occasion): Thread<void> {
    yield* this.#round(this.#reconciler.reconcile(occasion));
  }

  /** What happens once a minute. */
  *routine(): Thread<void> {
    if (this.#closed !== undefined) return;
    yield* this.recover();
    yield* this.reconcile('routine');
  }

  /** Looks at the sets whose containers began or ended since. */
  *heed(): Thread<void> {
    for (const name of this.#noticed) {
      this.#noticed.delete(name);
      yield* this.#round(this.#reconciler.checkSet(name, 'routine'));
    }
  }

  get hasNoticed(): boolean {
    return this.#noticed.size > 0;
  }

  *#round<T>(round: Round<T>): Thread<T> {
    return yield* feed(round, (job) => this.#job(job));
  }

  *#job(job: Job): Thread<unknown> {
    switch (job.kind) {
      case 'look':
        return yield* this.#drive(job.operation);
      case 'quietly':
        return yield* this.#inTurn([job.name], () =>
          this.#drive(job.operation(this.#context(this.host.newId(), 'berthd', SILENT))),
        );
      case 'perform':
        return yield* this.perform(job.request, job.operation);
      case 'settle':
        return yield* this.#inTurn(namesOf(job.intent), () =>
          this.#drive(settleLeftover(this.#contextOf(job.intent), QUIET)),
        );
      case 'besides':
        this.besides.push(this.#round(job.round));
        return undefined;
    }
  }

  *#inTurn<T>(names: readonly string[], work: () => Thread<T>): Thread<T> {
    const turn = this.#turns.ask(names);
    while (!turn.isMine()) yield 'waiting';
    try {
      return yield* work();
    } finally {
      turn.end();
    }
  }

  #contextOf({ id, actor }: IntentRecord): OperationContext {
    return this.#context(id, actor, SILENT);
  }

  #context(id: string, actor: string, progress: Progress): OperationContext {
    const { settings, now, newId, volumePath: path } = this.host;
    const volumes = { support: () => this.host.volumes.support, path };
    const known = { state: this.state, settings, instance: INSTANCE, foreign: new Map(), volumes };
    return { id, actor, ...known, now, newId, progress };
  }

  *#drive<T>(operation: Operation<T>): Thread<T> {
    const { host } = this;
    const effectOf = (effect: Effect): Thread<unknown> => this.#execute(effect);
    return yield* feed(operation, function* (effect) {
      host.onEffect('before', effect);
      const result = yield* effectOf(effect);
      host.onEffect('after', effect);
      return result;
    });
  }

  *#execute(effect: Effect): Thread<unknown> {
    const { model, world, rows } = this.host;
    switch (effect.kind) {
      case 'write':
        return yield* this.#write(effect.changes);
      case 'engine':
        return (model[effect.verb] as (...args: readonly unknown[]) => unknown).apply(model, [...effect.args]);
      case 'tasks':
        return world.tasksOf(effect.container);
      case 'realPath':
      case 'keepLog': // What was printed is no part of what is checked here.
      case 'dropLogs':
        return undefined;
      case 'row':
        return rows.get(effect.table, effect.key);
      case 'versions':
        return rows.versions(effect.name);
      case 'volumeVersions':
        return rows.volumeVersions(effect.name);
      case 'volume':
        return this.host.volume(effect);
      case 'wait':
        this.host.nowMs += effect.ms;
        return undefined;
    }
  }

  *#write(changes: readonly Change[]): Thread<void> {
    if (changes.length === 0) return;
    const writing: Writing = { changes, batch: openBatch(this.state, changes), result: 'open' };
    this.#writing.push(writing);
    while (writing.result === 'open') yield 'waiting';
    if (writing.result !== 'durable') throw writing.result.failure;
  }

  /** The oldest write becomes durable, or fails. False when there is none. */
  moveDisk(): boolean {
    const writing = this.#writing.shift();
    if (writing === undefined) return false;
    if (this.host.failingWrites > 0) {
      this.host.failingWrites -= 1;
      writing.result = { failure: writing.batch.failed(new Error('no space left on device')) };
    } else {
      this.host.rows.apply(writing.changes);
      writing.batch.durable();
      writing.result = 'durable';
    }
    return true;
  }
}

const namesIn = ({ name, besides = [] }: Request): readonly string[] => [name, ...besides];

/** Carries out each request of a generator and hands the result or the failure back in; a Crash ends both. */
function* feed<R, T>(generator: Generator<R, T, unknown>, execute: (request: R) => Thread<unknown>): Thread<T> {
  let step = generator.next();
  while (!step.done) {
    let result: { readonly value: unknown } | { readonly error: unknown };
    try {
      result = { value: yield* execute(step.value) };
    } catch (error) {
      if (error instanceof Crash) throw error;
      result = { error };
    }
    yield 'moved';
    step = 'error' in result ? generator.throw(result.error) : generator.next(result.value);
  }
  return step.value;
}
