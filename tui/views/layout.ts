/** Which panes a view shows, and where each stands: side by side where the screen is wide, else one above the other. */

import { cardHeightMax, cardHeightMin, cardsAcross } from '../panes/gpuCards.ts';
import type { PaneName, ViewName } from '../state/names.ts';
import type { State } from '../state/state.ts';
import type { Rect } from '../term/canvas.ts';

export interface Placed {
  readonly pane: PaneName;
  readonly rect: Rect;
}

/** In the order in which Tab goes through them. */
const PANES_OF: Readonly<Record<ViewName, readonly PaneName[]>> = {
  gpus: ['gpus', 'operations'],
  sets: ['sets', 'versions'],
  exec: ['exec', 'sessions'],
  logs: ['logs'],
  volumes: ['volumes'],
  ports: ['ports'],
  operations: ['operations'],
  overview: ['gpus', 'sets', 'versions', 'operations'],
};

export const panesOf = (view: ViewName): readonly PaneName[] => PANES_OF[view];

/** From this width on two parts stand side by side. */
const sideBySideMin = 120;
/** What a box needs to show something: its lines, a head and two rows. */
const paneHeightMin = 5;

export function layout(state: State, body: Rect): readonly Placed[] {
  if (state.zoomed) return [{ pane: state.focus, rect: body }];
  if (state.view === 'overview') return overview(state, body);
  if (state.view === 'exec') return exec(state, body);
  const [first, second] = PANES_OF[state.view];
  if (first === undefined) return [];
  if (second === undefined) return [{ pane: first, rect: body }];
  if (state.view === 'sets' && body.width >= sideBySideMin) {
    const [left, right] = columns(body, Math.floor(body.width * 0.58));
    return [
      { pane: first, rect: left },
      { pane: second, rect: right },
    ];
  }
  const upper = state.view === 'gpus' ? gpuHeight(state, body) : Math.ceil(body.height * 0.55);
  return stacked(state, body, [first, second], upper);
}

/** The list lies over the terminals and only while it is used, so that they keep their size. */
function exec({ focus, terminals }: State, body: Rect): readonly Placed[] {
  const whole = { pane: 'exec', rect: body } as const;
  if (focus !== 'sessions') return [whole];
  const lines = Math.min(Math.max(paneHeightMin, terminals.sessions.length + 3), Math.ceil(body.height / 2));
  return [whole, { pane: 'sessions', rect: rows(body, body.height - lines)[1] }];
}

/** Where both do not fit, the focused one alone. */
function stacked(
  state: State,
  body: Rect,
  [first, second]: readonly [PaneName, PaneName],
  upper: number,
): readonly Placed[] {
  if (body.height - upper < paneHeightMin) {
    return [{ pane: state.focus === second ? second : first, rect: body }];
  }
  const [above, below] = rows(body, upper);
  return [
    { pane: first, rect: above },
    { pane: second, rect: below },
  ];
}

/** A line each, or cards that grow with the screen; operations get what is left. */
function gpuHeight({ world }: State, { width, height }: Rect): number {
  const count = world.gpus.length;
  const least = Math.max(
    Math.min(8, Math.floor(height / 4)),
    Math.min(world.operations.length + 3, Math.floor(height / 3)),
  );
  const rowsOfCards = Math.ceil(count / cardsAcross(width - 2, count));
  if (rowsOfCards * cardHeightMin + 2 <= height - Math.min(8, Math.floor(height / 4)))
    return Math.max(rowsOfCards * cardHeightMin, Math.min(rowsOfCards * cardHeightMax, height - least - 2)) + 2;
  return Math.max(paneHeightMin, Math.min(count + 3, height - paneHeightMin));
}

function overview(state: State, body: Rect): readonly Placed[] {
  if (body.width < sideBySideMin || body.height < 30) return narrowOverview(state, body);
  const gpus = Math.min(gpuHeight(state, { ...body, height: Math.floor(body.height * 0.6) }), body.height - 14);
  const [above, below] = rows(body, gpus);
  const [left, right] = columns(below, Math.floor(body.width * 0.58));
  const [versions, operations] = rows(right, Math.ceil(right.height / 2));
  return [
    { pane: 'gpus', rect: above },
    { pane: 'sets', rect: left },
    { pane: 'versions', rect: versions },
    { pane: 'operations', rect: operations },
  ];
}

/** GPUs and sets, with the focused part in place of one of them. */
function narrowOverview(state: State, body: Rect): readonly Placed[] {
  const lower: PaneName = state.focus === 'gpus' ? 'sets' : state.focus;
  const lines = Math.min(state.world.gpus.length + 3, Math.floor(body.height / 2));
  const [above, below] = rows(body, Math.max(paneHeightMin, lines));
  return [
    { pane: 'gpus', rect: above },
    { pane: lower, rect: below },
  ];
}

const rows = (rect: Rect, upper: number): readonly [Rect, Rect] => [
  { ...rect, height: upper },
  { ...rect, y: rect.y + upper, height: rect.height - upper },
];

const columns = (rect: Rect, left: number): readonly [Rect, Rect] => [
  { ...rect, width: left },
  { ...rect, x: rect.x + left, width: rect.width - left },
];
