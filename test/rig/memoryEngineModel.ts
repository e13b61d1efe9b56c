/**
 * The verbs of a container engine, synchronous: each takes effect at once or throws an EngineError, so that a simulator
 * can drive it without promises. Equal calls give equal answers, ids and times included.
 *
 * Invariants
 *  - Host ports and GPUs are checked at start, as Docker does; a start that fails leaves the container `created`,
 *    exit code 128, the reason in `error`, and holds nothing.
 *  - Every call passes through `faults`.
 *
 * Long because it is one list of verbs.
 *
 * Not here: networks (memoryEngineNetworks.ts), state and test hooks (memoryEngineWorld.ts), lost answers and an engine that is down
 * (memoryEngineFaults.ts), promises, streams and exec sessions (memoryEngine.ts).
 */
import {
  type ContainerLimits,
  type ContainerProcess,
  type ContainerSpec,
  type ContainerState,
  type ContainerSummary,
  EngineError,
  type EngineInfo,
  type ImageInfo,
  type ImageSummary,
  type OnBytes,
  type VolumeSummary,
} from '../../daemon/core/engine.ts';
import { EngineFaults } from './memoryEngineFaults.ts';
import { fillNewVolumes, worldOf } from './memoryEngineFiles.ts';
import { NetworkModel } from './memoryEngineNetworks.ts';
import { type CommandResult, runCommand } from './memoryEngineShell.ts';
import { EngineWorld, type EngineWorldOptions, isRunning, type WorldContainer } from './memoryEngineWorld.ts';

const CPUS = 256;
/** Docker's overlay driver refuses the layer of this number. */
const LAYER_REFUSED = 125;

type Labels = Readonly<Record<string, string>>;

export class EngineModel extends NetworkModel {
  readonly world: EngineWorld;
  readonly faults = new EngineFaults();

  constructor(options: EngineWorldOptions = {}) {
    super();
    this.world = new EngineWorld(options);
  }

  info(): EngineInfo {
    return this.faults.apply('info', () => ({ version: '20.10.24', apiVersion: '1.41' }));
  }

  create(spec: ContainerSpec): string {
    return this.faults.apply('create', () => {
      const image = this.world.findImage(spec.image);
      if (image === undefined) throw new EngineError('imageNotFound', `No such image: ${spec.image}`);
      if (this.world.find(spec.name) !== undefined) {
        throw new EngineError('conflict', `The container name "/${spec.name}" is already in use by container`);
      }
      if (spec.network !== null) this.assertJoinable(spec.network);
      const container = this.world.addContainer(spec, image);
      fillNewVolumes(this.world.layersOf(container));
      this.world.emit(container, 'create');
      return container.id;
    });
  }

  start(name: string): void {
    // One that is carried out late does not undo what was asked for later and has been done.
    const before = this.world.find(name)?.startedAt;
    this.faults.apply('start', () => {
      const container = this.world.get(name);
      if (container.status === 'paused') throw new EngineError('conflict', 'cannot start a paused container');
      if (isRunning(container) || container.startedAt !== before) return;
      this.#assertStartable(container);
      this.world.begin(container);
      this.#runMain(container);
    });
  }

  stop(name: string, _timeoutS: number): void {
    // As above: it waits for the run that it found, and ends no later one.
    const run = this.world.find(name)?.startedAt;
    this.faults.apply('stop', () => {
      const container = this.world.get(name);
      if (!isRunning(container) || container.startedAt !== run) return;
      this.world.exit(container.id, 143);
      this.world.emit(container, 'stop');
    });
  }

  kill(name: string, signal: string): void {
    this.faults.apply('kill', () => {
      const container = this.#getRunning(name);
      this.world.signal(container.id, signal);
    });
  }

  update(name: string, limits: ContainerLimits): void {
    this.faults.apply('update', () => {
      const container = this.world.get(name);
      if ((limits.nanoCpus ?? 0) > CPUS * 1e9)
        throw new EngineError('invalid', `there are only ${CPUS} CPUs available`);
      container.spec = { ...container.spec, limits: { ...container.spec.limits, ...limits } };
    });
  }

  freeze(name: string): void {
    this.faults.apply('freeze', () => {
      const container = this.#getRunning(name);
      if (container.status === 'paused') throw new EngineError('conflict', `Container ${name} is already paused`);
      this.world.freeze(container.id);
    });
  }

  thaw(name: string): void {
    this.faults.apply('thaw', () => {
      const container = this.world.get(name);
      if (container.status !== 'paused') throw new EngineError('conflict', `Container ${name} is not paused`);
      this.world.thaw(container.id);
    });
  }

  remove(name: string): void {
    this.faults.apply('remove', () => {
      const container = this.world.get(name);
      this.world.exit(container.id, 137);
      this.world.containers.delete(container.id);
      this.world.emit(container, 'destroy');
    });
  }

  inspectContainer(name: string): ContainerState | undefined {
    return this.faults.apply('inspectContainer', () => {
      const container = this.world.find(name);
      return container && stateOf(container);
    });
  }

  listContainers(): readonly ContainerSummary[] {
    return this.faults.apply('listContainers', () =>
      [...this.world.containers.values()].map((container) => ({
        id: container.id,
        name: container.spec.name,
        running: isRunning(container),
        labels: container.spec.labels,
        networks: [...container.endpoints.keys()],
      })),
    );
  }

  commit(name: string, tag: string, comment: string): void {
    this.faults.apply('commit', () => {
      const container = this.world.get(name);
      const layers = container.image.layers + 1;
      if (layers >= LAYER_REFUSED) throw new EngineError('failed', 'max depth exceeded');
      const { id: _, sizeBytes: __, ...inherited } = container.image;
      const labels = blankOwn({ ...inherited.labels, ...container.spec.labels });
      this.world.addImage(tag, { ...inherited, ...configOf(container), labels, layers, comment });
    });
  }

  flatten(name: string, tag: string, comment: string, onBytes: OnBytes): void {
    this.faults.apply('flatten', () => {
      const container = this.world.get(name);
      const labels = foreignLabels(container.spec.labels);
      this.world.addImage(tag, { ...configOf(container), labels, comment });
      onBytes(this.world.images.get(tag)?.sizeBytes ?? 0);
    });
  }

  inspectImage(name: string): ImageInfo | undefined {
    return this.faults.apply('inspectImage', () => this.world.findImage(name));
  }

  removeImage(name: string): void {
    this.faults.apply('removeImage', () => {
      const image = this.world.images.get(name);
      if (image === undefined) throw new EngineError('imageNotFound', `No such image: ${name}`);
      const isLastTag = [...this.world.images.values()].filter(({ id }) => id === image.id).length === 1;
      const user = [...this.world.containers.values()].find((container) => container.image.id === image.id);
      if (isLastTag && user !== undefined) {
        throw new EngineError('conflict', `container ${user.id.slice(0, 12)} is using its referenced image`);
      }
      this.world.images.delete(name);
    });
  }

  listImages(): readonly ImageSummary[] {
    return this.faults.apply('listImages', () => {
      const byId = Map.groupBy(this.world.images, ([, image]) => image.id);
      const tagsOf = (id: string) => (byId.get(id) ?? []).flatMap(([tag]) => (tag === id ? [] : tag));
      return [...byId].map(([id, [first]]) => ({ id, tags: tagsOf(id), labels: first?.[1].labels ?? {} }));
    });
  }

  createVolume(name: string, labels: Labels): void {
    this.faults.apply('createVolume', () => {
      if (!this.world.volumes.has(name)) this.world.volumes.set(name, { labels, files: new Map() });
    });
  }

  removeVolume(name: string): void {
    this.faults.apply('removeVolume', () => {
      if (!this.world.volumes.has(name)) throw new EngineError('notFound', `get ${name}: no such volume`);
      const binds = [...this.world.containers.values()].flatMap(({ spec }) => spec.binds);
      if (binds.some((bind) => bind.startsWith(`${name}:`))) throw new EngineError('conflict', 'volume is in use');
      this.world.volumes.delete(name);
    });
  }

  listVolumes(): readonly VolumeSummary[] {
    return this.faults.apply('listVolumes', () =>
      [...this.world.volumes].map(([name, { labels }]) => ({ name, labels })),
    );
  }

  inspectVolume(name: string): VolumeSummary | undefined {
    return this.faults.apply('inspectVolume', () => {
      const volume = this.world.volumes.get(name);
      return volume && { name, labels: volume.labels };
    });
  }

  processes(name: string): readonly ContainerProcess[] {
    return this.faults.apply('processes', () => {
      const container = this.#getRunning(name);
      const command = mainCommand(container).join(' ');
      return this.world.tasksOf(container.id).map((pid) => ({ pid, command, elapsedMs: 0 }));
    });
  }

  /** Runs a command in a running container, at once. */
  execute(name: string, cmd: readonly string[], env: readonly string[] = []): CommandResult {
    return this.faults.apply('execute', () => {
      const container = this.#getRunning(name);
      if (container.status === 'paused') throw new EngineError('conflict', `Container ${name} is paused`);
      const { spec } = container;
      return runCommand(worldOf(this.world.layersOf(container), [...spec.env, ...env], spec.gpus), cmd);
    });
  }

  #getRunning(name: string): WorldContainer {
    const container = this.world.get(name);
    if (!isRunning(container)) throw new EngineError('conflict', `Container ${container.id} is not running`);
    return container;
  }

  #assertStartable(container: WorldContainer): void {
    for (const endpoint of container.endpoints.values()) this.assertJoinable(endpoint);
    const failure = this.#portFailure(container) ?? this.#gpuFailure(container);
    if (failure === undefined) return;
    Object.assign(container, { exitCode: 128, error: failure.message });
    throw failure;
  }

  #portFailure({ spec }: WorldContainer): EngineError | undefined {
    const running = [...this.world.containers.values()].filter(isRunning);
    const held = new Set(running.flatMap((other) => other.spec.ports.map(({ hostPort }) => hostPort)));
    const taken = spec.ports.find(({ hostPort }) => held.has(hostPort) || this.world.outsiderPorts.has(hostPort));
    if (taken === undefined) return undefined;
    return new EngineError('portTaken', `port ${taken.hostPort} is already allocated`, { port: taken.hostPort });
  }

  #gpuFailure({ spec }: WorldContainer): EngineError | undefined {
    const real = spec.gpus.filter((uuid) => !uuid.startsWith('SIM-'));
    const broken = real.find((uuid) => !this.world.gpus.has(uuid) || this.world.brokenGpus.has(uuid));
    if (broken === undefined) return undefined;
    return new EngineError(
      'device',
      `device error: ${broken}: ${this.world.brokenGpus.get(broken) ?? 'unknown device'}`,
    );
  }

  /** Ends the container at once when its command does; init turns a missing command into code 127. */
  #runMain(container: WorldContainer): void {
    const { spec } = container;
    const result = runCommand(worldOf(this.world.layersOf(container), spec.env, spec.gpus), mainCommand(container));
    if ('chunks' in result) for (const { text } of result.chunks) this.world.print(container.id, text);
    if (result.kind === 'done') this.world.exit(container.id, result.exitCode);
    if (result.kind === 'missing') this.world.exit(container.id, 127);
  }
}

const mainCommand = ({ spec, image }: WorldContainer): readonly string[] => [
  ...(spec.entrypoint ?? image.entrypoint ?? []),
  ...(spec.cmd ?? image.cmd ?? []),
];

function stateOf(container: WorldContainer): ContainerState {
  const { id, spec, endpoints, status, exitCode, oomKilled, error, startedAt, finishedAt, gpuCount } = container;
  const networks = [...endpoints.values()].map((it) => ({ ...it, address: it.ipv4 }));
  const { name, labels, image, env, binds, ports } = spec;
  const state = { id, name, status, running: isRunning(container), exitCode, oomKilled, error, startedAt, finishedAt };
  return { ...state, labels, image, env, binds, ports, networks, gpuIds: spec.gpus, gpuCount };
}

function configOf({ spec, files }: WorldContainer) {
  const { cmd, entrypoint, user, workingDir } = spec;
  const env = spec.env.filter((entry) => !entry.startsWith('CONTAINER_VERSION='));
  return { cmd, entrypoint, user, workingDir, env, files: Object.fromEntries(files) };
}

const blankOwn = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, key.startsWith('berth.') ? '' : value]));

const foreignLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith('berth.')));
