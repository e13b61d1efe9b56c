/** The terminals inside containers, shown or not. */

import type { Role } from '../cli/output/paint.ts';
import { ageOf, cell } from '../cli/output/view.ts';
import type { Session } from '../state/sessions.ts';
import { type Splits, terminalsIn } from '../state/splits.ts';
import type { State } from '../state/state.ts';
import type { Pane, SortedColumn } from './pane.ts';

export function sessionText({ status }: Session): string {
  switch (status.state) {
    case 'ended':
      return `exited ${status.exitCode}`;
    case 'failed':
      return 'failed';
    case 'detached':
      return status.isElsewhere ? 'elsewhere' : 'left';
    default:
      return status.state;
  }
}

export function sessionRole({ status }: Session): Role {
  switch (status.state) {
    case 'ended':
      return status.exitCode === 0 ? 'dim' : 'warn';
    case 'failed':
      return 'bad';
    default:
      return status.state === 'running' ? 'ok' : 'plain';
  }
}

/** Counted from 1; none for what is only listed. */
function pageOf(pages: readonly Splits[], id: number): string {
  const at = pages.findIndex((page) => terminalsIn(page).includes(id));
  return at < 0 ? '-' : String(at + 1);
}

const columns = ({ now, terminals }: State): readonly SortedColumn<Session>[] => [
  { title: 'SET', cell: ({ name }) => cell(name, 'strong'), widthMin: 12, sort: ({ name }) => name },
  { title: 'VER', cell: ({ version }) => `v${version}` },
  { title: 'STATE', cell: (it) => cell(sessionText(it), sessionRole(it)), widthMin: 9, sort: sessionText },
  {
    title: 'FOR',
    cell: ({ since }) => ageOf(new Date(since).toISOString(), new Date(now)),
    sort: (it) => now - it.since,
  },
  {
    title: 'PAGE',
    cell: ({ id }) => pageOf(terminals.pages, id),
    spare: 1,
  },
  {
    title: 'REASON',
    cell: ({ status }) => (status.state === 'failed' ? status.reason : ''),
    widthMin: 10,
    spare: 2,
  },
];

export const sessionPane: Pane<Session> = {
  name: 'sessions',
  title: () => 'Terminals',
  rows: ({ terminals }) => terminals.sessions,
  id: ({ id }) => String(id),
  subject: ({ name }) => ({ kind: 'set', name }),
  text: (it) => [it.name, `v${it.version}`, sessionText(it)].join(' '),
  columns,
  home: () => false,
  empty: ({ readonly }) => ['No terminal is open.', ...(readonly ? [] : ['e on a replicaSet opens one.'])],
};
