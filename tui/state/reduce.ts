/**
 * The one way the UI changes: an event and a state give the next state, and what is to be done outside.
 *
 * Pure: no clock, no I/O, no terminal. Time comes with ticks.
 */
import type { BerthEvent } from '../../common/contract/event.ts';
import { dialogKey, dialogPaste } from '../dialogs/keys.ts';
import { actionFor } from '../keys/keymap.ts';
import { panesOf } from '../views/layout.ts';
import { answered } from './answers.ts';
import type { Command } from './commands.ts';
import type { Event, Target } from './events.ts';
import { logsChanged, moveLine, searchKey, withoutUnseenLogs } from './logs.ts';
import { anchored, filterKey, move, select, showView } from './movement.ts';
import { perform } from './perform.ts';
import { selectedSet } from './selection.ts';
import { type State, say } from './state.ts';
import { type Step, step } from './step.ts';
import { terminalKey } from './terminalKeys.ts';
import { activate, askAgain, sessionChanged, withSessionsAsked } from './terminals.ts';
import { applyEvent } from './world.ts';

export function reduce(state: State, event: Event): Step {
  const { state: next, commands } = handle(state, event);
  return withoutUnseenLogs(withSessionsAsked(withNeeds({ state: anchored(next), commands })));
}

function handle(state: State, event: Event): Step {
  switch (event.type) {
    case 'key':
      return keyPressed(state, event.key);
    case 'paste':
      return pasted(state, event.text);
    case 'click':
      return clicked(state, event.target);
    case 'wheel':
      return wheel(state, event.lines, event.target);
    case 'resize':
      return step({ ...state, width: event.width, height: event.height });
    case 'tick':
      return step(ticked(state, event.now));
    case 'daemon':
      return step(told(state, event.event));
    case 'lost':
      return step(lost(state, event.reason));
    case 'terminal':
      return step(sessionChanged(state, event.id, event.status));
    case 'logs':
      return step(logsChanged(state, event.id, event.news));
    case 'copied':
      return step(say(state, `Copied ${event.text.split('\n').length - 1} lines`));
    case 'answer':
      return step(answered(state, event));
  }
}

function told(state: State, event: BerthEvent): State {
  const world = applyEvent(state.world, event);
  if (event.type === 'snapshot') return { ...askAgain(state), world, link: { state: 'live' }, asked: new Map() };
  if (event.type !== 'set' || !state.asked.has(event.set.name)) return { ...state, world };
  const asked = new Map(state.asked);
  asked.delete(event.set.name);
  return { ...state, world, asked };
}

/** A reason that was told stays until a better one is. */
function lost(state: State, reason: string): State {
  const { link, now } = state;
  const before = link.state === 'lost' ? link : { state: 'lost' as const, reason: 'berthd went away', since: now };
  return { ...state, link: { ...before, reason: reason === '' ? before.reason : reason } };
}

function keyPressed(state: State, key: string): Step {
  const dialog = state.dialogs.at(-1);
  if (dialog !== undefined) return key === 'C-c' ? step({ ...state, dialogs: [] }) : dialogKey(state, dialog, key);
  if (state.filtering) return step(filterKey(state, key));
  const searched = searchKey(state, key);
  if (searched !== undefined) return step(searched);
  const quiet = { ...state, message: undefined };
  const terminal = terminalKey(quiet, key, perform);
  if (terminal !== undefined) return forgetClosing(state, terminal);
  const action = actionFor(state.keymap, state.focus, key);
  if (action === undefined) return step(state);
  return forgetClosing(state, perform(action === 'back' ? state : quiet, action));
}

/** Only the very next key can confirm that a running command is to be ended. */
function forgetClosing(before: State, { state, commands }: Step): Step {
  const { terminals } = state;
  const isOld = terminals.mode !== 'prefix' && terminals.closing === before.terminals.closing;
  return { state: isOld ? { ...state, terminals: { ...terminals, closing: undefined } } : state, commands };
}

function pasted(state: State, text: string): Step {
  const dialog = state.dialogs.at(-1);
  if (dialog !== undefined) return dialogPaste(state, dialog, text);
  // Anywhere else a paste is no command: nobody means to stop a set by pasting an `s`.
  return state.filtering ? step(Array.from(text.replace(/\s+/g, ' ')).reduce(filterKey, state)) : step(state);
}

function clicked(state: State, target: Target): Step {
  const dialog = state.dialogs.at(-1);
  if (target.type === 'dialogKey') return dialog === undefined ? step(state) : dialogKey(state, dialog, target.key);
  if (dialog !== undefined) return step(state);
  if (target.type === 'view') return step(showView(state, target.view));
  if (target.type === 'action') return perform(state, target.action);
  if (target.type === 'terminal') return step(activate(state, target.id, state.readonly ? 'ui' : 'raw'));
  const focused = panesOf(state.view).includes(target.pane) ? { ...state, focus: target.pane } : state;
  return step(target.type === 'row' ? select(focused, target.pane, target.id) : focused);
}

function wheel(state: State, lines: number, target: Target | undefined): Step {
  const dialog = state.dialogs.at(-1);
  if (dialog !== undefined) return dialogKey(state, dialog, lines > 0 ? 'down' : 'up');
  if (target?.type === 'terminal') return step(state, { type: 'terminal', do: 'wheel', id: target.id, by: lines });
  if (state.view === 'logs') return step(moveLine(state, lines));
  const pane = target !== undefined && 'pane' in target ? target.pane : state.focus;
  return step(move(state, lines, pane));
}

/** A message stays long enough to be read. */
const messageMs = 8_000;

const ticked = (state: State, now: number): State => ({
  ...state,
  now,
  message: state.message !== undefined && now - state.message.at > messageMs ? undefined : state.message,
});

/** What the selected set still lacks is asked for. */
function withNeeds({ state, commands }: Step): Step {
  const name = selectedSet(state)?.name;
  const isShown = panesOf(state.view).includes('versions');
  if (!isShown || name === undefined || state.world.versions.has(name) || state.asked.has(name))
    return { state, commands };
  if (state.link.state !== 'live') return { state, commands };
  const ask: Command = {
    type: 'call',
    kind: 'query',
    path: 'replicaSet.versions',
    input: { name },
    purpose: { for: 'versions', name },
  };
  return { state: { ...state, asked: new Map(state.asked).set(name, '') }, commands: [...commands, ask] };
}
