/** Where GPUs come from: nvidia-smi, a simulation, or nowhere. Grants never depend on it; they come from the store. */
import type { GpuTelemetry } from '../../common/contract/resource.ts';

export interface GpuDevice {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  readonly memoryBytes: number | null;
  readonly busId: string | null;
  readonly numaNode: number | null;
}

/** A process that computes on a GPU. `containerId` is null for a process of the host itself. */
export interface GpuProcess {
  readonly uuid: string;
  readonly pid: number;
  readonly command: string;
  readonly user: string | null;
  readonly containerId: string | null;
}

export interface GpuTelemetrySample {
  readonly at: string;
  readonly gpus: readonly GpuTelemetry[];
}

export interface GpuSource {
  readonly kind: 'nvidia-smi' | 'simulated' | 'none';
  /** The devices now. Rejects with a plain sentence when the source does not answer; never hangs. */
  devices(): Promise<readonly GpuDevice[]>;
  processes(): Promise<readonly GpuProcess[]>;
  /** Samples about once a second until aborted; never throws, a source that fails yields nothing meanwhile. */
  telemetry(signal: AbortSignal): AsyncIterable<GpuTelemetrySample>;
  /** Why the source cannot be trusted now, since when; null when all is well. */
  notice(): string | null;
}
