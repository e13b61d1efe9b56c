/**
 * GPUs that do not exist, for trying Berth on a host without any.
 *
 * The load moves like real work does, and is a pure function of GPU and time: the same moment shows the same numbers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GpuTelemetry } from '../../common/contract/resource.ts';
import type { GpuDevice, GpuSource, GpuTelemetrySample } from '../core/gpuSource.ts';
import type { Clock } from '../core/host.ts';

const MEMORY_BYTES = 80 * 1024 ** 3;
const POWER_LIMIT_W = 700;

/** Half of them on each of two NUMA nodes; an odd one goes to the first. */
export const simulatedDevices = (count: number): readonly GpuDevice[] =>
  Array.from({ length: count }, (_, index) => ({
    uuid: `SIM-00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    index,
    name: 'Simulated GPU',
    memoryBytes: MEMORY_BYTES,
    busId: null,
    numaNode: index < count / 2 ? 0 : 1,
  }));

/** Two waves of unlike length per GPU, which make a load that rises, falls and never quite repeats. */
export function simulatedLoad(device: GpuDevice, at: Date): GpuTelemetry {
  const seconds = at.getTime() / 1000;
  const slow = Math.sin(seconds / (37 + 5 * device.index) + device.index);
  const fast = Math.sin(seconds / (5 + device.index) + 2 * device.index);
  const load = Math.min(1, Math.max(0, 0.55 + 0.4 * slow + 0.1 * fast));
  return {
    uuid: device.uuid,
    utilizationPercent: Math.round(100 * load),
    memoryUsedBytes: Math.round((0.15 + 0.5 * (1 + slow) * 0.7) * MEMORY_BYTES),
    temperatureC: Math.round(32 + 40 * load),
    powerW: Math.round(75 + 550 * load),
    powerLimitW: POWER_LIMIT_W,
  };
}

export class SimulatedGpus implements GpuSource {
  readonly kind = 'simulated';
  readonly #devices: readonly GpuDevice[];
  readonly #clock: Clock;
  readonly #intervalMs: number;

  constructor(count: number, clock: Clock, intervalMs = 1_000) {
    this.#devices = simulatedDevices(count);
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  async devices(): Promise<readonly GpuDevice[]> {
    return this.#devices;
  }

  async processes(): Promise<readonly never[]> {
    return [];
  }

  async *telemetry(signal: AbortSignal): AsyncGenerator<GpuTelemetrySample> {
    while (!signal.aborted) {
      const now = this.#clock.now();
      yield { at: now.toISOString(), gpus: this.#devices.map((device) => simulatedLoad(device, now)) };
      await sleep(this.#intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  notice(): string | null {
    return null;
  }
}
