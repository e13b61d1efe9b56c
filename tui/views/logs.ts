/** A log: the lines around the selected one, as far as the screen is wide. */

import { topRow } from '../panes/tablePane.ts';
import type { Target } from '../state/events.ts';
import type { Logs } from '../state/logState.ts';
import { logLines, selectedLine } from '../state/logs.ts';
import { holdsAll, type LogLine } from '../state/logText.ts';
import type { State } from '../state/state.ts';
import { type Canvas, inside, type Rect } from '../term/canvas.ts';
import type { Role } from '../term/roles.ts';

export function drawLogs(canvas: Canvas<Target>, rect: Rect, state: State): void {
  const { logs } = state;
  if (logs === undefined) return;
  const lines = logLines(state);
  canvas.hotspot(rect, { type: 'pane', pane: 'logs' });
  canvas.box(rect, heading(state, logs, lines.length), 'accent', 'strong');
  const body = inside(rect);
  const selected = selectedLine(state, lines);
  const top = topRow(selected, lines.length, body.height);
  for (const [at, line] of lines.slice(top, top + body.height).entries())
    drawLine(canvas, { ...body, y: body.y + at, height: 1 }, logs, line, top + at === selected);
  if (lines.length === 0) canvas.text(body.x + 1, body.y, emptyText(state, logs), 'dim', body.width - 2);
  drawNote(canvas, rect, logs, lines.length - 1 - selected);
}

function heading({ places }: State, { name, version, text }: Logs, count: number): string {
  const { filter } = places.logs;
  const all = text.next;
  const shown = filter === '' ? String(all) : `${count}/${all}`;
  return `Log of ${name}${version === undefined ? '' : ` v${version}`} ${shown}${filter === '' ? '' : `  /${filter}`}`;
}

const emptyText = ({ places }: State, { ended, text }: Logs): string =>
  places.logs.filter !== '' && text.next > 0
    ? 'No line fits the filter; Esc clears it.'
    : ended === undefined
      ? 'Nothing was printed yet.'
      : '';

const STREAM_ROLE: Readonly<Record<LogLine['stream'], Role>> = { stdout: 'plain', stderr: 'warn', note: 'accent' };
/** `10:36:04.123`, enough to tell lines apart. */
const timeLength = 12;

function drawLine(canvas: Canvas<Target>, { x, y, width }: Rect, logs: Logs, line: LogLine, isSelected: boolean): void {
  let from = x;
  if (logs.hasTimes) {
    canvas.text(from, y, line.at.slice(11, 11 + timeLength), 'dim', Math.min(timeLength, width));
    from += timeLength + 1;
  }
  const words = logs.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const isFound = words.length > 0 && holdsAll(line.text, words);
  const room = Math.max(0, x + width - from);
  canvas.text(from, y, line.text.slice(logs.left, logs.left + room), isFound ? 'key' : STREAM_ROLE[line.stream], room);
  if (isSelected && logs.at !== undefined) canvas.restyle(x, y, width, 'selected');
}

function drawNote(canvas: Canvas<Target>, { x, y, width, height }: Rect, logs: Logs, below: number): void {
  const parts = [
    ...(logs.left > 0 ? [`from column ${logs.left + 1}`] : []),
    logs.at === undefined ? (logs.ended ?? 'following') : `${below} ${below === 1 ? 'line' : 'lines'} below`,
  ];
  const note = ` ${parts.join(', ')} `;
  const role = logs.at !== undefined ? 'warn' : logs.ended === undefined ? 'ok' : 'dim';
  const from = x + Math.max(1, width - note.length - 2);
  canvas.text(from, y + height - 1, note, role, x + width - 1 - from);
}
