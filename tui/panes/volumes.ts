/** The volumes with what they hold and who uses them; then what else the sets have mounted. */
import type { VolumeView } from '../../common/contract/volume.ts';
import { bar } from '../cli/output/gpus.ts';
import { ageOf, cell } from '../cli/output/view.ts';
import { backendText, isWell, percentUsed, stateText, usedText } from '../cli/output/volumes.ts';
import type { State } from '../state/state.ts';
import type { Pane, SortedColumn } from './pane.ts';

/** A volume of Berth's; or a host path or foreign volume, of which only its users are known. */
interface Row {
  readonly source: string;
  readonly users: readonly string[];
  readonly volume: VolumeView | undefined;
}

const barColumns = 8;

function rows({ world }: State): readonly Row[] {
  const volumes = world.volumes.map((volume) => ({
    source: volume.name,
    users: volume.usedBy.map(({ name, dest }) => `${name}:${dest}`),
    volume,
  }));
  return [...volumes, ...otherMounts(world)];
}

/** A bind may name a volume with or without its version. */
function otherMounts({ sets, volumes }: State['world']): readonly Row[] {
  const isOurs = (src: string): boolean => volumes.some(({ name }) => name === src.replace(/-\d+$/, ''));
  const users = new Map<string, string[]>();
  for (const set of sets)
    for (const { src, dest } of set.binds.filter((bind) => !isOurs(bind.src)))
      users.set(src, [...(users.get(src) ?? []), `${set.name}:${dest}`]);
  return [...users]
    .map(([source, by]) => ({ source, users: by, volume: undefined }))
    .toSorted((a, b) => a.source.localeCompare(b.source, 'en'));
}

const fullShare = 0.9;

function usedCell({ volume }: Row): ReturnType<typeof cell> {
  const percent = volume === undefined ? undefined : percentUsed(volume);
  if (volume === undefined || percent === undefined) return cell('-', 'dim');
  return cell(`${bar(percent / 100, barColumns)} ${usedText(volume)}`, percent / 100 >= fullShare ? 'warn' : 'plain');
}

const state = ({ volume, source }: Row): string =>
  volume === undefined ? (source.startsWith('/') ? 'host path' : 'not made by Berth') : stateText(volume);

const columns = ({ now }: State): readonly SortedColumn<Row>[] => [
  { title: 'NAME', cell: ({ source }) => cell(source, 'strong'), widthMin: 12, sort: ({ source }) => source },
  { title: 'VER', cell: ({ volume }) => (volume === undefined ? '' : `v${volume.version}`), spare: 4 },
  {
    title: 'SIZE',
    cell: ({ volume }) => (volume === undefined ? '' : (volume.size ?? 'none')),
    align: 'right',
    sort: ({ volume }) => volume?.sizeBytes ?? -1,
  },
  { title: 'USED', cell: usedCell, sort: ({ volume }) => volume?.usedBytes ?? -1 },
  { title: 'USED BY', cell: ({ users }) => users.join(' ') || '-', widthMin: 12, sort: ({ users }) => users.length },
  { title: 'BACKEND', cell: ({ volume }) => (volume === undefined ? '' : backendText(volume)), spare: 2 },
  { title: 'OWNER', cell: ({ volume }) => volume?.owner ?? '', widthMin: 6, spare: 1 },
  {
    title: 'AGE',
    cell: ({ volume }) => (volume === undefined ? '' : ageOf(volume.createdAt, new Date(now))),
    spare: 3,
  },
  {
    title: 'STATE',
    cell: (row) => cell(state(row), row.volume === undefined ? 'dim' : isWell(row.volume) ? 'ok' : 'bad'),
    widthMin: 9,
    sort: state,
  },
];

export const volumePane: Pane<Row> = {
  name: 'volumes',
  title: () => 'Volumes',
  rows,
  id: ({ source }) => source,
  subject: ({ volume, source }) =>
    volume === undefined ? { kind: 'mount', source } : { kind: 'volume', name: source },
  text: (row) => [row.source, row.volume?.owner, state(row), ...row.users].join(' '),
  columns,
  empty: ({ readonly }) => ['No volumes.', ...(readonly ? [] : ['n makes one.'])],
};
