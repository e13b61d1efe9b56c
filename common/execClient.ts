/**
 * A command inside a replicaSet, seen from the client: the exec channel as streams.
 *
 * Invariants
 *  - Bytes pass untouched, in order, with back-pressure both ways. stdout and stderr must both be read.
 *  - `exited` settles only after everything the command wrote has been handed to the streams.
 *  - Leaving (`close`, or the end of this process) ends the command, but not a session nor a main process.
 *
 * Not here: terminals, raw mode (tui/cli/exec.ts); the frames themselves are described in contract/exec.ts.
 */
import { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { ClientError } from './clientFailure.ts';
import { type AttachOpen, type ExecControl, ExecEnd, type ExecOpen, type ExecReopen, STDERR } from './contract/exec.ts';
import { openUnixWebSocket } from './unixWebSocket.ts';
import { unreachable } from './unreachable.ts';

/** What to run. */
export type ExecStart = z.input<typeof ExecOpen>;
/** Which session to come back to. */
export type SessionStart = z.input<typeof ExecReopen>;
/** Whose main process to see. */
export type AttachStart = z.input<typeof AttachOpen>;

export interface ExecSession {
  /** Ending it tells the command that its input has ended. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The command's exit code. Rejects with ClientError when the connection was lost first. */
  readonly exited: Promise<number>;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Resolves once the command runs. Throws ClientError when it cannot be started or nobody answers. */
export const openExec = (socket: string, open: ExecStart, timeoutMs = 10_000): Promise<ExecSession> =>
  openChannel(socket, '/exec', open, timeoutMs);

/** A command in a session, with what was missed of it; leaving it does not end it. */
export const openSession = (socket: string, open: SessionStart, timeoutMs = 10_000): Promise<ExecSession> =>
  openChannel(socket, '/exec', open, timeoutMs, LEFT.session);

/** The main process of a container; leaving it does not end it. */
export const openAttach = (socket: string, open: AttachStart, timeoutMs = 10_000): Promise<ExecSession> =>
  openChannel(socket, '/attach', open, timeoutMs, LEFT.main);

/** What a lost connection means for the command. */
const LEFT = {
  command: 'The command ends with its connection, but may have done part of its work.',
  session: 'While berthd runs, its sessions do: `berth sessions` lists them.',
  main: 'The main process goes on; `berth attach` comes back to it.',
};

async function openChannel(
  socket: string,
  path: string,
  open: object,
  timeoutMs: number,
  left: string = LEFT.command,
): Promise<ExecSession> {
  const ws = openUnixWebSocket(socket, path, timeoutMs);
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', (error) => reject(unreachable(socket, error)));
  });
  const started = Promise.withResolvers<void>();
  const session = new Session(ws, started, () => lost(left));
  ws.send(JSON.stringify(open));
  await started.promise;
  return session;
}

class Session implements ExecSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<number>;
  readonly #ws: WebSocket;
  readonly #started: PromiseWithResolvers<void>;
  readonly #exit = Promise.withResolvers<number>();
  readonly #full = new Set<Readable>();
  readonly #lost: () => ClientError;

  constructor(ws: WebSocket, started: PromiseWithResolvers<void>, whenLost: () => ClientError) {
    this.#lost = whenLost;
    this.#ws = ws;
    this.#started = started;
    this.stdin = this.#writable();
    this.stdout = this.#readable();
    this.stderr = this.#readable();
    this.exited = this.#exit.promise;
    // Whoever never awaits them must not end the process by it.
    this.exited.catch(() => undefined);
    started.promise.catch(() => undefined);
    ws.on('message', (data: Buffer, isBinary: boolean) => (isBinary ? this.#output(data) : this.#text(data)));
    ws.on('error', () => undefined); // 'close' always follows.
    ws.on('close', () => this.#end(this.#lost()));
  }

  resize(columns: number, rows: number): void {
    this.#control({ type: 'resize', columns, rows });
  }

  close(): void {
    this.#ws.terminate();
  }

  #output(frame: Buffer): void {
    const stream = frame[0] === STDERR ? this.stderr : this.stdout;
    if (stream.push(frame.subarray(1))) return;
    this.#full.add(stream);
    this.#ws.pause();
  }

  #text(frame: Buffer): void {
    const { data: message } = ExecEnd.safeParse(parseJson(frame));
    if (message === undefined) this.#end(this.#lost());
    else if (message.type === 'started') this.#started.resolve();
    else if (message.type === 'exit') this.#end(message.exitCode);
    else this.#end(new ClientError('reported', message.message, { hint: message.hint, code: message.code }));
  }

  /** The first outcome counts; the close that follows an exit changes nothing. */
  #end(outcome: number | ClientError): void {
    if (typeof outcome === 'number') this.#exit.resolve(outcome);
    else {
      this.#started.reject(outcome);
      this.#exit.reject(outcome);
    }
    this.stdout.push(null);
    this.stderr.push(null);
    this.stdin.destroy();
    this.#ws.close();
  }

  #control(message: ExecControl): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(JSON.stringify(message));
  }

  #writable(): Writable {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#ws.send(chunk, { binary: true }, done),
      final: (done) => {
        this.#control({ type: 'eof' });
        done();
      },
    });
    // A command may end with input still on its way; `exited` tells how it went.
    return stream.on('error', () => undefined);
  }

  #readable(): Readable {
    const stream: Readable = new Readable({
      read: () => {
        if (this.#full.delete(stream) && this.#full.size === 0) this.#ws.resume();
      },
    });
    return stream;
  }
}

function parseJson(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString('utf8'));
  } catch {
    return undefined;
  }
}

const lost = (hint: string): ClientError =>
  new ClientError('unknownOutcome', 'the connection to berthd was lost', { hint });
