/** Volumes: the list, one in full, its history, and what a change of one came to. */
import type { Contract } from '../../../common/contract/index.ts';
import type { VolumeVersionView, VolumeView } from '../../../common/contract/volume.ts';
import type { OutputOf } from '../../../common/services.ts';
import { formatBytes } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { type Fact, facts } from './facts.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, type View, when } from './view.ts';

type Listing = OutputOf<Contract['volume']['list']>;
type Created = OutputOf<Contract['volume']['create']>;
type Resized = OutputOf<Contract['volume']['resize']>;

const FULL_PERCENT = 90;

export function volumeTable({ volumes, support }: Listing, view: View): string {
  const summary = supportText(support);
  if (volumes.length === 0) return `No volumes. \`berth volume create NAME 20GB\` makes one.\n${summary}`;
  const columns: readonly Column<VolumeView>[] = [
    { title: 'NAME', cell: (volume) => cell(volume.name, 'strong'), widthMin: 10 },
    { title: 'VER', cell: (volume) => `v${volume.version}` },
    { title: 'SIZE', cell: (volume) => volume.size ?? 'none' },
    { title: 'USED', cell: (volume) => usedCell(volume) },
    { title: 'BY', cell: (volume) => volume.usedBy.map((use) => use.name).join(' ') || '-', widthMin: 8 },
    { title: 'BACKEND', cell: (volume) => backendText(volume), spare: 1 },
    { title: 'AGE', cell: (volume) => ageOf(volume.createdAt, view.now), spare: 3 },
    { title: 'OWNER', cell: (volume) => volume.owner, widthMin: 6, spare: 2 },
    { title: 'STATE', cell: (volume) => cell(stateText(volume), isWell(volume) ? 'plain' : 'bad'), widthMin: 6 },
  ];
  return `${table(columns, volumes, view)}\n${summary}`;
}

const supportText = ({ backend, reason, freeBytes }: Listing['support']): string => {
  const free = freeBytes === null ? '' : `; ${formatBytes(freeBytes)} free for volumes`;
  return safe(backend === null ? `No size can be kept to here: ${reason}` : `Sizes hold by ${backend}${free}.`);
};

export const isWell = (volume: VolumeView): boolean => volume.reason === null && volume.mounted !== false;

export const stateText = ({ busy, reason, mounted }: VolumeView): string =>
  busy !== null ? `${busy}…` : (reason ?? (mounted === false ? 'not mounted' : 'ok'));

export const backendText = ({ backend, thin }: VolumeView): string => (thin ? `${backend}, thin` : backend);

export const percentUsed = ({ usedBytes, sizeBytes }: VolumeView): number | undefined =>
  usedBytes === null || sizeBytes === null ? undefined : Math.round((100 * usedBytes) / sizeBytes);

export function usedText(volume: VolumeView): string {
  const percent = percentUsed(volume);
  return percent === undefined ? '-' : `${formatBytes(volume.usedBytes ?? 0)} ${percent}%`;
}

const usedCell = (volume: VolumeView) =>
  cell(usedText(volume), (percentUsed(volume) ?? 0) >= FULL_PERCENT ? 'warn' : 'plain');

export function volumeDetails(volume: VolumeView, view: View): string {
  const head = `${view.paint('strong', safe(volume.name))}  ${safe(stateText(volume))}, version ${volume.version}, bound as ${safe(volume.name)} or ${safe(volume.versionName)}`;
  const items: readonly Fact[] = [
    ['size', volume.size ?? 'none: as large as the disk that Docker is on'],
    ['used', usedText(volume)],
    ['backend', BACKENDS[volume.backend]],
    ['thin', volume.thin ? 'yes: where the host runs full, all of its data can be lost' : null],
    ['used by', volume.usedBy.map(({ name, dest, state }) => `${name} at ${dest} (${state})`)],
    ['owner', volume.owner],
    ['created', when(volume.createdAt, view.now)],
    ['version', `${volume.version}, made ${when(volume.versionCreatedAt, view.now)}`],
    ['uid', volume.uid],
  ];
  return `${head}\n${facts(items, view)}`;
}

const BACKENDS: Readonly<Record<VolumeView['backend'], string>> = {
  loop: 'loop: an image file of its own file system',
  quota: 'quota: a directory with a limit',
  plain: 'plain: a Docker volume, whose size nobody limits',
};

export function volumeHistory(versions: readonly VolumeVersionView[], view: View): string {
  const columns: readonly Column<VolumeVersionView>[] = [
    {
      title: 'VERSION',
      cell: ({ current, versionName }) => cell(`${current ? '●' : '○'} ${versionName}`, current ? 'ok' : 'plain'),
    },
    { title: 'AGE', cell: ({ createdAt }) => ageOf(createdAt, view.now) },
    { title: 'CAUSE', cell: ({ cause }) => cause },
    { title: 'SIZE', cell: ({ size }) => size ?? 'none' },
    { title: 'BY', cell: ({ actor }) => actor, widthMin: 6, spare: 1 },
    { title: 'BYTES', cell: ({ note }) => note, widthMin: 14 },
  ];
  return table(columns, versions, view);
}

export const volumeCreated = ({ name, size }: Created): string => {
  const base = safe(name.replace(/-\d+$/, ''));
  const what = size === null ? 'without a size: nothing limits it' : `with ${safe(size)}`;
  return `Volume ${base} is ready (${safe(name)}), ${what}.\nBind it with \`berth run NAME IMAGE --bind ${base}:/data\`.`;
};

export const volumeResized = ({ name, size, restarted }: Resized): string => {
  const back = restarted.length === 0 ? '' : `\nBack as their next versions: ${safe(restarted.join(', '))}.`;
  return `The volume has ${safe(size)} now, as ${safe(name)}, with every file.${back}`;
};
