/**
 * The load of the GPUs from one long-lived `nvidia-smi … -l 1`.
 *
 * Invariants
 *  - It runs only while somebody takes samples; the taker sees to it that there is one stream at a time.
 *  - One that dies or falls silent is replaced, after pauses that grow while no sample comes.
 *  - Nothing here throws, and nothing waits for a process that may hang: trouble is reported with the time of the last
 *    sample, and forgotten once nobody watches.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GpuTelemetrySample } from '../core/gpuSource.ts';
import type { Clock } from '../core/host.ts';
import type { SmiChild, SmiExit } from './nvidiaChild.ts';
import {
  cleanText,
  explainFailure,
  gpuArgs,
  parseTelemetry,
  refusedField,
  TELEMETRY_FIELDS,
  TELEMETRY_FIELDS_MIN,
} from './nvidiaParse.ts';
import { type NvidiaRunner, TIMED_OUT, within } from './nvidiaRunner.ts';
import { LatestValue, TickRows } from './nvidiaTick.ts';
import type { NvidiaTroubles } from './nvidiaTroubles.ts';

/** Lines that are no data, kept to tell why a child died. */
const COMPLAINTS_MAX = 5;

export interface TelemetryTiming {
  /** Without a sample for so long, telemetry is called stale. */
  readonly staleMs: number;
  /** Without a sample for so long, the child is replaced. More than a cold first answer takes. */
  readonly silentMs: number;
  readonly pauseMs: number;
  readonly pauseMaxMs: number;
}

interface Parts {
  readonly runner: NvidiaRunner;
  readonly troubles: NvidiaTroubles;
  readonly clock: Clock;
  readonly timing: TelemetryTiming;
}

export class NvidiaTelemetry {
  readonly #parts: Parts;
  #fields: readonly string[] = TELEMETRY_FIELDS;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `gpuCount` is the size of the first tick, where it is known: then the first sample need not wait for the second. */
  async *samples(signal: AbortSignal, gpuCount: () => number | undefined): AsyncGenerator<GpuTelemetrySample> {
    try {
      yield* this.#samplesOfEachChild(signal, gpuCount);
    } finally {
      this.#parts.troubles.forget('telemetry');
    }
  }

  async *#samplesOfEachChild(signal: AbortSignal, gpuCount: () => number | undefined) {
    const { clock, timing, troubles } = this.#parts;
    let pauseMs = timing.pauseMs;
    let lastAt = clock.now();
    while (!signal.aborted) {
      for await (const sample of this.#samplesOfOneChild(signal, gpuCount(), () => lastAt)) {
        troubles.clear('telemetry');
        lastAt = new Date(sample.at);
        pauseMs = timing.pauseMs;
        yield sample;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, timing.pauseMaxMs);
    }
  }

  async *#samplesOfOneChild(
    signal: AbortSignal,
    gpuCount: number | undefined,
    lastAt: () => Date,
  ): AsyncGenerator<GpuTelemetrySample> {
    const fresh = new LatestValue<GpuTelemetrySample>();
    const complaints: string[] = [];
    // It is refused only while another run hangs, which the runner itself reports.
    const child = await this.#begin(gpuCount, fresh, complaints).catch(() => undefined);
    if (!child) return;
    const outcome = closeWhenOver(fresh, child, signal);
    const next = () => this.#next(fresh, complaints, lastAt());
    try {
      for (let sample = await next(); sample; sample = await next()) yield sample;
      if (outcome.exit && !signal.aborted) this.#explain(outcome.exit, complaints, lastAt());
    } finally {
      outcome.unlisten();
      void this.#parts.runner.end(child);
    }
  }

  #begin(
    gpuCount: number | undefined,
    fresh: LatestValue<GpuTelemetrySample>,
    complaints: string[],
  ): Promise<SmiChild> {
    const fieldCount = this.#fields.length;
    const tick = new TickRows(gpuCount);
    return this.#parts.runner.begin([...gpuArgs(this.#fields), '-l', '1'], (line) => {
      const row = parseTelemetry(line, fieldCount);
      const gpus = row && tick.add(row);
      if (gpus) fresh.put({ at: this.#parts.clock.now().toISOString(), gpus });
      if (!row && line.trim() && complaints.push(cleanText(line)) > COMPLAINTS_MAX) complaints.shift();
    });
  }

  /** The next sample; undefined when the child is over, or has been silent for too long. */
  async #next(
    fresh: LatestValue<GpuTelemetrySample>,
    complaints: readonly string[],
    since: Date,
  ): Promise<GpuTelemetrySample | undefined> {
    const { staleMs, silentMs } = this.#parts.timing;
    const next = fresh.take();
    const soon = await within(next, staleMs);
    if (soon !== TIMED_OUT) return soon;
    const said = complaints.at(-1);
    this.#parts.troubles.report('telemetry', `no GPU telemetry from nvidia-smi${said ? `: ${said}` : ''}`, since);
    const late = await within(next, silentMs - staleMs);
    return late === TIMED_OUT ? undefined : late;
  }

  /** A driver that refuses a field is asked for fewer from now on; any other end is trouble. */
  #explain(exit: SmiExit, complaints: readonly string[], since: Date): void {
    if (refusedField(complaints) && this.#fields !== TELEMETRY_FIELDS_MIN) {
      this.#fields = TELEMETRY_FIELDS_MIN;
      return;
    }
    this.#parts.troubles.report('telemetry', explainFailure(exit, complaints), since);
  }
}

/** Closes the stream of samples when its child has ended or nobody wants it any more; `exit` tells the two apart. */
function closeWhenOver(fresh: LatestValue<GpuTelemetrySample>, child: SmiChild, signal: AbortSignal) {
  const close = () => fresh.close();
  const outcome: { exit?: SmiExit; unlisten(): void } = { unlisten: () => signal.removeEventListener('abort', close) };
  void child.gone.then((exit) => {
    outcome.exit = exit;
    close();
  });
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  return outcome;
}
