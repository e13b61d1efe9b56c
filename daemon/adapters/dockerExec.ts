/**
 * A command in a container over Docker's exec, which has traps: no way to end a command, no failure for one that
 * cannot start, an exit code only afterwards, and a detach key that swallows Ctrl-P.
 *
 * Invariants
 *  - Reading slowly slows the command down, and `write` waits for the engine: nothing is buffered without a bound.
 *  - The output ends before the exit code is asked for.
 *
 * Not here: frames (dockerExecStream.ts), ending the process (dockerExecKill.ts).
 */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, type ExecSession, type ExecSpec } from '../core/engine.ts';
import { DEADLINE_MS, type DockerConnection } from './dockerConnection.ts';
import { engineErrorOf } from './dockerErrors.ts';
import { killTree } from './dockerExecKill.ts';
import { type ExecChunk, framedChunks, terminalChunks, withoutRefusal } from './dockerExecStream.ts';

/** Docker insists on a sequence that detaches. Nobody types this one; its first key is kept back until the next. */
export const DETACH_KEYS = 'ctrl-@,ctrl-],ctrl-@,ctrl-]';
/** The shell's codes for a command that may not be executed, and for one that is not there. */
const NOT_STARTED = [126, 127];
/** Docker closes the stream a moment before it knows the exit code, and opens it before the command runs. */
const SETTLE_MS = 10;
const SETTLE_TRIES = 500;
const RESIZE_TRIES = 50;

export async function openExec(connection: DockerConnection, container: string, spec: ExecSpec): Promise<ExecSession> {
  const what = `run ${spec.cmd[0] ?? 'a command'} in ${container}`;
  const exec = await connection.call(what, DEADLINE_MS.change, (docker, abortSignal) =>
    docker.getContainer(container).exec({ ...execBody(spec), abortSignal }),
  );
  const socket = await connection.call(what, DEADLINE_MS.change, (_, abortSignal) =>
    exec.start({ hijack: true, Detach: false, Tty: spec.tty, abortSignal }),
  );
  const session = new DockerExec(connection, exec.id, socket, what, spec.tty);
  const { columns, rows } = spec;
  if (spec.tty && columns !== undefined && rows !== undefined) await session.resize(columns, rows);
  return session;
}

function execBody(spec: ExecSpec) {
  return {
    AttachStdin: spec.stdin,
    AttachStdout: true,
    AttachStderr: true,
    DetachKeys: DETACH_KEYS,
    Tty: spec.tty,
    Env: [...spec.env],
    Cmd: [...spec.cmd],
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.workDir === undefined ? {} : { WorkingDir: spec.workDir }),
  };
}

class DockerExec implements ExecSession {
  readonly output: AsyncIterable<ExecChunk>;
  readonly #connection: DockerConnection;
  readonly #id: string;
  readonly #socket: Duplex;
  readonly #what: string;
  readonly #ended = Promise.withResolvers<void>();
  #isRead = false;
  #isKilled = false;
  #refusal: EngineError | undefined;

  constructor(connection: DockerConnection, id: string, socket: Duplex, what: string, tty: boolean) {
    this.#connection = connection;
    this.#id = id;
    this.#socket = socket;
    this.#what = what;
    socket.on('error', () => {}); // The reader is told; where nobody reads, nobody minds.
    this.output = this.#read(tty ? terminalChunks(socket) : framedChunks(socket));
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeTo(this.#socket, bytes);
  }

  endInput(): void {
    this.#socket.end();
  }

  /** Docker refuses until the command has begun, and for ever once it has ended. */
  async resize(columns: number, rows: number): Promise<void> {
    const resize = () =>
      this.#connection.call('resize a terminal', DEADLINE_MS.read, (docker, abortSignal) =>
        docker.getExec(this.#id).resize({ w: columns, h: rows, abortSignal }),
      );
    for (let tries = 0; tries < RESIZE_TRIES; tries += 1) {
      if (
        await resize().then(
          () => true,
          () => false,
        )
      )
        return;
      if ((await this.#inspect()).exitCode !== null) return;
      await sleep(SETTLE_MS);
    }
  }

  async exitCode(): Promise<number> {
    if (!this.#isRead) for await (const _ of this.output); // Unread output would hold the command back for ever.
    await this.#ended.promise;
    if (this.#refusal !== undefined) throw this.#refusal;
    return this.#settledCode();
  }

  async kill(): Promise<void> {
    this.#isKilled = true;
    const pid = await this.#pid().catch(() => undefined); // Without an engine there is nothing to end by.
    if (pid !== undefined) await killTree(pid);
    this.#socket.destroy();
  }

  async *#read(chunks: AsyncIterable<ExecChunk>): AsyncGenerator<ExecChunk> {
    this.#isRead = true;
    try {
      yield* withoutRefusal(chunks, (text) => this.#isRefusal(text));
    } catch (cause) {
      if (!this.#isKilled) throw engineErrorOf(cause, this.#what, this.#connection.address);
    } finally {
      this.#socket.destroy();
      this.#ended.resolve();
    }
  }

  async #isRefusal(text: string): Promise<boolean> {
    if (!NOT_STARTED.includes(await this.#settledCode())) return false;
    this.#refusal = new EngineError('command', `Docker could not ${this.#what}: ${text}`);
    return true;
  }

  async #settledCode(): Promise<number> {
    for (let tries = 0; tries < SETTLE_TRIES; tries += 1) {
      const { exitCode } = await this.#inspect();
      if (exitCode !== null) return exitCode;
      await sleep(SETTLE_MS);
    }
    throw new EngineError('unknown', `Docker no longer shows the output of ${this.#what}, and it has not ended`);
  }

  /** On the host; undefined once the command has ended. */
  async #pid(): Promise<number | undefined> {
    for (let tries = 0; tries < SETTLE_TRIES; tries += 1) {
      const { exitCode, pid } = await this.#inspect();
      if (exitCode !== null) return undefined;
      if (pid > 0) return pid;
      await sleep(SETTLE_MS);
    }
    return undefined;
  }

  async #inspect(): Promise<{ readonly exitCode: number | null; readonly pid: number }> {
    const info = await this.#connection.call(this.#what, DEADLINE_MS.read, (docker, abortSignal) =>
      docker.getExec(this.#id).inspect({ abortSignal }),
    );
    return { exitCode: info.Running ? null : info.ExitCode, pid: info.Pid };
  }
}

/** Resolves once the bytes are taken. What has ended takes no more; its exit code says so, not the write. */
export function writeTo(socket: Duplex, bytes: Uint8Array): Promise<void> {
  if (!socket.writable) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', resolve);
    socket.write(bytes, () => {
      socket.off('close', resolve);
      resolve();
    });
  });
}
