/** Two small parts of the telemetry stream: putting the rows of one tick together, and handing on the newest sample. */
import type { GpuTelemetry } from '../../common/contract/resource.ts';

/**
 * Rows of one tick, one per GPU: nvidia-smi prints nothing between two ticks. A tick is whole once it has as many rows
 * as the one before; a GPU that comes again shows that it was whole already. `sizeExpected` serves the first tick.
 */
export class TickRows {
  #sizeExpected: number | undefined;
  #rows = new Map<string, GpuTelemetry>();

  constructor(sizeExpected: number | undefined) {
    this.#sizeExpected = sizeExpected;
  }

  /** The tick that this row makes whole. A late row makes the same tick whole anew. */
  add(row: GpuTelemetry): readonly GpuTelemetry[] | undefined {
    const cutShort = this.#rows.has(row.uuid) ? this.#next() : undefined;
    this.#rows.set(row.uuid, row);
    const whole = this.#sizeExpected !== undefined && this.#rows.size >= this.#sizeExpected;
    return whole ? [...this.#rows.values()] : cutShort;
  }

  /** Begins a new tick; answers the old one when it was never handed out. */
  #next(): readonly GpuTelemetry[] | undefined {
    const rows = [...this.#rows.values()];
    const handedOut = this.#sizeExpected !== undefined && rows.length >= this.#sizeExpected;
    this.#sizeExpected = rows.length;
    this.#rows = new Map();
    return handedOut ? undefined : rows;
  }
}

/** Hands the newest value to one taker; values that nobody took in time are passed over. */
export class LatestValue<T> {
  #value: T | undefined;
  #closed = false;
  #waiting: ((value: T | undefined) => void) | undefined;

  put(value: T): void {
    if (this.#closed) return;
    this.#value = value;
    this.#hand();
  }

  close(): void {
    this.#closed = true;
    this.#value = undefined;
    this.#hand();
  }

  /** The next value, or undefined once closed. */
  take(): Promise<T | undefined> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (this.#closed || this.#value !== undefined) this.#hand();
    });
  }

  #hand(): void {
    if (!this.#waiting) return;
    this.#waiting(this.#value);
    this.#waiting = undefined;
    this.#value = undefined;
  }
}
