/**
 * When to paint: at once after a quiet time, and under a flood of changes no more often than a person can see. After a
 * key the pauses are short for a moment, so that what was typed shows whatever else goes on.
 */
const pauseMs = 33;
const hurriedPauseMs = 8;
const hurryMs = 60;

export class Pacer {
  readonly #paint: () => void;
  #paintedAt = Number.NEGATIVE_INFINITY;
  #hurriedUntil = Number.NEGATIVE_INFINITY;
  #dueAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #next: NodeJS.Immediate | undefined;

  constructor(paint: () => void) {
    this.#paint = paint;
  }

  /** A key was pressed. */
  hurry(): void {
    this.#hurriedUntil = performance.now() + hurryMs;
  }

  /** Something changed. */
  request(): void {
    const now = performance.now();
    const pause = now < this.#hurriedUntil ? hurriedPauseMs : pauseMs;
    const dueAt = Math.max(now, this.#paintedAt + pause);
    if (this.#next !== undefined || (this.#timer !== undefined && this.#dueAt <= dueAt)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dueAt = dueAt;
    // A timer takes a millisecond at least, and a key's echo should not wait for it.
    if (dueAt <= now) this.#next = setImmediate(() => this.#now());
    else this.#timer = setTimeout(() => this.#now(), dueAt - now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
    this.#timer = undefined;
    this.#next = undefined;
  }

  #now(): void {
    this.#timer = undefined;
    this.#next = undefined;
    this.#paint();
    this.#paintedAt = performance.now();
  }
}
