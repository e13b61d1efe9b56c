/** The replicaSets. */
import type { SetView } from '../../common/contract/views.ts';
import { gpuText, SET_ROLE, stateText } from '../cli/output/sets.ts';
import { ageOf, cell, portPair } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import type { Pane, SortedColumn } from './pane.ts';

const columns = ({ now }: State): readonly SortedColumn<SetView>[] => [
  { title: 'NAME', cell: (set) => cell(set.name, 'strong'), widthMin: 12, sort: (set) => set.name },
  { title: 'VER', cell: (set) => `v${set.version}`, sort: (set) => set.version },
  { title: 'STATE', cell: (set) => cell(stateText(set), SET_ROLE[set.state]), widthMin: 8, sort: stateText },
  {
    title: 'FOR',
    cell: (set) => ageOf(set.stateSince, new Date(now)),
    spare: 3,
    sort: (set) => now - Date.parse(set.stateSince),
  },
  { title: 'GPUS', cell: gpuText, widthMin: 6, sort: (set) => set.gpus.length },
  { title: 'PORTS', cell: (set) => set.ports.map(portPair).join(' ') || '-', widthMin: 11, spare: 1 },
  { title: 'OWNER', cell: (set) => set.owner, widthMin: 6, spare: 2, sort: (set) => set.owner },
  {
    title: 'IMAGE',
    cell: (set) => set.imageName,
    widthMin: 14,
    cutStart: true,
    spare: 4,
    sort: (set) => set.imageName,
  },
];

export const setPane: Pane<SetView> = {
  name: 'sets',
  title: () => 'Replica sets',
  rows: ({ world }) => world.sets,
  id: (set) => set.name,
  subject: (set) => ({ kind: 'set', name: set.name }),
  text: (set) => [set.name, set.state, set.owner, set.imageName, gpuText(set), ...set.ports.map(portPair)].join(' '),
  columns,
  empty: ({ readonly }) => ['No replicaSets.', ...(readonly ? [] : ['n runs an image as a new one.'])],
};
