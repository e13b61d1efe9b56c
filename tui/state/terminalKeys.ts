/**
 * Keys while a terminal has them: the prefix and what follows it, and moving through what went by.
 *
 * Not here: keys in raw mode, which never come here (app.ts); the actions that hold without the prefix too (perform.ts).
 */
import { type ActionName, actionFor } from '../keys/keymap.ts';
import type { State } from './state.ts';
import { type Step, step } from './step.ts';
import { resumed, setMode } from './terminals.ts';

/** The part of the key table that holds now. */
export const keyPlace = ({ view, focus, terminals }: State) =>
  view === 'exec' && focus === 'exec' && terminals.mode !== 'ui' ? terminals.mode : focus;

/** Undefined where the key is the UI's. */
export function terminalKey(
  state: State,
  key: string,
  perform: (state: State, action: ActionName) => Step,
): Step | undefined {
  const place = keyPlace(state);
  if (place !== 'raw' && place !== 'prefix' && place !== 'scroll') return undefined;
  const id = state.terminals.active;
  const action = actionFor(state.keymap, place, key);
  if (id === undefined) return step(setMode(state, 'ui'));
  if (place === 'scroll') return scrollKey(state, id, action);
  if (action !== 'terminal.prefix')
    return action === undefined ? step(resumed(state)) : perform(resumed(state), action);
  if (place === 'raw') return step(setMode(state, 'prefix'));
  return step(resumed(state), { type: 'terminal', do: 'write', id, text: textOfKey(key) });
}

const END = Number.POSITIVE_INFINITY;
const MOVES = new Map<ActionName | undefined, { readonly do: 'scroll' | 'scrollPages'; readonly by: number }>([
  ['move.down', { do: 'scroll', by: 1 }],
  ['move.up', { do: 'scroll', by: -1 }],
  ['move.first', { do: 'scroll', by: -END }],
  ['move.last', { do: 'scroll', by: END }],
  ['move.pageDown', { do: 'scrollPages', by: 1 }],
  ['move.pageUp', { do: 'scrollPages', by: -1 }],
]);

function scrollKey(state: State, id: number, action: ActionName | undefined): Step {
  const move = MOVES.get(action);
  if (move !== undefined) return step(state, { type: 'terminal', id, ...move });
  if (action === 'copy') return step(state, { type: 'terminal', do: 'copy', id });
  if (action === 'terminal.leaveScroll') return step(resumed(state), { type: 'terminal', do: 'scroll', id, by: END });
  return step(state);
}

/** What the terminal sends for it; the prefix is a control character, or a plain one. */
const textOfKey = (key: string): string => (key.startsWith('C-') ? String.fromCharCode(key.charCodeAt(2) & 0x1f) : key);
