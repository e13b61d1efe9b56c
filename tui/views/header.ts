/** The first line: the views, the host, how many GPUs are held, and how the connection stands. */

import { bindingOf } from '../keys/keymap.ts';
import { safe } from '../safe.ts';
import type { Target } from '../state/events.ts';
import { downAfterMs } from '../state/link.ts';
import type { ViewName } from '../state/names.ts';
import type { State } from '../state/state.ts';
import type { Canvas } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import type { Role } from '../term/roles.ts';

const TABS: readonly (readonly [view: Exclude<ViewName, 'logs'>, title: string])[] = [
  ['gpus', 'GPUs'],
  ['sets', 'Sets'],
  ['exec', 'Exec'],
  ['volumes', 'Vols'],
  ['ports', 'Ports'],
  ['operations', 'Ops'],
];

export function drawHeader(canvas: Canvas<Target>, state: State): void {
  const end = drawTabs(canvas, state);
  drawRight(canvas, state, canvas.width - end);
}

/** Returns the column after the last. */
function drawTabs(canvas: Canvas<Target>, { view, keymap }: State): number {
  let x = 1;
  for (const [name, title] of TABS) {
    const key = bindingOf(keymap, `view.${name}` as const).keys[0] ?? '';
    const begin = x;
    x += canvas.text(x, 0, key, 'key');
    x += canvas.text(x, 0, title, name === view ? 'selected' : 'plain');
    canvas.hotspot({ x: begin, y: 0, width: x - begin, height: 1 }, { type: 'view', view: name });
    x += 2;
  }
  return x;
}

/** What does not fit is left out, the least needed first; the views are never overwritten. */
function drawRight(canvas: Canvas<Target>, state: State, room: number): void {
  const { gpus } = state.world;
  const held = gpus.filter((gpu) => gpu.holder !== null).length;
  const host = safe(state.hostName);
  const [sign, role, reason] = linkSign(state);
  const count = gpus.length === 0 ? '' : `GPU ${held}/${gpus.length}  `;
  const variants = [`${host}  ${count}`, `${host}  `, count, ''];
  const tail = reason === '' ? `${sign} ` : `${sign} ${safe(reason)} `;
  const texts = [...variants.map((it) => [it, tail] as const), ['', `${sign} `] as const];
  const [text, link] = texts.find((it) => textWidth(it.join('')) <= room) ?? ['', ''];
  const x = canvas.width - textWidth(text + link);
  canvas.text(x, 0, text, 'plain');
  canvas.text(x + textWidth(text), 0, link, role);
}

export function linkSign({ link, now, world, readonly }: State): readonly [sign: string, role: Role, reason: string] {
  if (link.state === 'connecting') return ['◐', 'warn', 'connecting'];
  if (link.state === 'lost') {
    return now - link.since < downAfterMs ? ['◐', 'warn', 'reconnecting'] : ['○', 'bad', 'berthd is away'];
  }
  if (world.engine?.state === 'down') return ['●', 'bad', 'Docker is down'];
  return ['●', 'ok', readonly ? 'view only' : ''];
}
