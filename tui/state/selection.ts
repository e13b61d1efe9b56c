/** What is selected, as the thing it is. */
import type { SetView } from '../../common/contract/views.ts';
import type { Subject } from '../dialogs/dialog.ts';
import { isList, listOf } from '../panes/index.ts';
import { selectedRow } from '../panes/pane.ts';
import { sessionPane } from '../panes/sessions.ts';
import { setPane } from '../panes/sets.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

export const selectedSet = (state: State): SetView | undefined => selectedRow(setPane, state);

export const selectedSession = (state: State): Session | undefined => selectedRow(sessionPane, state);

/** What the focused pane has selected. */
export function selectedSubject(state: State): Subject | undefined {
  if (!isList(state.focus)) return undefined;
  const pane = listOf(state.focus);
  const row = selectedRow(pane, state);
  return row === undefined ? undefined : pane.subject(row, state);
}

/** What a person calls it. */
export function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case 'gpu':
      return subject.uuid;
    case 'port':
      return String(subject.hostPort);
    case 'operation':
      return subject.id;
    case 'version':
      return `${subject.name} v${subject.version}`;
    case 'mount':
      return subject.source;
    default:
      return subject.name;
  }
}
