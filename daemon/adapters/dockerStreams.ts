/**
 * Looks into containers, and what Docker streams of them: logs, figures, archives, the main process's terminal.
 *
 * Invariants
 *  - Nothing is gathered: each chunk is handed on when its reader asks for it, and Docker waits meanwhile.
 *  - A signal that fires ends the connection, and with it what Docker does for it.
 *
 * Not here: connections (dockerConnection.ts), frames (dockerExecStream.ts), figures (dockerUsage.ts).
 */
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { EngineError } from '../core/engine.ts';
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
} from '../core/engineStreams.ts';
import { DEADLINE_MS, type DockerConnection, type Send } from './dockerConnection.ts';
import { engineErrorOf } from './dockerErrors.ts';
import { linesOf } from './dockerEvents.ts';
import { DETACH_KEYS, writeTo } from './dockerExec.ts';
import { framedChunks, terminalChunks } from './dockerExecStream.ts';
import { type RawStats, usageOf } from './dockerUsage.ts';

const STAT_HEADER = 'x-docker-container-path-stat';

export abstract class DockerStreams implements EngineStreams {
  readonly #connection: DockerConnection;

  constructor(connection: DockerConnection) {
    this.#connection = connection;
  }

  async inspectRaw(container: string): Promise<Readonly<Record<string, unknown>>> {
    const info = await this.#ask(`show ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).inspect({ abortSignal }),
    );
    return info as unknown as Readonly<Record<string, unknown>>;
  }

  async top(container: string, psArgs: string | undefined): Promise<ProcessTable> {
    const answer = (await this.#ask(`list the processes of ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).top({ ...(psArgs === undefined ? {} : { ps_args: psArgs }), abortSignal }),
    )) as { readonly Titles: readonly string[]; readonly Processes: readonly (readonly string[])[] | null };
    return { titles: answer.Titles, processes: answer.Processes ?? [] };
  }

  async changes(container: string): Promise<readonly FileChange[]> {
    const answer = (await this.#ask(`compare the files of ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).changes({ abortSignal }),
    )) as readonly { readonly Path: string; readonly Kind: FileChange['kind'] }[] | null;
    return (answer ?? []).map(({ Path: path, Kind: kind }) => ({ path, kind }));
  }

  async resize(container: string, columns: number, rows: number): Promise<void> {
    await this.#ask(`resize the terminal of ${container}`, (docker, abortSignal) =>
      docker.getContainer(container).resize({ w: columns, h: rows, abortSignal }),
    );
  }

  async usage(container: string, signal: AbortSignal): Promise<AsyncIterable<ContainerUsage>> {
    const what = `measure ${container}`;
    const answer = await this.#connection.open(what, signal, { path: `/containers/${container}/stats`, query: {} });
    return this.#guarded(what, signal, measurements(answer));
  }

  async logs(container: string, query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<OutputChunk>> {
    const what = `read the log of ${container}`;
    const tty = await this.#hasTerminal(what, container);
    const { since, until, tail, ...flags } = query;
    const answer = await this.#connection.open(what, signal, {
      path: `/containers/${container}/logs`,
      query: { ...flags, ...defined({ since, until, tail }) },
    });
    return this.#guarded(what, signal, tty ? terminalChunks(answer) : framedChunks(answer));
  }

  async exportFiles(container: string, signal: AbortSignal): Promise<ByteStream> {
    const what = `export the files of ${container}`;
    const answer = await this.#connection.open(what, signal, { path: `/containers/${container}/export`, query: {} });
    return this.#guarded(what, signal, answer);
  }

  async statPath(container: string, path: string): Promise<PathStat> {
    const what = `look at ${path} in ${container}`;
    await this.#hasTerminal(what, container); // A HEAD that fails does not say what was not found.
    const answer = await this.#connection
      .open(what, new AbortController().signal, {
        method: 'HEAD',
        path: `/containers/${container}/archive`,
        query: { path },
      })
      .catch((error: unknown) => {
        throw isNotFound(error) ? new EngineError('pathNotFound', `there is no ${path} in the container`) : error;
      });
    answer.resume();
    return statIn(answer.headers[STAT_HEADER]);
  }

  async readArchive(container: string, path: string, signal: AbortSignal) {
    const what = `read ${path} of ${container}`;
    const request = { path: `/containers/${container}/archive`, query: { path } };
    const answer = await this.#connection.open(what, signal, request).catch((error: unknown) => {
      throw pathFailure(error);
    });
    return { stat: statIn(answer.headers[STAT_HEADER]), bytes: this.#guarded(what, signal, answer) };
  }

  /** Docker answers when it has unpacked everything, or as soon as it refuses. */
  async writeArchive(
    container: string,
    path: string,
    bytes: ByteStream,
    options: ArchiveOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const source = Readable.from(bytes, { objectMode: false });
    const over = new AbortController();
    try {
      const answer = await this.#connection.open(
        `write to ${path} of ${container}`,
        AbortSignal.any([signal, over.signal]),
        {
          method: 'PUT',
          path: `/containers/${container}/archive`,
          query: { path, ...options },
          body: source,
        },
      );
      answer.resume();
    } catch (error) {
      throw pathFailure(error);
    } finally {
      over.abort();
      source.destroy();
    }
  }

  async wait(container: string, condition: WaitCondition, signal: AbortSignal): Promise<number> {
    const what = `wait for ${container}`;
    const answer = await this.#connection.open(what, signal, {
      method: 'POST',
      path: `/containers/${container}/wait`,
      query: { condition },
    });
    let text = '';
    for await (const chunk of this.#guarded(what, signal, answer)) text += Buffer.from(chunk).toString();
    if (signal.aborted) throw new EngineError('unknown', `${container} was not waited for to its end`);
    return (JSON.parse(text) as { readonly StatusCode: number }).StatusCode;
  }

  async attach(container: string, stdin: boolean): Promise<Attachment> {
    const what = `attach to ${container}`;
    const tty = await this.#hasTerminal(what, container);
    const socket = await this.#connection.call(what, DEADLINE_MS.change, (docker, abortSignal) =>
      docker.getContainer(container).attach({
        stream: true,
        stdin,
        stdout: true,
        stderr: true,
        hijack: true,
        detachKeys: DETACH_KEYS,
        abortSignal,
      }),
    );
    return attachmentTo(socket as Duplex, tty);
  }

  #ask<T>(what: string, send: Send<T>): Promise<T> {
    return this.#connection.call(what, DEADLINE_MS.read, send);
  }

  async #hasTerminal(what: string, container: string): Promise<boolean> {
    const info = await this.#ask(what, (docker, abortSignal) =>
      docker.getContainer(container).inspect({ abortSignal }),
    );
    return info.Config.Tty;
  }

  async *#guarded<T>(what: string, signal: AbortSignal, source: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* source;
    } catch (cause) {
      if (!signal.aborted) throw engineErrorOf(cause, what, this.#connection.address);
    }
  }
}

const isNotFound = (error: unknown): boolean => error instanceof EngineError && error.kind === 'notFound';

/** The same status says that the container, and that the path in it, was not found; the text tells them apart. */
function pathFailure(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const { message, cause } = error;
  if (/not a directory|is a directory|cannot overwrite/i.test(message))
    return new EngineError('notDirectory', message, { cause });
  if (/could not find the file|no such file or directory/i.test(message))
    return new EngineError('pathNotFound', message, { cause });
  if (/processing tar file|archive\/tar:|unexpected EOF/i.test(message))
    return new EngineError('badArchive', message, { cause });
  return error;
}

const defined = (fields: Readonly<Record<string, string | number | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

async function* measurements(source: AsyncIterable<Buffer>): AsyncGenerator<ContainerUsage> {
  for await (const line of linesOf(source)) {
    const usage = usageOf(JSON.parse(line) as RawStats);
    if (usage === undefined) return; // Zeros, for ever: the container has ended.
    yield usage;
  }
}

/** The header is base64 of JSON; an engine that leaves it out is not Docker. */
function statIn(header: string | readonly string[] | undefined): PathStat {
  if (typeof header !== 'string') throw new EngineError('failed', 'Docker did not say what is at the path');
  return JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat;
}

function attachmentTo(socket: Duplex, tty: boolean): Attachment {
  socket.on('error', () => {}); // The reader is told; where nobody reads, nobody minds.
  return {
    output: (tty ? terminalChunks : framedChunks)(socket as AsyncIterable<Buffer>),
    write: (bytes) => writeTo(socket, bytes),
    endInput: () => socket.end(),
    detach: () => socket.destroy(),
  };
}
