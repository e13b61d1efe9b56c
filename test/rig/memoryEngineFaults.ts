/**
 * What can go wrong on purpose between Berth and the in-memory engine.
 *
 * Invariants
 *  - A fault is used up by the first call that it matches.
 *  - While the engine is down every call fails with `down`, and no fault is used up.
 *  - An effect that was postponed happens at `settleLate`, and then fails silently where the world has moved on.
 */
import { type Engine, EngineError, type EngineErrorKind } from '../../daemon/core/engine.ts';

/** Every verb that a fault can be aimed at. Sessions begin with `execute`; streams of events know only `setDown`. */
export type ModelVerb = Exclude<keyof Engine, 'exec' | 'events'> | 'execute';

/** The answer is lost; the effect happened, never happens, or happens at `settleLate`. */
export type LostAnswer = 'applied' | 'dropped' | 'late';

interface Fault {
  /** Absent: the next call that changes something. */
  readonly verb: ModelVerb | undefined;
  readonly outcome: LostAnswer | EngineError;
}

const READS: readonly ModelVerb[] = [
  'info',
  'inspectContainer',
  'listContainers',
  'inspectImage',
  'listImages',
  'inspectVolume',
  'listVolumes',
  'listNetworks',
  'inspectNetwork',
  'processes',
  'execute',
  'inspectRaw',
  'top',
  'changes',
  'usage',
  'logs',
  'exportFiles',
  'statPath',
  'readArchive',
  'writeArchive',
  'wait',
  'attach',
  'resize',
];

export class EngineFaults {
  readonly #queue: Fault[] = [];
  readonly #late: (() => unknown)[] = [];
  readonly #onDown = new Set<() => void>();
  #down = false;
  #spared = false;

  get down(): boolean {
    return this.#down;
  }

  /** Every call fails with `down` until it is set to false. */
  setDown(down: boolean): void {
    this.#down = down;
    if (down) for (const listener of this.#onDown) listener();
  }

  /** Calls back each time the engine goes down; returns how to stop that. */
  onDown(listener: () => void): () => void {
    this.#onDown.add(listener);
    return () => this.#onDown.delete(listener);
  }

  /** The next call of the verb, or the next that changes something, fails with this and does nothing. */
  failNext(kind: EngineErrorKind, verb?: ModelVerb, message = `the engine failed on purpose (${kind})`): void {
    this.#queue.push({ verb, outcome: new EngineError(kind, message) });
  }

  /** The next call of the verb, or the next that changes something, ends with `unknown`. */
  loseAnswer(outcome: LostAnswer, verb?: ModelVerb): void {
    this.#queue.push({ verb, outcome });
  }

  /** Lets the postponed effects happen, in order. */
  settleLate(): void {
    for (const effect of this.#late.splice(0)) ignoreFailure(effect);
  }

  /** What somebody else asks of the engine: the faults are not for them. */
  spare(call: () => void): void {
    this.#spared = true;
    try {
      call();
    } finally {
      this.#spared = false;
    }
  }

  /** Runs one call of the engine under the faults that stand. */
  apply<T>(verb: ModelVerb, effect: () => T): T {
    if (this.#spared) return effect();
    if (this.#down) throw new EngineError('down', 'the engine does not answer');
    const at = this.#queue.findIndex((fault) => fault.verb === verb || (!fault.verb && !READS.includes(verb)));
    const fault = at < 0 ? undefined : this.#queue.splice(at, 1)[0];
    if (fault === undefined) return effect();
    if (fault.outcome instanceof EngineError) throw fault.outcome;
    if (fault.outcome === 'late') this.#late.push(effect);
    if (fault.outcome === 'applied') ignoreFailure(effect);
    throw new EngineError('unknown', `the answer to ${verb} never came`);
  }
}

function ignoreFailure(effect: () => unknown): void {
  try {
    effect();
  } catch {
    // Nobody waits for this answer any more.
  }
}
