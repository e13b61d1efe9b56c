/** The host ports that are granted, or known to be somebody else's. */
import type { PortView } from '../../common/contract/resource.ts';
import { ageOf, cell } from '../cli/output/view.ts';
import type { State } from '../state/state.ts';
import type { Pane, SortedColumn } from './pane.ts';

const holder = (port: PortView): string => port.holder ?? 'somebody outside Berth';

const columns = ({ now, world }: State): readonly SortedColumn<PortView>[] => [
  { title: 'PORT', cell: (port) => cell(String(port.hostPort), 'strong'), sort: (port) => -port.hostPort },
  { title: 'TO', cell: (port) => port.containerPort ?? '-', sort: (port) => port.containerPort ?? '' },
  {
    title: 'HOLDER',
    cell: (port) => cell(holder(port), port.state === 'foreign' ? 'warn' : 'plain'),
    widthMin: 12,
    sort: holder,
  },
  { title: 'OWNER', cell: (port) => world.sets.find((set) => set.name === port.holder)?.owner ?? '-', spare: 1 },
  { title: 'FOR', cell: (port) => ageOf(port.since, new Date(now)), sort: (port) => now - Date.parse(port.since) },
  { title: 'REASON', cell: (port) => port.reason ?? '', spare: 2, widthMin: 10 },
];

export const portPane: Pane<PortView> = {
  name: 'ports',
  title: () => 'Host ports in use',
  rows: ({ world }) => world.ports,
  id: (port) => String(port.hostPort),
  subject: (port) => ({ kind: 'port', hostPort: port.hostPort }),
  text: (port) => [port.hostPort, port.containerPort, holder(port), port.reason].join(' '),
  columns,
  empty: () => ['No host port is in use.'],
};
