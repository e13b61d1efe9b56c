/** A host without GPUs, with the reason where it is not the administrator's choice. */
import type { GpuSource, GpuTelemetrySample } from '../core/gpuSource.ts';

export class NoGpus implements GpuSource {
  readonly kind = 'none';
  readonly #reason: string | null;

  constructor(reason: string | null) {
    this.#reason = reason;
  }

  async devices(): Promise<readonly never[]> {
    return [];
  }

  async processes(): Promise<readonly never[]> {
    return [];
  }

  telemetry(): AsyncIterable<GpuTelemetrySample> {
    return noSamples();
  }

  notice(): string | null {
    return this.#reason;
  }
}

async function* noSamples(): AsyncGenerator<never> {}
