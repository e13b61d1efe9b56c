/** ReplicaSets: the list, and everything about one. */
import type { Bind } from '../../../common/contract/fields.ts';
import type { SetState, SetView } from '../../../common/contract/views.ts';
import { formatBytes } from '../../../common/units.ts';
import { safe } from '../../safe.ts';
import { type Fact, facts } from './facts.ts';
import { linkText } from './networks.ts';
import type { Role } from './paint.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, count, gpuLabel, gpuList, portLine, portPair, type View, when } from './view.ts';

export const SET_ROLE: Readonly<Record<SetState, Role>> = {
  running: 'ok',
  frozen: 'warn',
  paused: 'warn',
  stopped: 'dim',
  exited: 'bad',
};

export const stateText = (set: SetView): string => (set.busy === null ? set.state : `${set.state} (${set.busy}…)`);

export const gpuText = (set: SetView): string => {
  if (set.gpus.length > 0) return gpuList(set.gpus);
  return set.gpuCount === 0 ? '-' : `- of ${set.gpuCount}`;
};

export function setTable(sets: readonly SetView[], view: View): string {
  if (sets.length === 0) {
    return 'No replicaSets. `berth run NAME IMAGE` makes one; `berth run --help` shows examples.';
  }
  const columns: readonly Column<SetView>[] = [
    { title: 'NAME', cell: (set) => cell(set.name, 'strong'), widthMin: 10 },
    { title: 'VER', cell: (set) => `v${set.version}` },
    { title: 'STATE', cell: (set) => cell(stateText(set), SET_ROLE[set.state]) },
    { title: 'FOR', cell: (set) => ageOf(set.stateSince, view.now) },
    { title: 'GPUS', cell: gpuText, widthMin: 6 },
    { title: 'PORTS', cell: (set) => set.ports.map(portPair).join(' ') || '-', widthMin: 11 },
    { title: 'IMAGE', cell: (set) => set.imageName, widthMin: 12, cutStart: true },
    { title: 'OWNER', cell: (set) => set.owner, widthMin: 6, spare: 1 },
  ];
  return table(columns, sets, view);
}

export const bindText = (bind: Bind): string => `${bind.src} > ${bind.dest}`;

export function setDetails(set: SetView, view: View): string {
  const state = view.paint(SET_ROLE[set.state], safe(stateText(set)));
  const head = `${view.paint('strong', safe(set.name))}  ${state}, version ${set.version}, container ${safe(set.containerName)}`;
  const items: readonly Fact[] = [
    ['reason', set.reason],
    ['since', when(set.stateSince, view.now)],
    ['owner', set.owner],
    ['image', set.imageName],
    ['GPUs', gpuFacts(set)],
    ['ports', set.ports.map(portLine)],
    ['networks', (set.networks ?? []).map(linkText)],
    ['binds', set.binds.map(bindText)],
    ['command', set.cmd.length === 0 ? null : set.cmd.join(' ')],
    ['entrypoint', set.entrypoint === null ? null : set.entrypoint.join(' ') || 'none'],
    ['user', set.user],
    ['workdir', set.workDir],
    ['hostname', set.hostname],
    ['limits', limitFacts(set)],
    ['labels', set.labels],
    ['env', set.env],
    ['created', when(set.createdAt, view.now)],
    ['version', `${set.version}, made ${when(set.versionCreatedAt, view.now)}`],
    ['id', set.containerId.slice(0, 12)],
  ];
  return `${head}\n${facts(items, view)}`;
}

function limitFacts({ limits, shmBytes, stopTimeoutS, init }: SetView): readonly string[] {
  const size = (bytes: number | null): string | null => (bytes === null ? null : formatBytes(bytes));
  const facts = [
    ['cpu', limits.nanoCpus === null ? null : limits.nanoCpus / 1e9],
    ['memory', size(limits.memoryBytes)],
    ['memory and swap', size(limits.memorySwapBytes)],
    ['cpu shares', limits.cpuShares],
    ['cpus', limits.cpusetCpus],
    ['pids', limits.pidsMax],
    ['shm', size(shmBytes)],
    ['stop timeout', stopTimeoutS === null ? null : `${stopTimeoutS} s`],
    ['init', init === null ? null : init ? 'yes' : 'no'],
  ] as const;
  return facts.flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
}

function gpuFacts(set: SetView): readonly string[] {
  if (set.gpus.length > 0) return set.gpus.map((gpu) => `${gpuLabel(gpu)}  ${gpu.name}  ${gpu.uuid}`);
  return [set.gpuCount === 0 ? 'none' : `none now; ${count(set.gpuCount, 'GPU')} when it runs again`];
}
