/**
 * The log that is looked at: which, where in it, and what is looked for. Pure; its text comes in events.
 *
 * One log at a time, only while its view is shown.
 */
import type { Command } from './commands.ts';
import type { LogNews, Logs } from './logState.ts';
import { EMPTY_LOG, filteredLines, holdsAll, type LogLine, withLog } from './logText.ts';
import { showView } from './movement.ts';
import { type State, say, withPlace } from './state.ts';
import { type Step, step } from './step.ts';

/** Lines asked for at first: what there was before is for `berth logs`. */
const tail = 10_000;

export function openLogs(state: State, name: string, version: number | undefined): Step {
  const id = (state.logs?.id ?? 0) + 1;
  const logs: Logs = {
    id,
    name,
    version,
    text: EMPTY_LOG,
    ended: undefined,
    at: undefined,
    left: 0,
    hasTimes: false,
    search: '',
    searching: false,
  };
  const input = version === undefined ? { name, follow: true, resume: true } : { name, version };
  const shown = withPlace({ ...showView(state, 'logs'), logs }, 'logs', { filter: '' });
  return step(shown, { type: 'logs', do: 'open', id, input: { ...input, tail, timestamps: true } });
}

/** What left its view is forgotten, and its stream ended. */
export function withoutUnseenLogs({ state, commands }: Step): Step {
  if (state.logs === undefined || state.view === 'logs') return { state, commands };
  const close: Command = { type: 'logs', do: 'close', id: state.logs.id };
  return { state: { ...state, logs: undefined }, commands: [...commands, close] };
}

export function logsChanged(state: State, id: number, news: LogNews): State {
  const { logs } = state;
  if (logs?.id !== id) return state;
  switch (news.news) {
    case 'began':
      return change(state, { text: EMPTY_LOG, ended: undefined, at: undefined });
    case 'ended':
      return change(state, { ended: news.reason });
    case 'pieces':
      return change(state, { text: news.pieces.reduce((text, it) => withLog(text, it.stream, it.text), logs.text) });
  }
}

const change = (state: State, changes: Partial<Logs>): State =>
  state.logs === undefined ? state : { ...state, logs: { ...state.logs, ...changes } };

export const logLines = ({ logs, places }: State): readonly LogLine[] =>
  logs === undefined ? [] : filteredLines(logs.text, places.logs.filter);

/** The selected line's place among those that are shown; -1 where there is none. */
export function selectedLine({ logs }: State, lines: readonly LogLine[]): number {
  const { at } = logs ?? {};
  if (at === undefined) return lines.length - 1;
  const index = lines.findIndex(({ number }) => number >= at);
  return index < 0 ? lines.length - 1 : index;
}

/** Past the last line it follows again. */
export function moveLine(state: State, by: number): State {
  const lines = logLines(state);
  const to = selectedLine(state, lines) + by;
  return change(state, { at: to >= lines.length - 1 && by > 0 ? undefined : lines[Math.max(0, to)]?.number });
}

export const follow = (state: State): State => {
  const lines = logLines(state);
  const isFollowing = state.logs?.at === undefined;
  return change(state, { at: isFollowing ? lines[selectedLine(state, lines)]?.number : undefined });
};

export const toggleTimes = (state: State): State => change(state, { hasTimes: state.logs?.hasTimes !== true });

export const moveLeft = (state: State, columns: number): State =>
  change(state, { left: Math.max(0, (state.logs?.left ?? 0) + columns) });

export const beginSearch = (state: State): State => change(state, { searching: true, search: '' });

/** The next line, downwards or upwards, that holds every word of the search. */
export function findLine(state: State, by: 1 | -1): State {
  const words = (state.logs?.search ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return say(state, 'Nothing is looked for yet.', 'warn');
  const lines = logLines(state);
  for (let at = selectedLine(state, lines) + by; at >= 0 && at < lines.length; at += by) {
    const line = lines[at];
    if (line !== undefined && holdsAll(line.text, words)) return change(state, { at: line.number });
  }
  return say(state, `No line ${by > 0 ? 'below' : 'above'} holds "${state.logs?.search ?? ''}".`, 'warn');
}

/** A key while the search is typed; undefined where none is. */
export function searchKey(state: State, key: string): State | undefined {
  const { logs } = state;
  if (state.view !== 'logs' || logs === undefined || !logs.searching) return undefined;
  if (key === 'escape') return change(state, { searching: false, search: '' });
  if (key === 'enter') {
    const done = change(state, { searching: false });
    return findLine(done, -1);
  }
  if (key === 'backspace') return change(state, { search: Array.from(logs.search).slice(0, -1).join('') });
  const text = key === 'space' ? ' ' : key;
  return Array.from(text).length === 1 ? change(state, { search: logs.search + text }) : state;
}

export function copyLine(state: State): Step {
  const lines = logLines(state);
  const text = lines[selectedLine(state, lines)]?.text;
  return text === undefined ? step(state) : step(say(state, 'Copied the line.'), { type: 'copy', text });
}
