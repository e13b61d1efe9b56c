/**
 * The invariants of the design that records, leases and the in-memory engine can show when nothing is going on.
 *
 * I1 no GPU in two live tasks · I2 leases = owners = containers · I3 versions strictly rise · I4 every retained version
 * has a container or a restorable snapshot · I5 what is known is what is durable · I6 nothing unrecorded · I8 every
 * intent ends · I9 desired = actual.
 */
import { LABEL } from '../../daemon/core/labels.ts';
import { RESIDENT, type ReplicaSetRecord, type VersionRecord } from '../../daemon/core/records.ts';
import type { State } from '../../daemon/core/state.ts';
import { hostIdOf } from '../../daemon/core/volumeUse.ts';
import type { EngineModel } from './memoryEngine.ts';
import type { EngineWorld, LiveTask, WorldContainer } from './memoryEngineWorld.ts';
import { isRunning } from './memoryEngineWorld.ts';
import type { MemoryRows } from './memoryRows.ts';
import type { VolumeModel } from './memoryVolumeModel.ts';

export interface Scene {
  readonly state: State;
  readonly store: Pick<MemoryRows, 'rows'>;
  readonly world: EngineWorld;
  readonly volumes: VolumeModel;
  /** Versions whose files the test itself destroyed, as `lose` notes them. */
  readonly lost: ReadonlySet<string>;
}

export function violationsOf(scene: Scene): string[] {
  return [
    ...durability(scene),
    ...openEnds(scene),
    ...scene.state.sets().flatMap((set) => violationsOfSet(scene, set)),
    ...leasesOfNobody(scene),
    ...sharedGpus(scene),
    ...unrecorded(scene),
    ...volumesAreTheirs(scene),
  ];
}

function durability({ state, store }: Scene): string[] {
  const text = (rows: ReadonlyMap<string, unknown>): string =>
    JSON.stringify([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return RESIDENT.filter((table) => text(state.table(table)) !== text(store.rows(table))).map(
    (table) => `I5 ${table}: memory ${text(state.table(table))} is not disk ${text(store.rows(table))}`,
  );
}

const openEnds = ({ state }: Scene): string[] => [
  ...[...state.table('intent').values()].map((intent) => `I8 ${intent.verb} ${intent.name} has not ended`),
  ...[...state.table('unknown').keys()].map((container) => `I8 the start of ${container} is still unknown`),
];

function violationsOfSet(scene: Scene, set: ReplicaSetRecord): string[] {
  const current = scene.state.current(set.name);
  if (current?.version !== set.current) return [`I3 ${set.name}: version ${set.current} is not the one it knows`];
  return [
    ...leasesOfSet(scene, set, current),
    ...containerOfSet(scene, set, current),
    ...versionsOfSet(scene, set),
  ].map((what) => `${what} (${set.name}, ${set.desired})`);
}

const listed = (items: readonly (string | number)[]): string => items.map(String).toSorted(byText).join(', ');
const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const sameItems = (a: readonly (string | number)[], b: readonly (string | number)[]): boolean =>
  listed(a) === listed(b);

/** Running and paused sets hold their version's grants, stopped ones nothing, exited ones all of it or nothing. */
function leasesOfSet({ state }: Scene, set: ReplicaSetRecord, version: VersionRecord): string[] {
  const isForeign = (port: number): boolean => state.table('portLease').get(String(port))?.name === null;
  const gpus = state.gpusOf(set.name).map((lease) => lease.uuid);
  const ports = state.portsOf(set.name).map((lease) => lease.hostPort);
  const grantedPorts = version.ports.map((grant) => grant.hostPort).filter((port) => !isForeign(port));
  const holdsAll = sameItems(gpus, version.gpus) && sameItems(ports, grantedPorts);
  const holdsNothing = gpus.length + ports.length === 0;
  const isRight =
    set.desired === 'stopped' ? holdsNothing : set.desired === 'exited' ? holdsAll || holdsNothing : holdsAll;
  return isRight
    ? []
    : [`I2 holds ${listed([...gpus, ...ports])}, granted ${listed([...version.gpus, ...grantedPorts])}`];
}

/** `UID/N`: a set keeps its uid under any name. */
export const isLost = (lost: ReadonlySet<string>, uid: string, version: number): boolean =>
  lost.has(`${uid}/${version}`);

/** Somebody outside removes a container, and with it the files of its version. */
export function lose(
  { model, lost }: { readonly model: EngineModel; readonly lost: Set<string> },
  which: string,
): void {
  const { labels } = model.world.get(which).spec;
  lost.add(`${labels[LABEL.uid]}/${labels[LABEL.version]}`);
  model.remove(which);
}

function containerOfSet({ world, lost }: Scene, set: ReplicaSetRecord, version: VersionRecord): string[] {
  const container = world.find(version.containerId);
  if (container === undefined) {
    const isTold = set.desired === 'exited' || set.desired === 'stopped';
    return isTold && isLost(lost, set.uid, version.version) ? [] : [`I4 ${version.containerName} is not there`];
  }
  const { spec } = container;
  const isGranted = sameItems(spec.gpus, version.gpus) && sameItems(spec.ports.map(byPort), version.ports.map(byPort));
  return [
    ...(isAsMeant(container, set.desired) ? [] : [`I9 its container is ${container.status}`]),
    ...(isGranted ? [] : [`I2 ${spec.name} runs with ${listed([...spec.gpus, ...spec.ports.map(byPort)])}`]),
  ];
}

const isAsMeant = (container: WorldContainer, desired: ReplicaSetRecord['desired']): boolean =>
  isRunning(container)
    ? container.status === (desired === 'frozen' ? 'paused' : desired)
    : !/running|frozen/.test(desired);

const byPort = (grant: { readonly containerPort: string; readonly hostPort: number }): string =>
  `${grant.containerPort}=${grant.hostPort}`;

const versionRows = ({ store }: Scene, name: string): VersionRecord[] =>
  [...store.rows('version').values()].filter((version) => version.name === name);

function versionsOfSet(scene: Scene, set: ReplicaSetRecord): string[] {
  const rows = versionRows(scene, set.name);
  const highest = scene.state.highWater(set.name);
  return [
    ...rows.filter((row) => row.version > highest).map((row) => `I3 version ${row.version} is above ${highest}`),
    ...rows
      .filter((row) => row.version !== set.current && !isLost(scene.lost, set.uid, row.version))
      .filter((row) => row.snapshot === null || !scene.world.images.has(row.snapshot.tag))
      .map((row) => `I4 version ${row.version} cannot be restored`),
  ];
}

function leasesOfNobody({ state }: Scene): string[] {
  const sets = state.table('set');
  const leases = [...state.table('gpuLease'), ...state.table('portLease')];
  return leases
    .filter(([, { name }]) => name !== null && !sets.has(name))
    .map(([key, { name }]) => `I2 ${key} is leased to ${name}, which does not exist`);
}

/** A task may only be where its container's set is, or on a GPU that nobody is granted. */
function sharedGpus({ state, world }: Scene): string[] {
  const onGpu = Map.groupBy(
    world.liveTasks().flatMap((task) => task.gpus.map((uuid) => ({ uuid, task }))),
    ({ uuid }) => uuid,
  );
  const shared = [...onGpu].filter(([, users]) => users.length > 1).map(([uuid]) => `I1 ${uuid} is in two live tasks`);
  const strayed = [...onGpu.values()].flat().filter(({ uuid, task }) => !isAllowed(state, world, task, uuid));
  return [...shared, ...strayed.map(({ uuid, task }) => `I1 task ${task.pid} is on ${uuid}, which may be granted`)];
}

function isAllowed(state: State, world: EngineWorld, task: LiveTask, uuid: string): boolean {
  const gpu = state.table('gpu').get(uuid);
  if (gpu === undefined || gpu.quarantine !== null) return true;
  const container = world.containers.get(task.containerId);
  if (container !== undefined && !(LABEL.instance in container.spec.labels)) return true;
  const holder = state.table('gpuLease').get(uuid)?.name;
  return holder !== undefined && state.current(holder)?.containerId === task.containerId;
}

/** Every volume is on the host, mounted, with the size it is said to have; and nothing is there that is none. */
function volumesAreTheirs({ state, volumes, world }: Scene): string[] {
  const records = [...state.table('volume').values()];
  const sized = records.filter((volume) => volume.dockerName === null);
  const ids = new Set(sized.map(hostIdOf));
  const wrong = sized.flatMap((volume) => {
    const look = volumes.look(hostIdOf(volume));
    const isRight = look?.mounted === true && look.capacityBytes === volume.sizeBytes;
    return isRight ? [] : [`I9 volume ${volume.name} of ${volume.sizeBytes} is ${JSON.stringify(look)}`];
  });
  const gone = records.filter((it) => it.dockerName !== null && !world.volumes.has(it.dockerName));
  return [
    ...wrong,
    ...gone.map(({ name }) => `I9 volume ${name} is not in Docker`),
    ...volumes.list().flatMap((id) => (ids.has(id) ? [] : [`I6 volume directory ${id}`])),
  ];
}

function unrecorded(scene: Scene): string[] {
  const { state, store, world } = scene;
  const sets = state.sets();
  const versions = sets.flatMap((set) => versionRows(scene, set.name));
  const containers = new Set(sets.map((set) => state.current(set.name)?.containerId));
  const snapshots = new Set(versions.map((version) => version.snapshot?.tag));
  const volumes = new Set(versions.flatMap((version) => version.implicitVolumes.map(({ name }) => name)));
  const isOurs = ({ spec }: WorldContainer): boolean =>
    spec.labels[LABEL.instance] === state.table('meta').get('instance');
  const strays = [...world.containers.values()].filter((it) => isOurs(it) && !containers.has(it.id));
  return [
    ...strays.map(({ spec }) => `I6 container ${spec.name}`),
    ...[...world.images.keys()]
      .filter((tag) => tag.startsWith('berth.local/') && !snapshots.has(tag))
      .map((tag) => `I6 image ${tag}`),
    ...[...world.volumes.keys()]
      .filter((name) => name.startsWith('berth-') && !volumes.has(name))
      .map((name) => `I6 volume ${name}`),
    ...[...store.rows('version').values()]
      .filter((version) => !state.table('set').has(version.name))
      .map((version) => `I6 version ${version.name}/${version.version} of no set`),
  ];
}
