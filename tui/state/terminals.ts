/**
 * The terminals inside containers, as the reducer knows them: which there are, how they share the screen, and who has
 * the keys. Pure; their bytes and cells live outside (terminals/).
 *
 * Invariants
 *  - In `raw` every key belongs to the active terminal but the prefix; no key of the UI can fire.
 *  - Every terminal of a page is among `sessions`; the active one is on a page.
 */

import type { ExecView } from '../../common/contract/exec.ts';
import type { Rect } from '../term/canvas.ts';
import { bodyOf } from '../views/body.ts';
import type { Command } from './commands.ts';
import { isAlive, type KeyMode, type Session, type SessionStatus, type Terminals } from './sessions.ts';
import {
  type Direction,
  halvesOf,
  type PlacedTerminal,
  place,
  type Splits,
  terminalsIn,
  withoutTerminal,
  withSplit,
} from './splits.ts';
import { type State, say } from './state.ts';
import { type Step, step } from './step.ts';

/** Smaller halves show too little to work in; with their boxes. */
const splitMin = { width: 22, height: 6 } as const;
/** Below this a terminal of a page is not drawn, and the active one alone is. */
const shownMin = { width: 8, height: 3 } as const;

export const activeSession = ({ terminals }: State): Session | undefined =>
  terminals.sessions.find(({ id }) => id === terminals.active);

/** The terminal that every key goes to; undefined where the keys are the UI's. */
export function rawTerminal(state: State): number | undefined {
  const isShown = state.view === 'exec' && state.focus === 'exec' && state.dialogs.length === 0;
  return isShown && state.terminals.mode === 'raw' ? state.terminals.active : undefined;
}

const pageOf = ({ pages }: Terminals, id: number | undefined): Splits | undefined =>
  id === undefined ? undefined : pages.find((page) => terminalsIn(page).includes(id));

/** What stands on the screen, and where. */
export function shownTerminals(state: State): readonly PlacedTerminal[] {
  if (state.view !== 'exec') return [];
  const { terminals } = state;
  const page = pageOf(terminals, terminals.active);
  if (page === undefined || terminals.active === undefined) return [];
  const body = bodyOf(state);
  const alone = [{ id: terminals.active, rect: body }];
  if (terminals.zoomed) return alone;
  const placed = place(page, body);
  const fits = placed.every(({ rect }) => rect.width >= shownMin.width && rect.height >= shownMin.height);
  return fits ? placed : alone;
}

const update = (state: State, change: Partial<Terminals>): State => ({
  ...state,
  terminals: { ...state.terminals, ...change },
});

const open = (id: number, name: string, execId?: string): Command => ({
  type: 'terminal',
  do: 'open',
  id,
  name,
  execId,
});

/** A shell in a set, on a page of its own, with the keys. */
export function openTerminal(state: State, name: string): Step {
  const { sessions, pages, nextId: id } = state.terminals;
  const opened = update(state, {
    sessions: [...sessions, newSession(state, id, name)],
    pages: [...pages, id],
    active: id,
    zoomed: false,
    mode: 'raw',
    nextId: id + 1,
  });
  return step({ ...opened, view: 'exec', focus: 'exec', zoomed: false, filtering: false }, open(id, name));
}

const newSession = ({ world, now }: State, id: number, name: string): Session => ({
  id,
  execId: undefined,
  name,
  version: world.sets.find((set) => set.name === name)?.version ?? 0,
  status: { state: 'starting' },
  since: now,
});

/** One more shell in the same set, in half the place of the active one. */
export function splitTerminal(state: State, direction: Direction): Step {
  const session = activeSession(state);
  const rect = shownTerminals({ ...state, terminals: { ...state.terminals, zoomed: false } }).find(
    ({ id }) => id === session?.id,
  )?.rect;
  if (session === undefined || rect === undefined) return step(state);
  if (!halvesFit(rect, direction)) return step(say(resumed(state), 'There is no room for another one here.', 'warn'));
  const { sessions, pages, nextId: id } = state.terminals;
  const split = update(state, {
    sessions: [...sessions, newSession(state, id, session.name)],
    pages: pages.map((page) => withSplit(page, session.id, direction, id)),
    active: id,
    zoomed: false,
    mode: 'raw',
    nextId: id + 1,
  });
  return step(split, open(id, session.name));
}

const halvesFit = (rect: Rect, direction: Direction): boolean =>
  halvesOf(rect, direction).every(({ width, height }) => width >= splitMin.width && height >= splitMin.height);

/** The next one in the order of pages and places, with the keys where it takes any. */
export function nextTerminal(state: State, by: 1 | -1): State {
  const order = state.terminals.pages.flatMap(terminalsIn);
  const at = state.terminals.active === undefined ? -1 : order.indexOf(state.terminals.active);
  const next = order[(at + by + order.length) % order.length];
  return next === undefined ? state : activate(state, next, state.terminals.mode === 'ui' ? 'ui' : 'raw');
}

/** Shows a terminal, on a page of its own where it has none. */
export function activate(state: State, id: number, mode: KeyMode): State {
  const session = state.terminals.sessions.find((it) => it.id === id);
  if (session === undefined) return state;
  const { pages } = state.terminals;
  const shown = update(state, {
    pages: pageOf(state.terminals, id) === undefined ? [...pages, id] : pages,
    active: id,
    zoomed: state.terminals.zoomed && state.terminals.active === id,
    mode: isAlive(session) ? mode : 'ui',
  });
  return { ...shown, view: 'exec', focus: 'exec', filtering: false };
}

/** Back to who had the keys before the prefix. */
export function resumed(state: State): State {
  const session = activeSession(state);
  return state.terminals.mode === 'ui' || session === undefined || !isAlive(session)
    ? update(state, { mode: 'ui' })
    : update(state, { mode: 'raw' });
}

/** From the list: one that was left before is opened again, on a page of its own. */
export function showSession(state: State, { id, name, execId, status }: Session): Step {
  if (status.state !== 'detached') return step(activate(state, id, 'raw'));
  const begun = withStatus(state, id, { state: 'starting' });
  return step(activate(begun, id, 'raw'), open(id, name, execId));
}

/** What the daemon holds, of this and earlier times; what it no longer holds is forgotten where it was only listed. */
export function sessionsFound(state: State, found: readonly ExecView[]): State {
  const running = found.filter((it) => it.tty && it.state === 'running');
  const { sessions, nextId } = state.terminals;
  const kept = sessions.filter(
    ({ status, execId }) => status.state !== 'detached' || running.some(({ id }) => id === execId),
  );
  const known = new Set(kept.map(({ execId }) => execId));
  const fresh = running
    .filter(({ id }) => !known.has(id))
    .map(
      (it, at): Session => ({
        id: nextId + at,
        execId: it.id,
        name: it.name,
        version: it.version,
        status: { state: 'detached', isElsewhere: it.attached },
        since: Date.parse(it.startedAt),
      }),
    );
  return update(state, { sessions: [...kept, ...fresh], nextId: nextId + fresh.length });
}

/** Asks for them once on every way to the terminals. */
export function withSessionsAsked({ state, commands }: Step): Step {
  if (state.view !== 'exec' || state.terminals.isAsked || state.link.state !== 'live') return { state, commands };
  const ask: Command = { type: 'call', kind: 'query', path: 'exec.list', input: {}, purpose: { for: 'sessions' } };
  return { state: update(state, { isAsked: true }), commands: [...commands, ask] };
}

export const askAgain = (state: State): State => update(state, { isAsked: false });

/** Ends its command and forgets it; where it still runs only when asked twice. */
export function closeTerminal(state: State, id: number | undefined): Step {
  const session = state.terminals.sessions.find((it) => it.id === id);
  if (id === undefined || session === undefined) return step(state);
  const runs = isAlive(session) || session.status.state === 'detached';
  if (runs && state.terminals.closing !== id) {
    const asking = update(resumed(state), { closing: id });
    return step(say(asking, `Its command in ${session.name} still runs; once more ends it.`, 'warn'));
  }
  const before = state.terminals.pages.flatMap(terminalsIn);
  const pages = state.terminals.pages
    .map((page) => withoutTerminal(page, id))
    .filter((page): page is Splits => page !== undefined);
  const page = pageOf(state.terminals, id);
  const mates = page === undefined ? [] : terminalsIn(page).filter((it) => it !== id);
  const others = mates.length > 0 ? mates : before.filter((it) => it !== id);
  const closed = update(state, {
    sessions: state.terminals.sessions.filter((it) => it.id !== id),
    pages,
    active: state.terminals.active === id ? others.at(-1) : state.terminals.active,
    zoomed: false,
    mode: 'ui',
    closing: undefined,
  });
  return step(closed, { type: 'terminal', do: 'close', id, execId: runs ? session.execId : undefined });
}

export const setMode = (state: State, mode: KeyMode): State => update(state, { mode });

export const toggleZoom = (state: State): State => update(resumed(state), { zoomed: !state.terminals.zoomed });

/** What became of a command; the keys come back from one that has ended. */
export function sessionChanged(state: State, id: number, status: SessionStatus): State {
  const changed = withStatus(state, id, status);
  const session = activeSession(changed);
  return session?.id === id && !isAlive(session) ? update(changed, { mode: 'ui' }) : changed;
}

/** One that was listed while it was being opened here is the same one. */
function withStatus(state: State, id: number, status: SessionStatus): State {
  const execId = status.state === 'running' ? status.execId : undefined;
  const sessions = state.terminals.sessions
    .filter((it) => it.id === id || execId === undefined || it.execId !== execId)
    .map((it) => (it.id === id ? { ...it, status, execId: execId ?? it.execId } : it));
  return update(state, { sessions });
}
