/** What a container uses: as facts once, or as a line a second. */
import type { StatsView } from '../../../common/contract/look.ts';
import { formatBytes } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { facts } from './facts.ts';
import { gpuLabel, type View } from './view.ts';

type GpuLoad = StatsView['gpus'][number];

const memory = (stats: StatsView): string =>
  `${formatBytes(stats.memoryBytes)} of ${formatBytes(stats.memoryLimitBytes)}`;
const cpu = (stats: StatsView): string => `${stats.cpuPercent.toFixed(1)} %`;
const known = (value: number | null, text: (value: number) => string): string => (value === null ? '-' : text(value));

function gpuText(gpu: GpuLoad): string {
  const load = known(gpu.utilizationPercent, (it) => `${Math.round(it)} %`);
  const used = known(gpu.memoryUsedBytes, formatBytes);
  return `GPU ${gpuLabel(gpu)}  ${load}  ${used} of ${known(gpu.memoryBytes, formatBytes)}`;
}

export function statsText(stats: StatsView, view: View): string {
  const head = `${view.paint('strong', safe(stats.name))}  version ${stats.version}`;
  const lines = facts(
    [
      ['CPU', `${cpu(stats)} (100 % is one core)`],
      ['memory', memory(stats)],
      ['GPUs', stats.gpus.map(gpuText)],
      ['processes', String(stats.processes)],
      ['network', `${formatBytes(stats.receivedBytes)} in, ${formatBytes(stats.sentBytes)} out`],
      ['disk', `${formatBytes(stats.readBytes)} read, ${formatBytes(stats.writtenBytes)} written`],
    ],
    view,
  );
  return `${head}\n${lines}`;
}

export function statsLine(stats: StatsView, view: View): string {
  const clock = view.paint('dim', view.now.toTimeString().slice(0, 8));
  const parts = [`CPU ${cpu(stats)}`, `memory ${memory(stats)}`, ...stats.gpus.map(gpuText)];
  return `${clock}  ${safe(parts.join(' | '))}`;
}
