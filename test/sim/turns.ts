/** Who may work on which names: in the order of asking, several names at once where a piece of work needs them. */

export interface Turn {
  isMine(): boolean;
  end(): void;
}

export class Turns {
  /** Everybody who works or waits, oldest first. */
  readonly #queue: (readonly string[])[] = [];

  ask(names: readonly string[]): Turn {
    const place = [...names];
    this.#queue.push(place);
    return {
      isMine: () => {
        const earlier = this.#queue.slice(0, this.#queue.indexOf(place));
        return !earlier.some((other) => other.some((name) => place.includes(name)));
      },
      end: () => {
        this.#queue.splice(this.#queue.indexOf(place), 1);
      },
    };
  }

  /** Whether somebody works on it or waits for it. */
  isTaken(name: string): boolean {
    return this.#queue.some((names) => names.includes(name));
  }
}
