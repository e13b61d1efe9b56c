/**
 * Bytes that have come and are not cells yet. A source that is faster than the emulator is held back, so that a flood
 * needs no more memory than this and a key's echo does not wait behind it.
 */
const highBytes = 256 * 1024;
const lowBytes = 64 * 1024;

export interface Source {
  pause(): void;
  resume(): void;
}

export class Backlog {
  readonly #source: Source;
  #waitingBytes = 0;
  #isHeld = false;

  constructor(source: Source) {
    this.#source = source;
  }

  add(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#isHeld || this.#waitingBytes <= highBytes) return;
    this.#isHeld = true;
    this.#source.pause();
  }

  remove(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (!this.#isHeld || this.#waitingBytes >= lowBytes) return;
    this.#isHeld = false;
    this.#source.resume();
  }
}
