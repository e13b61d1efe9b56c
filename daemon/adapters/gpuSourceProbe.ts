/** Finds out at start where GPUs come from. The daemon starts whatever nvidia-smi does, and soon. */
import type { GpuSource } from '../core/gpuSource.ts';
import type { Clock, Log } from '../core/host.ts';
import { NoGpus } from './noGpus.ts';
import { nvidiaSmiAt } from './nvidiaChild.ts';
import { NvidiaSmi, NvidiaSmiMissing, type SmiTiming } from './nvidiaSmi.ts';
import { SimulatedGpus } from './simulatedGpus.ts';

/** `auto`: whatever nvidia-smi reports. */
export type GpuChoice = 'auto' | 'none' | { readonly simulated: number };

export interface GpuSourceProbe {
  readonly choice: GpuChoice;
  /** Path, or a name to be found on PATH. */
  readonly nvidiaSmi: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The start waits no longer for a first answer; one that comes later is used all the same. */
  readonly waitMs?: number;
  readonly timing?: Partial<SmiTiming>;
}

export async function probeGpuSource(probe: GpuSourceProbe): Promise<GpuSource> {
  const { choice, nvidiaSmi, clock, log, waitMs = 1_500, timing } = probe;
  if (choice === 'none') return new NoGpus(null);
  if (choice !== 'auto') return new SimulatedGpus(choice.simulated, clock);
  const source = new NvidiaSmi({ start: nvidiaSmiAt(nvidiaSmi), clock, log, timing });
  try {
    await source.ready(waitMs);
  } catch (error) {
    if (error instanceof NvidiaSmiMissing) return new NoGpus(`nvidia-smi not found at ${nvidiaSmi}: no GPUs`);
    // Any other failure stands in the notice of the source, which tries again whenever it is asked.
  }
  return source;
}
