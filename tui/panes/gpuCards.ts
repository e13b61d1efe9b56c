/** GPUs as cards: figures on the left, the last minutes of load as a graph on the right. */
import type { GpuView } from '../../common/contract/resource.ts';
import { powerText } from '../cli/output/gpus.ts';
import { cut } from '../cli/output/table.ts';
import { gpuLabel } from '../cli/output/view.ts';
import { safe } from '../safe.ts';
import type { Target } from '../state/events.ts';
import type { State } from '../state/state.ts';
import type { Canvas, Rect } from '../term/canvas.ts';
import { graph } from './charts.ts';
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
import type { Shown } from './pane.ts';

/** Box, three lines of figures and the owner. */
export const cardHeightMin = 6;
export const cardHeightMax = 9;
const cardWidthMin = 58;
const figuresWidth = 24;

interface Grid {
  readonly across: number;
  readonly width: number;
  readonly height: number;
}

export const cardsAcross = (width: number, count: number): number =>
  Math.max(1, Math.min(count, Math.floor(width / cardWidthMin)));

function gridFor({ width, height }: Rect, count: number): Grid {
  const across = cardsAcross(width, count);
  const rows = Math.max(1, Math.ceil(count / across));
  return { across, width: Math.floor(width / across), height: Math.min(cardHeightMax, Math.floor(height / rows)) };
}

/** Cards are shown only where all of them are. */
export const cardsFit = (rect: Rect, count: number): boolean =>
  count > 0 && rect.width >= cardWidthMin && gridFor(rect, count).height >= cardHeightMin;

export function drawCards(canvas: Canvas<Target>, rect: Rect, state: State, shown: Shown<GpuView>): void {
  const grid = gridFor(rect, shown.rows.length);
  for (const [at, gpu] of shown.rows.entries()) {
    const x = rect.x + (at % grid.across) * grid.width;
    const y = rect.y + Math.floor(at / grid.across) * grid.height;
    const card = { x, y, width: grid.width, height: grid.height };
    drawCard(canvas, card, state, gpu, at === shown.selected && state.focus === 'gpus');
    canvas.hotspot(card, { type: 'row', pane: 'gpus', id: gpu.uuid });
  }
}

function drawCard(canvas: Canvas<Target>, card: Rect, state: State, gpu: GpuView, isSelected: boolean): void {
  const { x, y, width, height } = card;
  const mark = isSelected ? '▸ ' : '';
  canvas.box(card, `${mark}GPU ${gpuLabel(gpu)}  ${gpuTitle(gpu)}`, isSelected ? 'accent' : 'dim');
  const history = state.world.history.get(gpu.uuid);
  const load = levelRole((loadOf(gpu) ?? 0) / 100);
  const line = (row: number, label: string, value: string, role: Parameters<typeof canvas.text>[3]): void => {
    canvas.text(x + 2, y + row, label, 'dim', figuresWidth);
    canvas.text(x + 7, y + row, value, role, figuresWidth - 5);
  };
  line(1, 'util', percentText(loadOf(gpu)), load);
  line(2, 'mem', `${memoryNumbers(gpu)} GiB`, levelRole(memoryShare(gpu)));
  const temperature = gpu.telemetry?.temperatureC ?? null;
  line(3, 'heat', `${temperature === null ? '-' : `${Math.round(temperature)}C`} ${powerText(gpu)}`, 'plain');
  const idle = idleText(gpu, history, state.now);
  canvas.text(x + 2, y + 4, cut(safe(ownerText(gpu)), figuresWidth - 1), ownerRole(gpu));
  if (idle !== '') canvas.text(x + 2, y + Math.min(5, height - 2), `idle ${idle}`, 'warn', figuresWidth - 1);
  const columns = width - figuresWidth - 4;
  for (const [row, text] of graph(loadHistory(history), columns, height - 2, state.glyphs).entries())
    canvas.text(x + figuresWidth + 2, y + 1 + row, text, load, columns);
}
