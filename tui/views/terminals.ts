/** The terminals of the shown page: a box each, with what it is and how it ended in its title. */
import { wrap } from '../dialogs/box.ts';
import { bindingOf } from '../keys/keymap.ts';
import { sessionRole, sessionText } from '../panes/sessions.ts';
import type { Target } from '../state/events.ts';
import type { Session } from '../state/sessions.ts';
import type { PlacedTerminal } from '../state/splits.ts';
import type { State } from '../state/state.ts';
import { shownTerminals } from '../state/terminals.ts';
import { type Canvas, inside, type Rect } from '../term/canvas.ts';
import { textWidth } from '../term/charWidth.ts';
import type { Screens } from './screens.ts';

export function drawTerminals(canvas: Canvas<Target>, rect: Rect, state: State, screens: Screens): void {
  canvas.hotspot(rect, { type: 'pane', pane: 'exec' });
  const shown = shownTerminals(state);
  if (shown.length === 0) drawNothing(canvas, rect, state);
  for (const placed of shown) drawTerminal(canvas, placed, state, screens);
}

function drawNothing(canvas: Canvas<Target>, rect: Rect, state: State): void {
  canvas.box(rect, 'Terminals', 'accent', 'strong');
  const [list = ''] = bindingOf(state.keymap, 'view.sets').keys;
  const [exec = ''] = bindingOf(state.keymap, 'set.exec').keys;
  canvas.text(rect.x + 2, rect.y + 1, 'No terminal is open.', 'dim', rect.width - 4);
  if (!state.readonly)
    canvas.text(rect.x + 2, rect.y + 2, `${exec} on a replicaSet (view ${list}) opens one.`, 'dim', rect.width - 4);
}

function drawTerminal(canvas: Canvas<Target>, { id, rect }: PlacedTerminal, state: State, screens: Screens): void {
  const session = state.terminals.sessions.find((it) => it.id === id);
  if (session === undefined) return;
  const isActive = id === state.terminals.active && state.focus === 'exec';
  const hasKeys = isActive && state.terminals.mode !== 'ui';
  canvas.box(
    rect,
    heading(state, session),
    hasKeys ? 'ok' : isActive ? 'accent' : 'dim',
    isActive ? 'strong' : 'plain',
  );
  drawNote(canvas, rect, session, screens.linesBelow(id));
  const body = inside(rect);
  canvas.hotspot(body, { type: 'terminal', id });
  screens.draw(id, canvas, body);
  if (session.status.state === 'failed') drawFailure(canvas, body, session.status.reason);
  const cursor = screens.cursorOf(id);
  if (hasKeys && state.terminals.mode !== 'scroll' && cursor !== undefined)
    canvas.cursor = { x: body.x + cursor.x, y: body.y + cursor.y };
}

const heading = ({ terminals }: State, { id, name, version }: Session): string => {
  const others = terminals.zoomed && terminals.pages.length > 0 && terminals.active === id ? ' (zoomed)' : '';
  return `${name} v${version}${others}`;
};

/** In the lower edge: how it ended, and how far up one looks. */
function drawNote(canvas: Canvas<Target>, { x, y, width, height }: Rect, session: Session, below: number): void {
  const isRunning = session.status.state === 'running';
  const text = below > 0 ? `${below} lines below` : isRunning ? '' : sessionText(session);
  if (text === '') return;
  const room = Math.max(0, width - 4);
  const note = ` ${text} `;
  canvas.text(
    x + Math.max(1, width - 1 - textWidth(note)),
    y + height - 1,
    note,
    below > 0 ? 'warn' : sessionRole(session),
    room,
  );
}

/** Over the last lines: what the program had drawn before stays to be read. */
function drawFailure(canvas: Canvas<Target>, { x, y, width, height }: Rect, reason: string): void {
  const lines = wrap(reason, width).slice(0, height);
  const top = y + height - lines.length;
  canvas.clear({ x, y: top, width, height: lines.length });
  for (const [at, text] of lines.entries()) canvas.text(x, top + at, text, 'bad', width);
}
