/**
 * The in-memory engine behind the promises of the real one. Both pass the tests of engine/conformance.ts.
 *
 *   const engine = new MemoryEngine({ gpus: [...], images: ['app:1'] });
 *   engine.world     what happens behind Berth's back: exit, freeze, addForeign, outsiderPorts, brokenGpus, readFile…
 *   engine.faults    setDown, failNext, loseAnswer, settleLate
 *   engine.model     the same verbs without promises
 *   engine.hold('commit')   calls of that verb wait, before they take effect, until the function returned is called
 *   engine.calls     every changing verb so far, as `verb name`
 */
import type {
  ContainerLimits,
  ContainerProcess,
  ContainerSpec,
  ContainerState,
  ContainerSummary,
  Endpoint,
  Engine,
  EngineEvent,
  EngineInfo,
  ExecSession,
  ExecSpec,
  ImageInfo,
  ImageSummary,
  NetworkInfo,
  OnBytes,
  VolumeSummary,
} from '../../daemon/core/engine.ts';
import { EngineError } from '../../daemon/core/engine.ts';
import type { HostTasks } from '../../daemon/core/host.ts';
import { MemoryExec } from './memoryEngineExec.ts';
import type { EngineFaults, ModelVerb } from './memoryEngineFaults.ts';
import { EngineModel } from './memoryEngineModel.ts';
import { MemoryStreams } from './memoryEngineStreams.ts';
import type { EngineWorld, EngineWorldOptions } from './memoryEngineWorld.ts';

export type { ModelVerb } from './memoryEngineFaults.ts';
export { EngineModel } from './memoryEngineModel.ts';

export class MemoryEngine extends MemoryStreams implements Engine {
  readonly model: EngineModel;
  readonly calls: string[] = [];
  readonly #gates = new Map<ModelVerb, Promise<void>>();

  constructor(options: EngineWorldOptions | EngineModel = {}) {
    super();
    this.model = options instanceof EngineModel ? options : new EngineModel(options);
  }

  get world(): EngineWorld {
    return this.model.world;
  }

  get faults(): EngineFaults {
    return this.model.faults;
  }

  /** What `/proc` would say about the containers of this engine. */
  get hostTasks(): HostTasks {
    return { tasksOf: async (containerId) => this.world.tasksOf(containerId) };
  }

  /** Calls of the verb wait, before they take effect, until the function returned is called. */
  hold(verb: ModelVerb): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(verb, promise);
    return () => {
      if (this.#gates.get(verb) === promise) this.#gates.delete(verb);
      resolve();
    };
  }

  async #call<T>(verb: ModelVerb, subject: string, effect: () => T): Promise<T> {
    if (!/^(inspect|list|info|processes)/.test(verb)) this.calls.push(`${verb} ${subject}`);
    await this.#gates.get(verb);
    return effect();
  }

  info(): Promise<EngineInfo> {
    return this.#call('info', '', () => this.model.info());
  }

  create(spec: ContainerSpec): Promise<string> {
    return this.#call('create', spec.name, () => this.model.create(structuredClone(spec)));
  }

  start(container: string): Promise<void> {
    return this.#call('start', container, () => this.model.start(container));
  }

  stop(container: string, timeoutS: number): Promise<void> {
    return this.#call('stop', container, () => this.model.stop(container, timeoutS));
  }

  kill(container: string, signal: string): Promise<void> {
    return this.#call('kill', container, () => this.model.kill(container, signal));
  }

  update(container: string, limits: ContainerLimits): Promise<void> {
    return this.#call('update', container, () => this.model.update(container, limits));
  }

  freeze(container: string): Promise<void> {
    return this.#call('freeze', container, () => this.model.freeze(container));
  }

  thaw(container: string): Promise<void> {
    return this.#call('thaw', container, () => this.model.thaw(container));
  }

  remove(container: string): Promise<void> {
    return this.#call('remove', container, () => this.model.remove(container));
  }

  inspectContainer(container: string): Promise<ContainerState | undefined> {
    return this.#call('inspectContainer', container, () => this.model.inspectContainer(container));
  }

  listContainers(): Promise<readonly ContainerSummary[]> {
    return this.#call('listContainers', '', () => this.model.listContainers());
  }

  listNetworks(): Promise<readonly NetworkInfo[]> {
    return this.#call('listNetworks', '', () => this.model.listNetworks());
  }

  inspectNetwork(network: string): Promise<NetworkInfo | undefined> {
    return this.#call('inspectNetwork', network, () => this.model.inspectNetwork(network));
  }

  connect(container: string, endpoint: Endpoint): Promise<void> {
    return this.#call('connect', container, () => this.model.connect(container, endpoint));
  }

  disconnect(container: string, network: string): Promise<void> {
    return this.#call('disconnect', container, () => this.model.disconnect(container, network));
  }

  commit(container: string, tag: string, comment: string): Promise<void> {
    return this.#call('commit', container, () => this.model.commit(container, tag, comment));
  }

  flatten(container: string, tag: string, comment: string, onBytes: OnBytes): Promise<void> {
    return this.#call('flatten', container, () => this.model.flatten(container, tag, comment, onBytes));
  }

  inspectImage(image: string): Promise<ImageInfo | undefined> {
    return this.#call('inspectImage', image, () => this.model.inspectImage(image));
  }

  removeImage(image: string): Promise<void> {
    return this.#call('removeImage', image, () => this.model.removeImage(image));
  }

  listImages(): Promise<readonly ImageSummary[]> {
    return this.#call('listImages', '', () => this.model.listImages());
  }

  createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    return this.#call('createVolume', name, () => this.model.createVolume(name, labels));
  }

  removeVolume(name: string): Promise<void> {
    return this.#call('removeVolume', name, () => this.model.removeVolume(name));
  }

  inspectVolume(name: string): Promise<VolumeSummary | undefined> {
    return this.#call('inspectVolume', name, () => this.model.inspectVolume(name));
  }

  listVolumes(): Promise<readonly VolumeSummary[]> {
    return this.#call('listVolumes', '', () => this.model.listVolumes());
  }

  processes(container: string): Promise<readonly ContainerProcess[]> {
    return this.#call('processes', container, () => this.model.processes(container));
  }

  exec(container: string, spec: ExecSpec): Promise<ExecSession> {
    return this.#call(
      'execute',
      container,
      () => new MemoryExec(this.model.execute(container, spec.cmd, spec.env), spec),
    );
  }

  /** Ends when the signal aborts; throws `down` once the engine is down. Nothing after this call is missed. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    const waiting: EngineEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const off = [
      this.world.onEvent((event) => {
        waiting.push(event);
        wake.resolve();
      }),
      this.faults.onDown(() => wake.resolve()),
    ];
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    const next = async (): Promise<readonly EngineEvent[]> => {
      if (waiting.length === 0 && !this.faults.down && !signal.aborted) await wake.promise;
      wake = Promise.withResolvers<void>();
      return waiting.splice(0);
    };
    return this.#drain(signal, next, off);
  }

  async *#drain(
    signal: AbortSignal,
    next: () => Promise<readonly EngineEvent[]>,
    off: readonly (() => void)[],
  ): AsyncGenerator<EngineEvent> {
    try {
      while (!signal.aborted) {
        yield* await next();
        if (this.faults.down) throw new EngineError('down', 'the event stream of the engine broke off');
      }
    } finally {
      for (const stop of off) stop();
    }
  }
}
