/**
 * The connection to a Docker Engine. The only file that knows dockerode, and it loads it at the first call: it costs
 * some 130 ms and 33 MB, which a daemon without an engine need not pay.
 *
 * Invariants
 *  - Every call has a deadline, and ends with an EngineError when it fails.
 *  - Connections are kept alive; with a new one for each call, every second exec lost its input.
 *  - DOCKER_… variables of the environment change nothing: the address given is the one used.
 *
 * Not here: what failures mean (dockerErrors.ts), what is called (dockerEngine.ts).
 */
import { Agent, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { engineErrorOf } from './dockerErrors.ts';

export type { ContainerCreateOptions, ContainerInspectInfo, default as Docker, ImageInspectInfo } from 'dockerode';

/** How long a call of each kind may take. Commits and imports copy whole file systems. */
export const DEADLINE_MS = { read: 15_000, change: 120_000, copy: 2 * 60 * 60_000 } as const;

export interface StreamRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Readable;
}

const statusCodes = { 200: true, 400: 'bad parameter', 404: 'not found', 409: 'conflict', 500: 'server error' };

export type Send<T> = (docker: Docker, signal: AbortSignal) => Promise<T>;

export class DockerConnection {
  readonly address: string;
  readonly #target: Readonly<Record<string, unknown>>;
  #docker: Promise<Docker> | undefined;

  /** `unix:///path` or `tcp://host:port`. */
  constructor(address: string) {
    this.address = address;
    this.#target = targetOf(address);
  }

  /** `what` completes "Docker could not …". The signal ends the request, also while its answer streams in. */
  async call<T>(what: string, deadlineMs: number, send: Send<T>): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error(`no answer in ${deadlineMs / 1000} s`)), deadlineMs);
    try {
      return await Promise.race([send(await this.#open(), deadline.signal), rejectionOf(deadline.signal)]);
    } catch (failure) {
      throw engineErrorOf(failure, what, this.address);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The same, but undefined for what does not exist. */
  async find<T>(what: string, send: Send<T>): Promise<T | undefined> {
    return this.call(what, DEADLINE_MS.read, (docker, signal) => send(docker, signal).catch(undefinedIfMissing));
  }

  /** An answer that streams, once its head is there. Its end is the reader's to await; the signal breaks it off. */
  async open(what: string, signal: AbortSignal, request: StreamRequest): Promise<IncomingMessage> {
    const { method = 'GET', path, query, body } = request;
    return this.call(what, body === undefined ? DEADLINE_MS.read : DEADLINE_MS.copy, (docker, deadline) => {
      const abortSignal = AbortSignal.any([signal, deadline]);
      const options = {
        path: `${path}?`,
        method,
        options: query,
        isStream: true,
        statusCodes,
        abortSignal,
        file: body,
      };
      return new Promise((resolve, reject) => {
        docker.modem.dial(options, (failure: unknown, answer: unknown) =>
          failure == null ? resolve(answer as IncomingMessage) : reject(failure),
        );
      });
    });
  }

  #open(): Promise<Docker> {
    this.#docker ??= import('dockerode').then(({ default: Client }) => new Client(this.#target));
    return this.#docker;
  }
}

/** Everything that dockerode would else take from the environment is said, if only as undefined. */
function targetOf(address: string): Readonly<Record<string, unknown>> {
  const agent = new Agent({ keepAlive: true });
  const own = { protocol: 'http', agent, timeout: undefined, ca: undefined, cert: undefined, key: undefined };
  const [, socketPath] = /^unix:\/\/(\/.+)$/.exec(address) ?? [];
  if (socketPath !== undefined) return { ...own, socketPath, host: undefined, port: undefined };
  const [, host, port = '2375'] = /^tcp:\/\/([^/:]+|\[[0-9a-f:]+\])(?::(\d+))?\/?$/i.exec(address) ?? [];
  if (host === undefined) throw new Error(`the address of Docker is unix:///PATH or tcp://HOST:PORT, not ${address}`);
  return { ...own, host, port, socketPath: undefined };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function undefinedIfMissing(failure: unknown): undefined {
  if ((failure as { readonly statusCode?: number }).statusCode !== 404) throw failure;
  return undefined;
}
