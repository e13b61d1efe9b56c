/** Docker's statistics → the figures that people read. Pure; both generations of control groups. */
import type { ContainerUsage } from '../core/engineStreams.ts';

interface Cpu {
  readonly cpu_usage?: { readonly total_usage?: number };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

export interface RawStats {
  readonly read: string;
  readonly pids_stats?: { readonly current?: number };
  readonly cpu_stats?: Cpu;
  readonly precpu_stats?: Cpu;
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
}

/** Undefined for the zeros with which Docker answers for a container that does not run. */
export function usageOf(raw: RawStats): ContainerUsage | undefined {
  const { memory_stats: memory = {}, pids_stats: pids, networks = {} } = raw;
  if (raw.cpu_stats?.system_cpu_usage === undefined) return undefined;
  const moved = (op: string): number =>
    sum(
      (raw.blkio_stats?.io_service_bytes_recursive ?? [])
        .filter((entry) => entry.op.toLowerCase() === op)
        .map(({ value }) => value),
    );
  // What Docker's own client leaves out: cache that nobody has touched of late.
  const cache = memory.stats?.inactive_file ?? memory.stats?.total_inactive_file ?? 0;
  return {
    at: new Date(raw.read).toISOString(),
    cpuPercent: cpuPercent(raw),
    memoryBytes: Math.max(0, (memory.usage ?? 0) - cache),
    memoryLimitBytes: memory.limit ?? 0,
    processes: pids?.current ?? 0,
    receivedBytes: sum(Object.values(networks).map((it) => it.rx_bytes)),
    sentBytes: sum(Object.values(networks).map((it) => it.tx_bytes)),
    readBytes: moved('read'),
    writtenBytes: moved('write'),
  };
}

/** Of one core; null where there is no measurement before this one. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: RawStats): number | null {
  if (now?.system_cpu_usage === undefined || before?.system_cpu_usage === undefined) return null;
  const used = (now.cpu_usage?.total_usage ?? 0) - (before.cpu_usage?.total_usage ?? 0);
  const passed = now.system_cpu_usage - before.system_cpu_usage;
  if (passed <= 0) return null;
  return Math.max(0, Math.round((used / passed) * (now.online_cpus ?? 1) * 1000) / 10);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
