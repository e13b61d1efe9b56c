/** One operation at a time for each name; those who come later wait their turn, in order. */
export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` when everything asked for this key before has ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const { promise: tail, resolve: release } = Promise.withResolvers<void>();
    this.#tails.set(key, tail);
    await before;
    try {
      return await work();
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
      release();
    }
  }

  /** As `run`, for all of them. Taken in one order by everybody, so that no two wait for each other. */
  runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const inOrder = [...new Set(keys)].toSorted();
    return inOrder.reduceRight((inner, key) => () => this.run(key, inner), work)();
  }

  isHeld(key: string): boolean {
    return this.#tails.has(key);
  }
}
