/**
 * One stream of GPU telemetry for any number of watchers.
 *
 * Invariants
 *  - The source runs from the first watcher to the last, once, and not at all while nobody watches.
 *  - A watcher that throws is logged and disturbs nobody else.
 *  - The last sample stays, with its time, also when nobody watches any more.
 */
import type { GpuSource, GpuTelemetrySample } from './gpuSource.ts';
import type { Log } from './host.ts';

type OnSample = (sample: GpuTelemetrySample) => void;

export class Telemetry {
  readonly #source: GpuSource;
  readonly #log: Log;
  readonly #watchers = new Set<{ readonly onSample: OnSample }>();
  #stream: AbortController | undefined;
  #last: GpuTelemetrySample | undefined;

  constructor(source: GpuSource, log: Log) {
    this.#source = source;
    this.#log = log;
  }

  /** Every sample from now on; `last` has the one before. The answer ends it and may be called more than once. */
  subscribe(onSample: OnSample): () => void {
    const watcher = { onSample };
    this.#watchers.add(watcher);
    if (!this.#stream) void this.#run();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#stop();
    };
  }

  last(): GpuTelemetrySample | undefined {
    return this.#last;
  }

  #stop(): void {
    this.#stream?.abort();
    this.#stream = undefined;
  }

  async #run(): Promise<void> {
    const stream = new AbortController();
    this.#stream = stream;
    try {
      for await (const sample of this.#source.telemetry(stream.signal)) {
        // A sample on its way when the last watcher left belongs to nobody, least of all to the next stream.
        if (stream.signal.aborted) return;
        this.#deliver(sample);
      }
    } catch (error) {
      this.#log.error({ error }, 'GPU telemetry ended');
    }
    if (this.#stream === stream) this.#stream = undefined;
  }

  #deliver(sample: GpuTelemetrySample): void {
    this.#last = sample;
    for (const { onSample } of this.#watchers) {
      try {
        onSample(sample);
      } catch (error) {
        this.#log.error({ error }, 'A watcher of GPU telemetry failed');
      }
    }
  }
}
