/**
 * Time that tests move. Waits of operations pass at once and move the clock by themselves; waits that can be aborted,
 * the rhythms of the daemon, end when a test advances the clock past them.
 */
import { setImmediate as turn } from 'node:timers/promises';

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

export class ManualTime {
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<Sleeper>();

  now = (): Date => new Date(this.#nowMs);

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal !== undefined) return this.#sleepUntilAdvanced(ms, signal);
    this.#nowMs += ms;
    await turn();
  };

  /** Moves the clock on and ends the waits that it passes. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of this.#sleepers) if (sleeper.untilMs <= this.#nowMs) sleeper.wake();
  }

  #sleepUntilAdvanced(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { untilMs: this.#nowMs + ms, wake };
      if (signal.aborted) return resolve();
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake);
    });
  }
}
