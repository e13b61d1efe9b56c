/**
 * A question that is asked once at a time and answered late or not at all.
 *
 * Callers that come while it is open share it. An answer that comes too late for all of them is kept for the next
 * caller, so that a driver which takes longer than anybody waits is heard all the same.
 */
import { TIMED_OUT, within } from './nvidiaRunner.ts';

export class NvidiaQuestion<T> {
  readonly #put: () => Promise<T>;
  readonly #goodForMs: number;
  /** Put, and not answered to anybody yet. */
  #open: Promise<T> | undefined;

  constructor(put: () => Promise<T>, goodForMs: number) {
    this.#put = put;
    this.#goodForMs = goodForMs;
  }

  /** The answer, or TIMED_OUT. Rejects when the question failed. */
  async ask(waitMs: number): Promise<T | typeof TIMED_OUT> {
    const open = this.#putOnce();
    const answer = await within(open, waitMs);
    if (answer !== TIMED_OUT) this.#close(open);
    return answer;
  }

  /** As `ask`, and leaves the answer to the next caller. */
  peek(waitMs: number): Promise<T | typeof TIMED_OUT> {
    return within(this.#putOnce(), waitMs);
  }

  #putOnce(): Promise<T> {
    if (this.#open) return this.#open;
    const open = this.#put();
    const close = () => this.#close(open);
    open.then(() => setTimeout(close, this.#goodForMs).unref(), close);
    this.#open = open;
    return open;
  }

  #close(open: Promise<T>): void {
    if (this.#open === open) this.#open = undefined;
  }
}
