/** What the sets have mounted: volumes and host paths, and who uses them. */
import { cell } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import type { Pane, SortedColumn } from './pane.ts';

interface Mount {
  readonly source: string;
  readonly users: readonly string[];
}

const isPath = ({ source }: Mount): boolean => source.startsWith('/');

function mounts({ world }: State): readonly Mount[] {
  const users = new Map<string, string[]>();
  for (const set of world.sets)
    for (const { src, dest } of set.binds) users.set(src, [...(users.get(src) ?? []), `${set.name}:${dest}`]);
  return [...users].map(([source, by]) => ({ source, users: by })).toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

const columns: readonly SortedColumn<Mount>[] = [
  { title: 'NAME', cell: ({ source }) => cell(source, 'strong'), widthMin: 14, sort: ({ source }) => source },
  { title: 'KIND', cell: (mount) => (isPath(mount) ? 'host path' : 'volume'), sort: (it) => (isPath(it) ? 1 : 2) },
  { title: 'USED BY', cell: ({ users }) => users.join(' '), widthMin: 14, sort: ({ users }) => users.length },
];

export const volumePane: Pane<Mount> = {
  name: 'volumes',
  title: () => 'Volumes',
  rows: mounts,
  id: ({ source }) => source,
  subject: ({ source }) => ({ kind: 'volume', name: source }),
  text: ({ source, users }) => [source, ...users].join(' '),
  columns: () => columns,
  empty: () => ['No volume is in use.'],
};
