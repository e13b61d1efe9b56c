/** GPUs that tests plug in and out, and the processes that compute on them. */
import type { GpuDevice, GpuProcess, GpuSource, GpuTelemetrySample } from '../../daemon/core/gpuSource.ts';
import { stubGpu } from './engine/stubGpus.ts';

/** `count` stub GPUs, spread evenly over the NUMA nodes. */
export const stubDevices = (count: number, numaNodes = 1): GpuDevice[] =>
  Array.from({ length: count }, (_, index) => ({
    uuid: stubGpu(index),
    index,
    name: 'NVIDIA H200',
    memoryBytes: 141 * 1024 ** 3,
    busId: `00000000:${String(index).padStart(2, '0')}:00.0`,
    numaNode: Math.floor((index * numaNodes) / count),
  }));

export class FakeGpuSource implements GpuSource {
  kind: GpuSource['kind'] = 'nvidia-smi';
  list: readonly GpuDevice[];
  used: readonly GpuProcess[] = [];
  /** While set, neither devices nor processes can be asked for. */
  failure: string | undefined;
  /** How often devices were asked for. */
  looks = 0;
  readonly #watchers = new Set<(sample: GpuTelemetrySample) => void>();

  constructor(list: readonly GpuDevice[]) {
    this.list = list;
  }

  async devices(): Promise<readonly GpuDevice[]> {
    this.looks += 1;
    if (this.failure !== undefined) throw new Error(this.failure);
    return this.list;
  }

  async processes(): Promise<readonly GpuProcess[]> {
    if (this.failure !== undefined) throw new Error(this.failure);
    return this.used;
  }

  notice(): string | null {
    return this.failure ?? null;
  }

  /** Hands a sample to everybody who listens. */
  sample(sample: GpuTelemetrySample): void {
    for (const watcher of this.#watchers) watcher(sample);
  }

  async *telemetry(signal: AbortSignal): AsyncGenerator<GpuTelemetrySample> {
    const waiting: GpuTelemetrySample[] = [];
    let wake = Promise.withResolvers<void>();
    const watcher = (sample: GpuTelemetrySample): void => {
      waiting.push(sample);
      wake.resolve();
    };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => wake.resolve());
    try {
      while (!signal.aborted) {
        yield* waiting.splice(0);
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}
