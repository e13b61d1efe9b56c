/** A bounded queue between one who must not wait and one who may be slow. What overflows is forgotten, and said so. */
export class Mailbox<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #wake: (() => void) | undefined;
  #overflowed = false;
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    if (this.#closed) return;
    if (this.#items.length >= this.#capacity) {
      this.#items = [];
      this.#overflowed = true;
    } else if (!this.#overflowed) {
      this.#items.push(item);
    }
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** The next item; `overflow` once after items were lost; `closed` when no more will come. */
  async take(): Promise<{ item: T } | 'overflow' | 'closed'> {
    while (this.#items.length === 0 && !this.#overflowed && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    this.#wake = undefined;
    if (this.#closed) return 'closed';
    if (this.#overflowed) {
      this.#overflowed = false;
      return 'overflow';
    }
    return { item: this.#items.shift() as T };
  }
}
