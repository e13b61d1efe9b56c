/**
 * The state behind the in-memory engine, and what tests do to it behind Berth's back: containers that end by
 * themselves, foreign containers, GPUs that break, ports that others hold.
 *
 * Invariants
 *  - A live task keeps its GPUs whatever its container's status says, also after the container is removed.
 *  - Ids, pids and times depend on the calls alone.
 *
 * Not here: what the engine's verbs do and refuse (memoryEngineModel.ts).
 */
import { createHash } from 'node:crypto';
import { type ContainerSpec, EngineError, type EngineEvent } from '../../daemon/core/engine.ts';
import { stubGpus } from './engine/stubGpus.ts';
import { type Files, type Layers, worldOf } from './memoryEngineFiles.ts';
import { PLAIN_IMAGE, PLAIN_SPEC } from './memoryEnginePlain.ts';
import {
  type EngineWorldOptions,
  isRunning,
  type LiveTask,
  type WorldContainer,
  type WorldImage,
  type WorldNetwork,
  type WorldVolume,
} from './memoryEngineRecords.ts';

export * from './memoryEngineRecords.ts';

/** Signals that a process with no handler of its own ends by. */
const FATAL: Readonly<Record<string, number>> = { HUP: 1, INT: 2, KILL: 9, TERM: 15 };

/** Whether a container that runs has this host path, or this volume, bound. */
export const runsWith = (containers: Iterable<WorldContainer>, source: string): boolean =>
  [...containers].some((it) => isRunning(it) && it.spec.binds.some((bind) => bind.startsWith(`${source}:`)));

export class EngineWorld {
  readonly containers = new Map<string, WorldContainer>();
  /** By tag. */
  readonly images = new Map<string, WorldImage>();
  readonly volumes = new Map<string, WorldVolume>();
  readonly networks = new Map<string, WorldNetwork>();
  readonly gpus: Set<string>;
  /** GPUs that refuse to start, with what the driver says. */
  readonly brokenGpus = new Map<string, string>();
  /** Host ports that something outside the engine holds. */
  readonly outsiderPorts = new Set<number>();
  /** Files of the host, which binds of host paths reach. */
  readonly hostFiles: Files = new Map();
  readonly #tasks = new Map<string, LiveTask>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #waiting = new Set<() => void>();
  #strandNextStart: { readonly holdingPorts: boolean } | undefined;
  #count = 0;

  constructor({ gpus = stubGpus(), images = ['berth-test/busybox:1'] }: EngineWorldOptions = {}) {
    this.gpus = new Set(gpus);
    for (const image of images) this.addImage(image);
    this.addNetwork('bridge');
    this.addNetwork('host', { driver: 'host' });
    this.addNetwork('none', { driver: 'null' });
  }

  /** An image under a tag, with files by absolute path; a tag that exists moves to it. */
  addImage(
    tag: string,
    parts: Partial<Omit<WorldImage, 'files'>> & { files?: Readonly<Record<string, string>> } = {},
  ): void {
    const files = new Map(Object.entries(parts.files ?? {}));
    const sizeBytes = [...files.values()].reduce((sum, text) => sum + text.length, 0);
    this.images.set(tag, { ...PLAIN_IMAGE, id: `sha256:${this.#newId()}`, sizeBytes, ...parts, files });
  }

  /** `docker network create`; with a subnet, it gives addresses that are asked for. */
  addNetwork(name: string, { driver = 'bridge', subnet }: { driver?: string; subnet?: string } = {}): void {
    const subnets = [subnet ?? '172.18.0.0/16'];
    this.networks.set(name, { name, driver, subnets, internal: false, configured: subnet !== undefined });
  }

  /** By tag or id. */
  findImage(name: string): WorldImage | undefined {
    return this.images.get(name) ?? [...this.images.values()].find(({ id }) => id === name);
  }

  addContainer(spec: ContainerSpec, image: WorldImage, gpuCount = 0): WorldContainer {
    const endpoint = spec.network ?? { network: 'bridge', aliases: [], ipv4: null };
    const container: WorldContainer = {
      id: this.#newId(),
      spec,
      image,
      files: new Map(image.files),
      endpoints: new Map([[endpoint.network, endpoint]]),
      gpuCount,
      log: [],
      exits: 0,
      size: undefined,
      status: 'created',
      exitCode: 0,
      oomKilled: false,
      error: '',
      startedAt: null,
      finishedAt: null,
    };
    this.containers.set(container.id, container);
    return container;
  }

  /** A running container of somebody else, which may ask for GPUs by index, or by number alone. Its id. */
  addForeign(spec: Partial<ContainerSpec> & { readonly name: string; readonly gpuCount?: number }): string {
    this.addImage('foreign:1');
    const { gpuCount = 0, ...rest } = spec;
    const image = this.images.get('foreign:1') as WorldImage;
    const container = this.addContainer({ ...PLAIN_SPEC, image: 'foreign:1', ...rest }, image, gpuCount);
    this.begin(container);
    return container.id;
  }

  /** By id or name. */
  find(name: string): WorldContainer | undefined {
    return this.containers.get(name) ?? [...this.containers.values()].find(({ spec }) => spec.name === name);
  }

  get(name: string): WorldContainer {
    const container = this.find(name);
    if (container === undefined) throw new EngineError('notFound', `No such container: ${name}`);
    return container;
  }

  /** The container's process is alive from here on. */
  begin(container: WorldContainer): void {
    this.#count += 1;
    const { id, spec } = container;
    this.#tasks.set(id, { containerId: id, pid: 1000 + this.#count, gpus: spec.gpus });
    if (this.#strandNextStart !== undefined) {
      if (this.#strandNextStart.holdingPorts) for (const { hostPort } of spec.ports) this.outsiderPorts.add(hostPort);
      this.#strandNextStart = undefined;
      throw new EngineError('unknown', 'the engine died while the container started');
    }
    Object.assign(container, { status: 'running', error: '', exitCode: 0, oomKilled: false, startedAt: this.#now() });
    this.emit(container, 'start');
  }

  /** The container ends, by itself or killed. */
  exit(name: string, exitCode: number, { oom = false } = {}): void {
    const container = this.get(name);
    if (!isRunning(container)) return;
    this.#tasks.delete(container.id);
    container.exits += 1;
    Object.assign(container, { status: 'exited', exitCode, oomKilled: oom, finishedAt: this.#now() });
    if (oom) this.emit(container, 'oom');
    this.emit(container, 'die', exitCode);
  }

  /** Its main process gets a signal; those by which processes are ended end it. */
  signal(name: string, signal: string): void {
    this.emit(this.get(name), 'kill');
    const number = FATAL[signal.replace(/^SIG/, '')];
    if (number !== undefined) this.exit(name, 128 + number);
  }

  /** `docker pause`; `thaw` undoes it. */
  freeze(name: string): void {
    const container = this.get(name);
    container.status = 'paused';
    this.emit(container, 'pause');
  }

  thaw(name: string): void {
    const container = this.get(name);
    container.status = 'running';
    this.emit(container, 'unpause');
  }

  /** Every container is killed and no event tells, as when the engine or its host is started anew. */
  reboot(): void {
    this.#tasks.clear();
    const finishedAt = this.#now();
    for (const container of [...this.containers.values()].filter(isRunning)) {
      Object.assign(container, { status: 'exited', exitCode: 255, finishedAt });
    }
  }

  /** The next start ends `unknown` and leaves a live task behind a container that stays `created`. */
  strandNextStart({ holdingPorts = false } = {}): void {
    this.#strandNextStart = { holdingPorts };
  }

  /** PIDs of what is alive of a container, by its id, whatever the engine says of it. */
  tasksOf(containerId: string): readonly number[] {
    const task = this.#tasks.get(containerId);
    return task === undefined ? [] : [task.pid];
  }

  /** Kills what is alive of a container, past the engine. */
  endTasks(containerId: string): void {
    this.#tasks.delete(containerId);
  }

  /** Who is on which GPU at this moment: one UUID in two of them is a double grant. */
  liveTasks(): readonly LiveTask[] {
    return [...this.#tasks.values()];
  }

  /** The text of a file as the container sees it, running or not. */
  readFile(name: string, path: string): string | undefined {
    return worldOf(this.layersOf(this.get(name)), [], []).read(path);
  }

  writeFile(name: string, path: string, text: string): void {
    worldOf(this.layersOf(this.get(name)), [], []).write(path, text);
  }

  layersOf({ files, spec }: WorldContainer): Layers {
    return {
      own: files,
      hostFiles: this.hostFiles,
      binds: spec.binds,
      volumeFiles: (name) => this.#volume(name).files,
    };
  }

  /** Calls back for every event, in order, until the function returned is called. */
  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit({ id, spec }: WorldContainer, action: string, exitCode: number | null = null): void {
    this.#touch();
    for (const listener of this.#listeners) {
      listener({ type: 'container', action, containerId: id, labels: spec.labels, exitCode });
    }
  }

  /** Its main process prints this. */
  print(name: string, text: string): void {
    this.get(name).log.push({ stream: 'stdout', text, at: this.#now().replace('Z', '000000Z') });
    this.#touch();
  }

  /** Once anything happens to any container, or the signal fires. */
  async touched(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (!signal.aborted) await promise;
    this.#waiting.delete(resolve);
  }

  #touch(): void {
    for (const wake of this.#waiting) wake();
  }

  /** A volume named in a bind comes to be, as with Docker. */
  #volume(name: string): WorldVolume {
    const volume = this.volumes.get(name) ?? { labels: {}, files: new Map() };
    this.volumes.set(name, volume);
    return volume;
  }

  #newId(): string {
    this.#count += 1;
    return createHash('sha256').update(String(this.#count)).digest('hex');
  }

  #now(): string {
    this.#count += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.#count * 1000).toISOString();
  }
}
