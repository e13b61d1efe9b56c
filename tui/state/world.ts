/**
 * What the daemon has told: its last snapshot with every difference since.
 *
 * Invariants
 *  - A snapshot replaces everything, so that nothing of a time before a reconnect stays.
 *  - Pure: an event and a world give the next world; what did not change stays the same object.
 *
 * Not here: what the person looks at (state.ts).
 */
import type { BerthEvent, EngineView, StoreView } from '../../common/contract/event.ts';
import type { GpuTelemetry, GpuView, PortView } from '../../common/contract/resource.ts';
import type { OperationView, SetView, VersionView } from '../../common/contract/views.ts';
import type { VolumeView } from '../../common/contract/volume.ts';

/** The last seconds of one GPU, oldest first. */
export interface GpuHistory {
  readonly utilizationPercent: readonly number[];
  readonly memoryUsedBytes: readonly number[];
  /** When the first sample was taken. */
  readonly since: number;
  /** When it was last seen at work; undefined: not since we watch. */
  readonly busyAt: number | undefined;
}

export interface World {
  /** False until the first snapshot. */
  readonly isKnown: boolean;
  readonly engine: EngineView | undefined;
  /** Whether the daemon can write its state down. */
  readonly store: StoreView | undefined;
  readonly sets: readonly SetView[];
  readonly gpus: readonly GpuView[];
  readonly ports: readonly PortView[];
  readonly volumes: readonly VolumeView[];
  /** Newest first. */
  readonly operations: readonly OperationView[];
  readonly history: ReadonlyMap<string, GpuHistory>;
  /** Versions by set, oldest first; only of sets that somebody looked at. */
  readonly versions: ReadonlyMap<string, readonly VersionView[]>;
}

export const EMPTY_WORLD: World = {
  isKnown: false,
  engine: undefined,
  store: undefined,
  sets: [],
  gpus: [],
  ports: [],
  volumes: [],
  operations: [],
  history: new Map(),
  versions: new Map(),
};

/** Samples kept of a GPU; at one a second more than the widest graph shows. */
const HISTORY_MAX = 512;
const OPERATIONS_MAX = 200;
/** Load from which a GPU counts as at work. */
const BUSY_PERCENT = 3;

export function applyEvent(world: World, event: BerthEvent): World {
  switch (event.type) {
    case 'snapshot':
      return {
        ...EMPTY_WORLD,
        isKnown: true,
        engine: event.engine,
        store: event.store,
        sets: byName(event.sets),
        gpus: event.gpus,
        ports: event.ports,
        volumes: event.volumes,
        operations: newestFirst(event.operations),
        history: world.history,
      };
    case 'set':
      return withSet(world, event.set);
    case 'setRemoved':
      return {
        ...world,
        sets: world.sets.filter((it) => it.name !== event.name),
        versions: without(world, event.name),
      };
    case 'version':
      return withVersion(world, event.name, event.version);
    case 'gpus':
      return { ...world, gpus: withGpus(world.gpus, event.gpus) };
    case 'ports':
      return { ...world, ports: event.ports };
    case 'volume': {
      const others = world.volumes.filter((it) => it.name !== event.volume.name);
      return { ...world, volumes: byName([...others, event.volume]) };
    }
    case 'volumeRemoved':
      return { ...world, volumes: world.volumes.filter((it) => it.name !== event.name) };
    case 'operation':
      return { ...world, operations: withOperation(world.operations, event.operation) };
    case 'telemetry':
      return withTelemetry(world, event.gpus, Date.parse(event.at));
    case 'containerDied':
    case 'outOfMemory':
      return world;
    case 'engine':
      return { ...world, engine: event.engine };
    case 'store':
      return { ...world, store: event.store };
  }
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));

/** ULIDs begin with their time. */
const newestFirst = (operations: readonly OperationView[]): readonly OperationView[] =>
  operations.toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, OPERATIONS_MAX);

function withGpus(gpus: readonly GpuView[], changed: readonly GpuView[]): readonly GpuView[] {
  const fresh = changed.filter((it) => !gpus.some(({ uuid }) => uuid === it.uuid));
  return [...gpus.map((gpu) => changed.find((it) => it.uuid === gpu.uuid) ?? gpu), ...fresh];
}

function withSet(world: World, set: SetView): World {
  const before = world.sets.find((it) => it.name === set.name);
  const sets = before === undefined ? byName([...world.sets, set]) : world.sets.map((it) => (it === before ? set : it));
  const gpus = owned(world.gpus, set);
  const versions = world.versions.get(set.name);
  if (versions === undefined) return { ...world, sets, gpus };
  return { ...world, sets, gpus, versions: new Map(world.versions).set(set.name, marked(versions, set.version)) };
}

/** A GPU is granted before its set is on record, and then nobody is known behind it yet. */
const owned = (gpus: readonly GpuView[], { name, owner }: SetView): readonly GpuView[] =>
  gpus.some((gpu) => gpu.holder === name && gpu.owner === null)
    ? gpus.map((gpu) => (gpu.holder === name ? { ...gpu, owner } : gpu))
    : gpus;

/** Which one is current is told by the set; a version's own word may be older. */
const marked = (versions: readonly VersionView[], current: number): readonly VersionView[] =>
  versions.map((it) => (it.current === (it.version === current) ? it : { ...it, current: it.version === current }));

function without({ versions }: World, name: string): World['versions'] {
  const left = new Map(versions);
  left.delete(name);
  return left;
}

function withVersion(world: World, name: string, version: VersionView): World {
  const known = world.versions.get(name);
  if (known === undefined) return world;
  const versions = [...known.filter((it) => it.version !== version.version), version];
  return { ...world, versions: new Map(world.versions).set(name, oldestFirst(versions)) };
}

const oldestFirst = (versions: readonly VersionView[]): readonly VersionView[] =>
  versions.toSorted((a, b) => a.version - b.version);

/** The answer to having asked for a set's versions. */
export const withVersions = (world: World, name: string, versions: readonly VersionView[]): World => ({
  ...world,
  versions: new Map(world.versions).set(name, oldestFirst(versions)),
});

const withOperation = (operations: readonly OperationView[], operation: OperationView): readonly OperationView[] =>
  operations.some((it) => it.id === operation.id)
    ? operations.map((it) => (it.id === operation.id ? operation : it))
    : newestFirst([operation, ...operations]);

function withTelemetry(world: World, samples: readonly GpuTelemetry[], at: number): World {
  const history = new Map(world.history);
  for (const sample of samples) history.set(sample.uuid, withSample(history.get(sample.uuid), sample, at));
  const gpus = world.gpus.map((gpu) => {
    const telemetry = samples.find((it) => it.uuid === gpu.uuid);
    return telemetry === undefined ? gpu : { ...gpu, telemetry };
  });
  return { ...world, gpus, history };
}

function withSample(before: GpuHistory | undefined, sample: GpuTelemetry, at: number): GpuHistory {
  const add = (values: readonly number[] | undefined, value: number | null): readonly number[] =>
    [...(values ?? []), value ?? 0].slice(-HISTORY_MAX);
  const isBusy = (sample.utilizationPercent ?? 0) >= BUSY_PERCENT;
  return {
    utilizationPercent: add(before?.utilizationPercent, sample.utilizationPercent),
    memoryUsedBytes: add(before?.memoryUsedBytes, sample.memoryUsedBytes),
    since: before?.since ?? at,
    busyAt: isBusy ? at : before?.busyAt,
  };
}
