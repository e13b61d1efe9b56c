/** GPUs: who holds what, how busy they are, and why some cannot be granted. */
import type { GpuState, GpuView } from '../../../common/contract/resource.ts';
import { formatBytes } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import type { Role } from './paint.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, count, gpuLabel, type View } from './view.ts';

export interface GpuListing {
  readonly gpus: readonly GpuView[];
  readonly source: string;
  readonly notice: string | null;
}

export const GPU_ROLE: Readonly<Record<GpuState, Role>> = {
  free: 'ok',
  granted: 'plain',
  foreign: 'warn',
  quarantined: 'bad',
  drained: 'warn',
  missing: 'bad',
};

export function gpuTable({ gpus, source, notice }: GpuListing, view: View): string {
  const warning = notice === null ? [] : [view.paint('warn', safe(notice))];
  if (gpus.length === 0) return [...warning, `No GPUs (source: ${safe(source)}).`].join('\n');
  return [
    ...warning,
    table(columnsFor(view), gpus, view),
    gpuSummary(gpus),
    ...gpus.filter(({ reason }) => reason !== null).map((gpu) => reasonLine(gpu, view)),
  ].join('\n');
}

function columnsFor(view: View): readonly Column<GpuView>[] {
  return [
    { title: 'GPU', cell: (gpu) => cell(gpuLabel(gpu), 'strong') },
    { title: 'STATE', cell: (gpu) => cell(gpu.state, GPU_ROLE[gpu.state]) },
    { title: 'LOAD', cell: loadText, align: 'right' },
    { title: 'MEMORY', cell: memoryText },
    { title: 'TEMP', cell: (gpu) => withUnit(gpu.telemetry?.temperatureC, '°C'), align: 'right', spare: 2 },
    { title: 'POWER', cell: powerText, align: 'right', spare: 3 },
    { title: 'HOLDER', cell: holderText, widthMin: 10 },
    { title: 'FOR', cell: (gpu) => (gpu.since === null ? '-' : ageOf(gpu.since, view.now)) },
    { title: 'MODEL', cell: (gpu) => gpu.name, widthMin: 12, spare: 1 },
  ];
}

const withUnit = (value: number | null | undefined, unit: string): string =>
  value === null || value === undefined ? '-' : `${Math.round(value)} ${unit}`;

const loadText = ({ telemetry }: GpuView): string => {
  const percent = telemetry?.utilizationPercent ?? null;
  return percent === null ? '-' : `${Math.round(percent)}%`;
};

const GIB = 1024 ** 3;
function memoryText({ telemetry, memoryBytes }: GpuView): string {
  const used = telemetry?.memoryUsedBytes ?? null;
  if (memoryBytes === null) return '-';
  if (used === null) return formatBytes(memoryBytes);
  return `${bar(used / memoryBytes)} ${Math.round(used / GIB)}/${Math.round(memoryBytes / GIB)} GiB`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** `0.6` → `████▊···`, in steps of an eighth of a column. */
export function bar(share: number, width = 8): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return ('█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')).padEnd(width, '·');
}

export const powerText = ({ telemetry }: GpuView): string =>
  telemetry?.powerW === null || telemetry?.powerW === undefined
    ? '-'
    : `${Math.round(telemetry.powerW)}/${withUnit(telemetry.powerLimitW, 'W')}`;

export const holderText = ({ holder, owner }: Pick<GpuView, 'holder' | 'owner'>): string =>
  holder === null ? (owner ?? '-') : owner === null ? holder : `${holder} (${owner})`;

/** `8 GPUs, simulated: 5 free, 3 granted` */
export function gpuSummary(gpus: readonly GpuView[]): string {
  const byState = Map.groupBy(gpus, ({ state }) => state);
  const parts = (Object.keys(GPU_ROLE) as GpuState[]).flatMap((state) => {
    const amount = byState.get(state)?.length ?? 0;
    return amount === 0 ? [] : [`${amount} ${state}`];
  });
  const simulated = gpus.some((gpu) => gpu.simulated) ? ', simulated' : '';
  return `${count(gpus.length, 'GPU')}${simulated}: ${parts.join(', ')}`;
}

const reasonLine = (gpu: GpuView, view: View): string =>
  `GPU ${safe(gpuLabel(gpu))} is ${view.paint(GPU_ROLE[gpu.state], gpu.state)}: ${safe(gpu.reason ?? '')}`;
