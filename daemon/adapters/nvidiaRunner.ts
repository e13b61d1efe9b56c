/**
 * Runs nvidia-smi so that a hang in the driver stays harmless.
 *
 * Invariants
 *  - One short run at a time, the others queue; besides it at most the one long run of the telemetry.
 *  - Every wait here ends: a run that is too late is killed, and one that survives that is abandoned.
 *  - While an abandoned run lives nothing is started: each more would hang as well. Once it is gone all goes on.
 *
 * Not here: what to ask and what the answer means (nvidiaSmi.ts, nvidiaTelemetry.ts).
 */
import { formatDuration } from '../../common/units.ts';
import type { Clock } from '../core/host.ts';
import type { SmiChild, SmiExit, StartSmi } from './nvidiaChild.ts';

/** More than any host has GPUs and processes on them; what runs on and on is cut here. */
const ANSWER_LINES_MAX = 10_000;

export interface SmiAnswer extends SmiExit {
  readonly lines: readonly string[];
}

export interface RunnerTiming {
  /** Without persistence mode the driver wakes each GPU for a query, up to three seconds apiece. */
  readonly queryMs: number;
  /** What a killed process may take to be gone. */
  readonly killGraceMs: number;
}

export const TIMED_OUT = Symbol('timed out');

/** The promise's outcome, or TIMED_OUT when it has none after `ms`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof TIMED_OUT> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(resolve, ms, TIMED_OUT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class NvidiaRunner {
  readonly #start: StartSmi;
  readonly #clock: Clock;
  readonly #timing: RunnerTiming;
  readonly #abandoned = new Map<SmiChild, Date>();
  #lastQuery: Promise<unknown> = Promise.resolve();
  #lastEnd: Promise<unknown> = Promise.resolve();

  constructor(start: StartSmi, clock: Clock, timing: RunnerTiming) {
    this.#start = start;
    this.#clock = clock;
    this.#timing = timing;
  }

  /** A short run. Rejects with a plain sentence when it gives no answer in time; any exit code is an answer. */
  query(args: readonly string[]): Promise<SmiAnswer> {
    const turn = this.#lastQuery.then(() => this.#ask(args));
    this.#lastQuery = turn.catch(() => undefined);
    return turn;
  }

  /** A long run, begun once the one before it has ended. Whoever begins it ends it. */
  async begin(args: readonly string[], onLine: (line: string) => void): Promise<SmiChild> {
    await this.#lastEnd;
    this.#refuseWhileAbandoned();
    return this.#start(args, onLine);
  }

  /** Ends a run, or gives it up. Safe for one that has ended by itself. */
  end(child: SmiChild): Promise<void> {
    const ending = this.#end(child);
    this.#lastEnd = ending;
    return ending;
  }

  /** Why nothing is started now; null when all is well. */
  hang(): string | null {
    for (const [child, since] of this.#abandoned)
      return (
        `nvidia-smi (pid ${child.pid ?? 'unknown'}) hangs in the driver since ${since.toISOString()} ` +
        'and cannot be ended: no more is asked of it until it is gone'
      );
    return null;
  }

  async #ask(args: readonly string[]): Promise<SmiAnswer> {
    this.#refuseWhileAbandoned();
    const lines: string[] = [];
    const child = this.#start(args, (line) => {
      if (lines.length < ANSWER_LINES_MAX) lines.push(line);
    });
    const exit = await within(child.gone, this.#timing.queryMs);
    if (exit !== TIMED_OUT) return { ...exit, lines };
    await this.#end(child);
    throw new Error(`nvidia-smi gave no answer within ${formatDuration(this.#timing.queryMs)}`);
  }

  async #end(child: SmiChild): Promise<void> {
    const since = this.#clock.now();
    child.kill();
    if ((await within(child.gone, this.#timing.killGraceMs)) !== TIMED_OUT) return;
    this.#abandoned.set(child, since);
    void child.gone.then(() => this.#abandoned.delete(child));
  }

  #refuseWhileAbandoned(): void {
    const hang = this.hang();
    if (hang) throw new Error(hang);
  }
}
