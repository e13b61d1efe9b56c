/** What is wrong with nvidia-smi now, part by part and since when. Each is logged once as it begins and as it ends. */
import type { Clock, Log } from '../core/host.ts';

export type SmiPart = 'inventory' | 'processes' | 'telemetry';

export class NvidiaTroubles {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #open = new Map<SmiPart, { readonly text: string; readonly since: Date }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A part that was in trouble already stays so since then, with the newer text. */
  report(part: SmiPart, text: string, since: Date = this.#clock.now()): void {
    const known = this.#open.get(part);
    this.#open.set(part, { text, since: known?.since ?? since });
    if (known?.text !== text) this.#log.warn({ part }, text);
  }

  clear(part: SmiPart): void {
    if (this.#open.delete(part)) this.#log.info({ part }, 'nvidia-smi answers again');
  }

  /** Nobody asks about that part any more. */
  forget(part: SmiPart): void {
    this.#open.delete(part);
  }

  /** Inventory before processes before telemetry: the first that applies explains the rest. */
  notice(): string | null {
    const trouble = this.#open.get('inventory') ?? this.#open.get('processes') ?? this.#open.get('telemetry');
    return trouble ? `${trouble.text} (since ${trouble.since.toISOString()})` : null;
  }
}
