/** The GPUs: a line each, or cards with graphs where there is room. */
import type { GpuView } from '../../common/contract/resource.ts';
import { bar, powerText } from '../cli/output/gpus.ts';
import { cell, gpuLabel } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import { sparkline } from './charts.ts';
import { cardsFit, drawCards } from './gpuCards.ts';
import {
  gpuTitle,
  idleText,
  levelRole,
  loadHistory,
  loadOf,
  memoryNumbers,
  memoryShare,
  ownerRole,
  ownerText,
  percentText,
} from './gpuFacts.ts';
import type { Pane, SortedColumn } from './pane.ts';

const sparkColumns = 12;
const barColumns = 9;

const columns = ({ world, now }: State): readonly SortedColumn<GpuView>[] => [
  {
    title: 'GPU',
    cell: (gpu) => cell(gpuLabel(gpu), 'strong'),
    sort: (gpu) => -(gpu.index ?? Number.MAX_SAFE_INTEGER),
  },
  {
    title: 'UTIL',
    cell: (gpu) => cell(percentText(loadOf(gpu)), levelRole((loadOf(gpu) ?? 0) / 100)),
    align: 'right',
    sort: (gpu) => loadOf(gpu) ?? -1,
  },
  {
    title: '',
    cell: (gpu) =>
      cell(sparkline(loadHistory(world.history.get(gpu.uuid)), sparkColumns), levelRole((loadOf(gpu) ?? 0) / 100)),
    spare: 1,
  },
  {
    title: 'MEMORY GiB',
    cell: (gpu) => cell(`${bar(memoryShare(gpu) ?? 0, barColumns)} ${memoryNumbers(gpu)}`, levelRole(memoryShare(gpu))),
    sort: (gpu) => gpu.telemetry?.memoryUsedBytes ?? -1,
  },
  {
    title: 'TEMP',
    cell: (gpu) => (gpu.telemetry?.temperatureC == null ? '-' : `${Math.round(gpu.telemetry.temperatureC)}C`),
    align: 'right',
    spare: 3,
    sort: (gpu) => gpu.telemetry?.temperatureC ?? -1,
  },
  { title: 'POWER', cell: powerText, align: 'right', spare: 2, sort: (gpu) => gpu.telemetry?.powerW ?? -1 },
  { title: 'OWNER', cell: (gpu) => cell(ownerText(gpu), ownerRole(gpu)), widthMin: 12, sort: ownerText },
  {
    title: 'IDLE',
    cell: (gpu) => cell(idleText(gpu, world.history.get(gpu.uuid), now), 'warn'),
    align: 'right',
    sort: (gpu) => now - (world.history.get(gpu.uuid)?.busyAt ?? now),
  },
  { title: 'MODEL', cell: gpuTitle, widthMin: 14, spare: 4, sort: gpuTitle },
];

export const gpuPane: Pane<GpuView> = {
  name: 'gpus',
  title: () => 'GPUs',
  rows: ({ world }) => world.gpus,
  id: (gpu) => gpu.uuid,
  subject: (gpu) => ({ kind: 'gpu', uuid: gpu.uuid }),
  text: (gpu) => [gpuLabel(gpu), gpu.uuid, gpu.name, gpu.state, ownerText(gpu)].join(' '),
  columns,
  empty: () => ['No GPUs on this host.'],
  draw: (canvas, rect, state, shown) => {
    if (!cardsFit(rect, shown.rows.length)) return false;
    drawCards(canvas, rect, state, shown);
    return true;
  },
};
