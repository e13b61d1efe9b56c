/** The versions of the selected set as a tree: each below the one whose files it began with. */
import { causeText, changesText, filesText, mark, type TreeRow, treeRows } from '../cli/output/history.ts';
import { ageOf, cell } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import { type Pane, type SortedColumn, selectedRow } from './pane.ts';
import { setPane } from './sets.ts';

const isMarked = (state: State, { version }: TreeRow): boolean =>
  state.marked?.version === version.version && state.marked.name === selectedRow(setPane, state)?.name;

const columns = (state: State): readonly SortedColumn<TreeRow>[] => [
  {
    title: 'VERSION',
    cell: (row) =>
      cell(
        `${row.branch}${mark(row.version)}${isMarked(state, row) ? ' *' : ''}`,
        row.version.current ? 'ok' : 'plain',
      ),
  },
  { title: 'AGE', cell: ({ version }) => ageOf(version.createdAt, new Date(state.now)) },
  { title: 'CAUSE', cell: ({ version }) => causeText(version), widthMin: 14, spare: 2 },
  { title: 'CHANGES', cell: ({ version }) => changesText(version), widthMin: 12 },
  { title: 'FILES', cell: ({ version }) => filesText(version), spare: 1 },
  { title: 'BY', cell: ({ version }) => version.actor, widthMin: 5, spare: 3 },
];

export const versionPane: Pane<TreeRow> = {
  name: 'versions',
  title: (state) => {
    const set = selectedRow(setPane, state);
    return set === undefined ? 'Versions' : `Versions of ${set.name}`;
  },
  rows: (state) => {
    const set = selectedRow(setPane, state);
    return set === undefined ? [] : treeRows(state.world.versions.get(set.name) ?? []);
  },
  id: ({ version }) => String(version.version),
  subject: ({ version }, state) => ({
    kind: 'version',
    name: selectedRow(setPane, state)?.name ?? '',
    version: version.version,
  }),
  text: ({ version }) => [`v${version.version}`, causeText(version), changesText(version), version.actor].join(' '),
  columns,
  home: ({ version }) => version.current,
  empty: (state) => {
    const set = selectedRow(setPane, state);
    if (set === undefined) return ['No set is selected.'];
    const failure = state.asked.get(set.name) ?? '';
    return failure === '' ? ['Asking for them …'] : [`✗ ${failure}`, 'They are asked for again when the set changes.'];
  },
};
