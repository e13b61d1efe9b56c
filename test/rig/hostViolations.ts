/**
 * The invariants of the design on a real host, when nothing is going on: records, containers by their labels, leases,
 * snapshots, Docker's volumes, volumes with a size, their mounts and loop devices fit each other, and nothing is left
 * over. coreViolations.ts is the same for the in-memory engine.
 *
 * I1 no GPU in two live containers · I2 leases = owners = containers · I3 versions strictly rise · I4 every version has
 * a container or a snapshot · I6 nothing unrecorded · I8 every intent ends · I9 desired = actual.
 */
import { LABEL, snapshotParts } from '../../daemon/core/labels.ts';
import type { ReplicaSetRecord, VersionRecord } from '../../daemon/core/records.ts';
import { hostIdOf } from '../../daemon/core/volumeUse.ts';
import type { DockerView, HostView, Records } from './hostView.ts';

/** `before`: what Docker held at first. `lost`: names of containers that the test itself destroyed. */
export interface Given {
  readonly before: DockerView;
  readonly lost?: ReadonlySet<string>;
}

export function violationsOnHost(view: HostView, given: Given): string[] {
  const { records } = view;
  return [
    ...openEnds(records),
    ...[...records.rows.set.values()].flatMap((set) => violationsOfSet(view, set, given.lost ?? new Set())),
    ...leasesOfNobody(records),
    ...sharedGpus(view),
    ...leftInDocker(view, given),
    ...volumesAreTheirs(view),
  ];
}

const openEnds = ({ rows }: Records): string[] => [
  ...[...rows.intent.values()].map((intent) => `I8 ${intent.verb} ${intent.name} has not ended`),
  ...[...rows.unknown.keys()].map((container) => `I8 the start of ${container} is still unknown`),
];

type Items = readonly (string | number)[];
const listed = (items: Items): string => items.map(String).toSorted().join(', ');

function violationsOfSet(view: HostView, set: ReplicaSetRecord, lost: ReadonlySet<string>): string[] {
  const versions = view.records.versions.get(set.name) ?? [];
  const current = versions.find(({ version }) => version === set.current);
  if (current === undefined) return [`I3 ${set.name} has no version ${set.current}`];
  const highest = view.records.rows.hw.get(set.name) ?? 0;
  return [
    ...(versions[0]?.version === set.current ? [] : [`I3 its newest version is ${versions[0]?.version}`]),
    ...(highest >= set.current ? [] : [`I3 the highest version so far is ${highest}`]),
    ...leasesOfSet(view.records, set, current),
    ...containerOfSet(view.docker, set, current, lost),
    ...versions.filter(({ version }) => version !== set.current).flatMap((old) => snapshotOf(view.docker, old, lost)),
  ].map((what) => `${what} (${set.name}-${set.current}, ${set.desired})`);
}

/** Running and paused sets hold their version's grants, stopped ones nothing, exited ones all of it or nothing. */
function leasesOfSet({ rows }: Records, set: ReplicaSetRecord, version: VersionRecord): string[] {
  const gpus = [...rows.gpuLease.values()].filter(({ name }) => name === set.name).map(({ uuid }) => uuid);
  const ports = [...rows.portLease.values()].filter(({ name }) => name === set.name).map(({ hostPort }) => hostPort);
  const isForeign = (port: number): boolean => rows.portLease.get(String(port))?.name === null;
  const granted = [...version.gpus, ...version.ports.map((it) => it.hostPort).filter((port) => !isForeign(port))];
  const held = listed([...gpus, ...ports]);
  const isRight =
    (set.desired !== 'stopped' && held === listed(granted)) || (/stopped|exited/.test(set.desired) && held === '');
  return isRight ? [] : [`I2 holds ${held}, granted ${listed(granted)}`];
}

function containerOfSet(
  docker: DockerView,
  set: ReplicaSetRecord,
  version: VersionRecord,
  lost: ReadonlySet<string>,
): string[] {
  const container = docker.containers.find(({ id }) => id === version.containerId);
  if (container === undefined) {
    const isTold = /exited|stopped/.test(set.desired) && lost.has(version.containerName);
    return isTold ? [] : [`I4 container ${version.containerName} is not there`];
  }
  const isAsMeant = container.running
    ? (container.status === 'paused' ? 'frozen' : container.status) === set.desired
    : !/running|frozen/.test(set.desired);
  const gpus = listed(container.gpuIds);
  return [
    ...(isAsMeant ? [] : [`I9 its container is ${container.status}`]),
    ...(gpus === listed(version.gpus) ? [] : [`I2 its container has GPUs ${gpus}, granted ${listed(version.gpus)}`]),
  ];
}

const tagsOf = ({ images }: DockerView): readonly string[] => [...images.values()].flat();

function snapshotOf(docker: DockerView, { snapshot, ...old }: VersionRecord, lost: ReadonlySet<string>): string[] {
  if (lost.has(old.containerName)) return [];
  const isThere = snapshot !== null && tagsOf(docker).includes(snapshot.tag);
  return isThere ? [] : [`I4 version ${old.version} has no snapshot`];
}

function leasesOfNobody({ rows }: Records): string[] {
  return [...rows.gpuLease, ...rows.portLease]
    .filter(([, { name }]) => name !== null && !rows.set.has(name))
    .map(([key, { name }]) => `I2 ${key} is leased to ${name}, which does not exist`);
}

function sharedGpus({ docker, records }: HostView): string[] {
  const uses = docker.containers
    .filter(({ running }) => running)
    .flatMap(({ gpuIds, name }) => gpuIds.map((gpu) => ({ gpu, name })));
  const ours = uses.filter(({ gpu }) => records.rows.gpu.has(gpu));
  return [...Map.groupBy(ours, ({ gpu }) => gpu)]
    .filter(([, users]) => users.length > 1)
    .map(([gpu, users]) => `I1 ${gpu} is in ${listed(users.map(({ name }) => name))}`);
}

function leftInDocker({ docker, records }: HostView, { before }: Given): string[] {
  const versions = [...records.versions.values()].flat();
  const current = new Set([...records.rows.set.values()].map((set) => containerIdOf(records, set)));
  const kept = new Set(versions.map(({ snapshot }) => snapshot?.tag));
  const implicit = versions.flatMap(({ implicitVolumes }) => implicitVolumes.map(({ name }) => name));
  const bound = new Set([...implicit, ...[...records.rows.volume.values()].map(({ dockerName }) => dockerName)]);
  const instance = records.rows.meta.get('instance');
  const known = new Set(tagsOf(before));
  return [
    ...docker.containers
      .filter(({ id, labels }) => labels[LABEL.instance] === instance && !current.has(id))
      .map(({ name, status }) => `I6 container ${name}, ${status}`),
    ...tagsOf(docker)
      .filter((tag) => snapshotParts(tag) !== undefined && !kept.has(tag) && !known.has(tag))
      .map((tag) => `I6 image ${tag}`),
    ...[...docker.images]
      .filter(([id, tags]) => tags.length === 0 && !before.images.has(id))
      .map(([id]) => `I6 image ${id} without a name`),
    ...docker.volumes
      .filter((name) => !bound.has(name) && !before.volumes.includes(name))
      .map((name) => `I6 Docker volume ${name}`),
  ];
}

const containerIdOf = ({ versions }: Records, set: ReplicaSetRecord): string | undefined =>
  versions.get(set.name)?.find(({ version }) => version === set.current)?.containerId;

/** Every volume with a size has its directory, its one mount and its one loop device, and nothing else has. */
function volumesAreTheirs({ records, mounts, loops, volumeIds }: HostView): string[] {
  const ids = listed([...records.rows.volume.values()].filter(({ dockerName }) => dockerName === null).map(hostIdOf));
  const idIn = (path: string): string => /\/volumes\/([^/]+)\//.exec(path)?.[1] ?? path;
  return (
    [
      ['directories', volumeIds],
      ['mounts', mounts.map(idIn)],
      ['loop devices', loops.map(idIn)],
    ] as const
  ).flatMap(([what, found]) => (listed(found) === ids ? [] : [`I6 volumes ${ids}, but ${what} ${listed(found)}`]));
}
