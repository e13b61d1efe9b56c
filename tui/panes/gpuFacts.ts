/** What is shown of a GPU, as texts and roles; lines and cards say the same. */
import type { GpuView } from '../../common/contract/resource.ts';
import { formatAge } from '../../common/units.ts';
import { GPU_ROLE, holderText } from '../cli/output/gpus.ts';
import type { Role } from '../cli/output/paint.ts';
import type { GpuHistory } from '../state/world.ts';

const GIB = 1024 ** 3;
/** Idle for less is between two batches. */
const idleAfterMs = 60_000;

export const loadOf = (gpu: GpuView): number | null => gpu.telemetry?.utilizationPercent ?? null;
export const memoryShare = (gpu: GpuView): number | null => {
  const used = gpu.telemetry?.memoryUsedBytes ?? null;
  return used === null || gpu.memoryBytes === null ? null : used / gpu.memoryBytes;
};

export const levelRole = (share: number | null): Role => {
  if (share === null) return 'dim';
  return share < 0.7 ? 'ok' : share < 0.9 ? 'warn' : 'bad';
};

export const loadHistory = (history: GpuHistory | undefined): readonly number[] =>
  (history?.utilizationPercent ?? []).map((percent) => percent / 100);

export const percentText = (percent: number | null): string => (percent === null ? '-' : `${Math.round(percent)}%`);

/** `40/141` */
export function memoryNumbers({ telemetry, memoryBytes }: GpuView): string {
  const used = telemetry?.memoryUsedBytes ?? null;
  const total = memoryBytes === null ? '-' : String(Math.round(memoryBytes / GIB));
  return used === null ? `-/${total}` : `${Math.round(used / GIB)}/${total}`;
}

/** Whose it is: a set with its person, a foreign user, or why nobody can have it. */
export function ownerText(gpu: GpuView): string {
  const holder = gpu.holder === null && gpu.owner === null ? '' : holderText(gpu);
  if (gpu.state === 'granted') return gpu.reason === null ? holder : `${holder}: ${gpu.reason}`;
  if (gpu.state === 'foreign') return `foreign: ${holder === '' ? 'unknown' : holder}`;
  return gpu.reason === null ? gpu.state : `${gpu.state}: ${gpu.reason}`;
}

export const ownerRole = (gpu: GpuView): Role => (gpu.state === 'free' ? 'dim' : GPU_ROLE[gpu.state]);

/** `5 min` for a held GPU that does nothing; `>5 min` where it did nothing for as long as we watch. */
export function idleText(gpu: GpuView, history: GpuHistory | undefined, now: number): string {
  if (gpu.holder === null || history === undefined) return '';
  const idleMs = now - (history.busyAt ?? history.since);
  if (idleMs < idleAfterMs) return '';
  return `${history.busyAt === undefined ? '>' : ''}${formatAge(idleMs)}`;
}

export const gpuTitle = (gpu: GpuView): string =>
  gpu.simulated && !/simulated/i.test(gpu.name) ? `${gpu.name} (simulated)` : gpu.name;
