/**
 * The looks and streams of the in-memory engine. Containers print what their commands print, and what a test makes
 * them print (`world.print`); their archives are real tar.
 *
 * Not here: the verbs that change containers (memoryEngine.ts).
 */
import { EngineError } from '../../daemon/core/engine.ts';
import type {
  ArchiveOptions,
  Attachment,
  ByteStream,
  ContainerUsage,
  EngineStreams,
  FileChange,
  LogQuery,
  OutputChunk,
  PathStat,
  ProcessTable,
  WaitCondition,
} from '../../daemon/core/engineStreams.ts';
import { rfc3339Of } from '../../daemon/core/timeRange.ts';
import type { ModelVerb } from './memoryEngineFaults.ts';
import type { EngineModel } from './memoryEngineModel.ts';
import { DIRECTORY, packed, statOf, unpackedInto } from './memoryEngineTar.ts';
import { isRunning, type LogLine, type WorldContainer } from './memoryEngineWorld.ts';

export abstract class MemoryStreams implements EngineStreams {
  abstract readonly model: EngineModel;

  inspectRaw(container: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#on('inspectRaw', container, ({ id, spec, status }) => ({
      Id: id,
      Name: `/${spec.name}`,
      State: { Status: status },
      Config: { Image: spec.image, Env: [...spec.env], Tty: true },
    }));
  }

  top(container: string, psArgs: string | undefined): Promise<ProcessTable> {
    return this.#on('top', container, ({ id }) => ({
      titles: psArgs === undefined ? ['UID', 'PID', 'CMD'] : ['PID', 'CMD'],
      processes: this.model
        .processes(id)
        .map(({ pid, command }) => (psArgs === undefined ? ['root', String(pid), command] : [String(pid), command])),
    }));
  }

  changes(container: string): Promise<readonly FileChange[]> {
    return this.#on('changes', container, ({ files, image }) => {
      const kind = (path: string): FileChange['kind'] => (!files.has(path) ? 2 : image.files.has(path) ? 0 : 1);
      const all = [...new Set([...files.keys(), ...image.files.keys()])];
      return all
        .filter((path) => files.get(path) !== image.files.get(path))
        .map((path) => ({ path, kind: kind(path) }));
    });
  }

  /** Two figures at once, as the second is the first that counts; then one after each thing that happens. */
  usage(container: string, signal: AbortSignal): Promise<AsyncIterable<ContainerUsage>> {
    return this.#on('usage', container, (it) => this.#measure(it, signal));
  }

  async *#measure(container: WorldContainer, signal: AbortSignal): AsyncGenerator<ContainerUsage> {
    for (let count = 0; isRunning(container) && !signal.aborted; count += 1) {
      if (count >= 2) await this.model.world.touched(signal);
      if (!isRunning(container) || signal.aborted) return;
      yield { ...FIGURES, cpuPercent: count === 0 ? null : 12.5 };
    }
  }

  logs(container: string, query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<OutputChunk>> {
    return this.#on('logs', container, (it) => this.#read(it, query, signal));
  }

  async *#read(container: WorldContainer, query: LogQuery, signal: AbortSignal): AsyncGenerator<OutputChunk> {
    const chosen = container.log.filter((line) => isChosen(line, query));
    const shown = query.tail === undefined ? chosen : query.tail === 0 ? [] : chosen.slice(-query.tail);
    for (const line of shown) yield chunkOf(line, query.timestamps);
    if (query.follow) yield* this.#printed(container, container.log.length, query.timestamps, signal);
  }

  /** What is printed from the `at`th line on, until the container ends. */
  async *#printed(container: WorldContainer, at: number, timestamps: boolean, signal: AbortSignal) {
    for (let next = at; !signal.aborted; ) {
      for (const line of container.log.slice(next)) yield chunkOf(line, timestamps);
      next = container.log.length;
      if (!isRunning(container)) return;
      await this.model.world.touched(signal);
    }
  }

  exportFiles(container: string, _signal: AbortSignal): Promise<ByteStream> {
    return this.#on('exportFiles', container, ({ files }) => packed(files, '/', ''));
  }

  statPath(container: string, path: string): Promise<PathStat> {
    return this.#on('statPath', container, ({ files }) => this.#stat(files, path));
  }

  readArchive(container: string, path: string, _signal: AbortSignal) {
    return this.#on('readArchive', container, ({ files }) => {
      const stat = this.#stat(files, path);
      return { stat, bytes: packed(files, path, stat.name) };
    });
  }

  async writeArchive(container: string, path: string, bytes: ByteStream, _options: ArchiveOptions): Promise<void> {
    const files = await this.#on('writeArchive', container, (it) => it.files);
    if (this.#stat(files, path).mode < DIRECTORY) throw new EngineError('notDirectory', `${path} is not a directory`);
    await unpackedInto(files, path, bytes);
  }

  #stat(files: ReadonlyMap<string, string>, path: string): PathStat {
    const stat = statOf(files, path);
    if (stat === undefined) throw new EngineError('pathNotFound', `Could not find the file ${path} in container`);
    return stat;
  }

  async wait(container: string, condition: WaitCondition, signal: AbortSignal): Promise<number> {
    const it = await this.#on('wait', container, (found) => found);
    const begun = it.exits;
    const { world } = this.model;
    const isOver = (): boolean => {
      if (condition === 'removed') return !world.containers.has(it.id);
      return condition === 'next-exit' ? it.exits > begun : !isRunning(it);
    };
    while (!isOver()) {
      if (signal.aborted) throw new EngineError('unknown', 'not waited for to its end');
      await world.touched(signal);
    }
    return it.exitCode;
  }

  /** The terminal gives back what is typed. */
  attach(container: string, _stdin: boolean): Promise<Attachment> {
    return this.#running('attach', container, (it) => {
      const left = new AbortController();
      return {
        output: this.#printed(it, it.log.length, false, left.signal),
        write: async (bytes) => this.model.world.print(it.id, Buffer.from(bytes).toString()),
        endInput: () => {},
        detach: () => left.abort(),
      };
    });
  }

  resize(container: string, columns: number, rows: number): Promise<void> {
    return this.#running('resize', container, (it) => {
      it.size = { columns, rows };
    });
  }

  async #on<T>(verb: ModelVerb, container: string, effect: (it: WorldContainer) => T): Promise<T> {
    return this.model.faults.apply(verb, () => effect(this.model.world.get(container)));
  }

  #running<T>(verb: ModelVerb, container: string, effect: (it: WorldContainer) => T): Promise<T> {
    return this.#on(verb, container, (it) => {
      if (!isRunning(it)) throw new EngineError('conflict', `Container ${it.id} is not running`);
      return effect(it);
    });
  }
}

const FIGURES: Omit<ContainerUsage, 'cpuPercent'> = {
  at: '2026-01-01T00:00:00.000Z',
  memoryBytes: 64 * 2 ** 20,
  memoryLimitBytes: 2 ** 30,
  processes: 1,
  receivedBytes: 100,
  sentBytes: 200,
  readBytes: 300,
  writtenBytes: 400,
};

const isChosen = ({ at, stream }: LogLine, { since, until, ...query }: LogQuery): boolean =>
  query[stream] && (since === undefined || at >= rfc3339Of(since)) && (until === undefined || at <= rfc3339Of(until));

const chunkOf = ({ stream, text, at }: LogLine, timestamps: boolean): OutputChunk => ({
  stream,
  bytes: Buffer.from(timestamps ? `${at} ${text}` : text),
});
