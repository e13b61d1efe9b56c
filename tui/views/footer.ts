/** The last line: a message, the filter being typed, or what the keys do here. */
import { bindingOf, footerOf, type Keymap, shownKeys } from '../keys/keymap.ts';
import { safe } from '../safe.ts';
import type { Target } from '../state/events.ts';
import { downAfterMs } from '../state/link.ts';
import type { State } from '../state/state.ts';
import { keyPlace } from '../state/terminalKeys.ts';
import type { Canvas } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';

export function drawFooter(canvas: Canvas<Target>, state: State): void {
  const y = canvas.height - 1;
  if (state.filtering) drawTyped(canvas, `/${safe(state.places[state.focus].filter)}`, y);
  else if (state.logs?.searching === true) drawTyped(canvas, `search: ${safe(state.logs.search)}`, y);
  else if (state.message !== undefined) canvas.text(1, y, state.message.text, state.message.role, canvas.width - 2);
  else if (trouble(state) !== undefined) canvas.text(1, y, trouble(state) ?? '', 'bad', canvas.width - 2);
  else drawHints(canvas, state, y);
}

function drawTyped(canvas: Canvas<Target>, text: string, y: number): void {
  canvas.text(1, y, text, 'accent', canvas.width - 2);
  canvas.cursor = { x: Math.min(canvas.width - 1, 1 + textWidth(text)), y };
}

/** What is wrong for longer than a moment, and why. */
function trouble({ link, now, world }: State): string | undefined {
  if (link.state === 'lost' && now - link.since >= downAfterMs) return `${link.reason}; trying again`;
  if (world.engine?.state === 'down')
    return `Docker is down: ${world.engine.reason ?? 'no reason given'}; what is shown may be old`;
  return undefined;
}

/** Whole hints only. */
function drawHints(canvas: Canvas<Target>, state: State, y: number): void {
  const { keymap, readonly } = state;
  const place = keyPlace(state);
  const isRaw = place === 'raw' || place === 'prefix';
  let x = 1;
  if (isRaw) x += canvas.text(x, y, rawHint(keymap), place === 'prefix' ? 'selected' : 'ok') + 2;
  for (const binding of footerOf(keymap, isRaw ? 'prefix' : place, readonly)) {
    const keys = shownKeys(keymap, binding);
    const width = textWidth(`${keys} ${binding.label}`);
    if (x + width > canvas.width - 1) continue;
    canvas.text(x, y, keys, 'key');
    canvas.text(x + textWidth(keys) + 1, y, binding.label, 'dim');
    canvas.hotspot({ x, y, width, height: 1 }, { type: 'action', action: binding.action });
    x += width + 2;
  }
}

/** Every other key is the terminal's. */
const rawHint = (keymap: Keymap): string => `RAW  ${bindingOf(keymap, 'terminal.prefix').keys[0] ?? ''} then:`;
