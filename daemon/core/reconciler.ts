/**
 * Keeps records and engine the same: settles what was left open, looks at every set, starts again what a reboot ended.
 *
 * Invariants
 *  - Works on one set at a time, under its lock, never beside an operation.
 *  - A set or an operation that cannot be dealt with holds up no other; only an engine that is down ends a round.
 *
 * Not here: what a look does (operations/look.ts), what late answers leave behind (strays.ts), when it runs
 * (engineWatch.ts).
 */
import { AppError, type ErrorCode } from '../../common/errors.ts';
import { reconcileIntervalMs } from '../../common/limits.ts';
import { EngineError } from './engine.ts';
import type { Log } from './host.ts';
import { continueSet } from './operations/continueSet.ts';
import { look, noteNotStarted, type Occasion } from './operations/look.ts';
import { besides, perform, quietly, type Round, settle } from './round.ts';
import type { State } from './state.ts';
import type { Strays } from './strays.ts';

export interface ReconcilerParts {
  readonly state: State;
  /** Whether an operation of this name is under way or waits. */
  readonly isBusy: (name: string) => boolean;
  readonly strays: Strays;
  readonly log: Log;
}

const ACTOR = 'berthd';

/** Reasons that say nothing about the set: it is tried again when they are over. */
const PASSING: readonly ErrorCode[] = ['ENGINE_DOWN', 'STARTING', 'STOPPING', 'STORE_FAILED'];

export class Reconciler {
  readonly #parts: ReconcilerParts;
  /** Sets whose start failed for such a reason, with the occasion that called for it. */
  readonly #putOff = new Map<string, Occasion>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  static readonly intervalMs = reconcileIntervalMs;

  /** Settles every operation that a crash or a lost engine has left open. Who is busy with a name settles its own. */
  *recover(): Round<void> {
    const { state, isBusy } = this.#parts;
    for (const intent of state.table('intent').values().toArray()) {
      const { id: operation, verb, name } = intent;
      if (!isBusy(name)) yield* this.#tolerating({ operation, verb, name }, settle(intent));
    }
  }

  /** Every set, then what belongs to none. Nobody waits for a set that is busy. */
  *reconcile(occasion: Occasion): Round<void> {
    const { state, isBusy, strays } = this.#parts;
    for (const { name } of state.sets()) {
      if (!isBusy(name)) yield* this.#tolerating({ name }, this.checkSet(name, occasion));
      // Its operation meets the same engine.
      else if (occasion !== 'routine') yield* besides(this.checkSet(name, occasion));
    }
    yield* strays.sweep();
  }

  /** Compares one set with its container, when its turn has come. */
  *checkSet(name: string, occasion: Occasion): Round<void> {
    const due = occasion === 'routine' ? (this.#putOff.get(name) ?? occasion) : occasion;
    this.#putOff.delete(name);
    const seen = yield* quietly(name, (ctx) => look(ctx, name, due));
    if (seen === 'to be started again') yield* this.#startAgain(name, due);
    else if (seen !== 'nothing to do') this.#parts.log.info({ name }, `a replicaSet was not as it was left: ${seen}`);
  }

  *#startAgain(name: string, occasion: Occasion): Round<void> {
    const { log } = this.#parts;
    try {
      yield* perform({ verb: 'continue', name, actor: ACTOR, idempotency: undefined }, (ctx) =>
        continueSet(ctx, { name }),
      );
      log.info({ name }, 'started again after the engine was away');
    } catch (error) {
      log.warn({ name, error }, 'could not be started again after the engine was away');
      if (error instanceof AppError && PASSING.includes(error.code)) {
        this.#putOff.set(name, occasion);
        return;
      }
      const why = error instanceof Error ? error.message : String(error);
      yield* quietly(name, (ctx) => noteNotStarted(ctx, name, why));
    }
  }

  *#tolerating(facts: object, work: Round<void>): Round<void> {
    try {
      yield* work;
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'down') throw error;
      this.#parts.log.error({ ...facts, error }, 'could not be brought in order yet');
    }
  }
}
