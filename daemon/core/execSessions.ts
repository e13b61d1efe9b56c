/**
 * Commands that outlive their clients: each runs under an id, and a client may leave it and come back.
 *
 * Invariants
 *  - While a client is there, the command is held back by it; while none is, its output is read on and the last of it
 *    is kept, so that nothing ever waits for nobody.
 *  - One client at a time: a second one takes over.
 *  - What nobody came back for in time is ended, and what has ended is forgotten in time.
 *
 * Not here: frames and sockets (facades/execChannel.ts), commands that end with their client (execs.ts).
 */
import type { ExecView } from '../../common/contract/exec.ts';
import { AppError } from '../../common/errors.ts';
import { execBacklogBytesMax, execDetachedMs, execEndedKeptMs, execSessionsMax } from '../../common/limits.ts';
import type { ExecSession } from './engine.ts';
import type { OutputChunk } from './engineStreams.ts';

export interface ExecSessionParts {
  readonly now: () => Date;
  readonly newId: () => string;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What is to be known of a command besides its session. */
export interface ExecFacts extends Pick<ExecView, 'name' | 'version' | 'cmd' | 'tty' | 'actor'> {
  /** Of its set, whose name may change. */
  readonly uid: string;
}

export class ExecSessions {
  readonly #parts: ExecSessionParts;
  readonly #held = new Map<string, Held>();

  constructor(parts: ExecSessionParts) {
    this.#parts = parts;
  }

  /** `open` begins the command. */
  async create({ uid, ...facts }: ExecFacts, open: () => Promise<ExecSession>): Promise<ExecView> {
    const running = [...this.#held.values()].filter((it) => it.view.state === 'running');
    if (running.length >= execSessionsMax) {
      throw new AppError(
        'WRONG_STATE',
        `${execSessionsMax} sessions are open already; end one with berth sessions kill`,
      );
    }
    const { now, newId } = this.#parts;
    const id = newId();
    const startedAt = now().toISOString();
    const view: ExecView = {
      ...facts,
      id,
      state: 'running',
      exitCode: null,
      attached: false,
      startedAt,
      endedAt: null,
    };
    const held = new Held(uid, view, await open(), this.#parts, () => this.#held.delete(id));
    this.#held.set(id, held);
    return held.view;
  }

  list(): readonly Held[] {
    return [...this.#held.values()];
  }

  /** Throws EXEC_NOT_FOUND. */
  get(id: string): Held {
    const held = this.#held.get(id);
    if (held === undefined)
      throw new AppError('EXEC_NOT_FOUND', `there is no session ${id}; it has ended, or never was`);
    return held;
  }

  /** With the daemon: commands end as their connection does. */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#held.values()].map((it) => it.kill()));
  }
}

export class Held {
  readonly uid: string;
  view: ExecView;
  readonly #session: ExecSession;
  readonly #parts: ExecSessionParts;
  readonly #forget: () => void;
  readonly #exit = Promise.withResolvers<number>();
  readonly #backlog: OutputChunk[] = [];
  #backlogBytes = 0;
  #client: Client | undefined;
  #patience = new AbortController();

  constructor(uid: string, view: ExecView, session: ExecSession, parts: ExecSessionParts, forget: () => void) {
    this.uid = uid;
    this.view = view;
    this.#session = session;
    this.#parts = parts;
    this.#forget = forget;
    this.#exit.promise.catch(() => undefined);
    void this.#pump();
    this.#awaitClient();
  }

  /** What was missed first, then what comes. `kill` of the answer only leaves it. */
  attach(): ExecSession {
    if (this.#client !== undefined) this.#takeBack(this.#client);
    this.#patience.abort();
    const client = new Client(this.#backlog.splice(0), this.view.state === 'ended');
    this.#backlogBytes = 0;
    this.#client = client;
    this.view = { ...this.view, attached: true };
    const session = this.#session;
    return {
      output: client.read(),
      write: (bytes) => session.write(bytes),
      endInput: () => session.endInput(),
      resize: (columns, rows) => session.resize(columns, rows),
      exitCode: async () => {
        if (client.hasLeft) throw new AppError('WRONG_STATE', 'another client took this session over');
        return this.#exit.promise;
      },
      kill: async () => this.#left(client),
    };
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.#session.resize(columns, rows);
  }

  kill(): Promise<void> {
    return this.#session.kill();
  }

  #takeBack(client: Client): void {
    for (const chunk of client.leave()) this.#keep(chunk);
  }

  #left(client: Client): void {
    if (this.#client !== client) return;
    this.#takeBack(client);
    this.#client = undefined;
    this.view = { ...this.view, attached: false };
    if (this.view.state === 'running') this.#awaitClient();
  }

  #awaitClient(): void {
    this.#patience = new AbortController();
    const { signal } = this.#patience;
    void this.#parts.sleep(execDetachedMs, signal).then(async () => {
      if (!signal.aborted && this.#client === undefined) await this.kill();
    });
  }

  async #pump(): Promise<void> {
    try {
      for await (const chunk of this.#session.output) {
        if (this.#client === undefined) this.#keep(chunk);
        else await this.#client.give(chunk);
      }
      const exitCode = await this.#session.exitCode();
      this.#exit.resolve(exitCode);
      this.#ended(exitCode);
    } catch (error) {
      this.#exit.reject(error);
      this.#ended(null);
    }
  }

  #keep(chunk: OutputChunk): void {
    this.#backlog.push(chunk);
    this.#backlogBytes += chunk.bytes.length;
    while (this.#backlogBytes > execBacklogBytesMax) this.#backlogBytes -= this.#backlog.shift()?.bytes.length ?? 0;
  }

  #ended(exitCode: number | null): void {
    this.#patience.abort();
    this.view = { ...this.view, state: 'ended', exitCode, endedAt: this.#parts.now().toISOString() };
    this.#client?.end();
    void this.#parts.sleep(execEndedKeptMs, new AbortController().signal).then(this.#forget);
  }
}

/** A reader that may leave at any time. */
class Client {
  readonly #waiting: OutputChunk[];
  #over: boolean;
  #wake = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();
  hasLeft = false;

  constructor(missed: OutputChunk[], over: boolean) {
    this.#waiting = missed;
    this.#over = over;
  }

  /** Resolves once it was taken, or the reader has left. */
  async give(chunk: OutputChunk): Promise<void> {
    this.#taken = Promise.withResolvers<void>();
    this.#waiting.push(chunk);
    this.#wake.resolve();
    await this.#taken.promise;
  }

  async *read(): AsyncGenerator<OutputChunk> {
    while (!this.hasLeft) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      this.#taken.resolve();
      if (this.#over) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }

  end(): void {
    this.#over = true;
    this.#wake.resolve();
  }

  /** What it has not read. */
  leave(): readonly OutputChunk[] {
    this.hasLeft = true;
    this.#wake.resolve();
    this.#taken.resolve();
    return this.#waiting.splice(0);
  }
}
