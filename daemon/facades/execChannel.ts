/**
 * The exec channel (common/contract/exec.ts): bytes between a client's terminal or pipe and a command in a container.
 *
 * Invariants
 *  - Neither side is read faster than the other takes: output waits while the client is behind, and the client's
 *    frames wait while the command does not take its stdin.
 *  - The command ends with its client, however that left and whatever was waiting; a session and a main process are
 *    only left.
 *  - The last text frame says how it ended, after all output.
 *
 * Not here: which container, and whether it runs (daemon/core); the engine's streams (adapters).
 */
import { on } from 'node:events';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import {
  type AttachOpen,
  ExecControl,
  type ExecEnd,
  type ExecFrame,
  STDERR,
  STDOUT,
} from '../../common/contract/exec.ts';
import { parseInput } from '../../common/contract/parse.ts';
import { AppError, reportOf } from '../../common/errors.ts';
import { authorize, type Caller, type Identity } from '../../common/services.ts';
import type { ExecSession } from '../core/engine.ts';
import { toAppError } from '../core/engineFailure.ts';
import type { Log } from '../core/host.ts';
import { drained, flushed } from './pacing.ts';

/** Starts the command in the set's current container, or comes back to that of a session. */
export type OpenExec = (open: ExecFrame, caller: Caller) => Promise<ExecSession>;
export type OpenAttach = (open: AttachOpen, caller: Caller) => Promise<ExecSession>;

interface Opening {
  readonly stdin: boolean;
}

export interface ChannelOptions<Open extends Opening> {
  /** Who is connected; or why nobody could be told. */
  readonly identity: Identity | AppError;
  /** What the first frame is judged by. */
  readonly first: (raw: unknown) => z.ZodType<Open>;
  readonly open: (open: Open, caller: Caller) => Promise<ExecSession>;
  readonly log: Log;
}

/** Frames kept while stdin is not taken: a few MiB with the largest that are allowed. */
const framesWaitingMax = 4;
const openTimeoutMs = 10_000;
/** How often a connection that is not read from is tried: nothing else shows that its client has left. */
const pingIntervalMs = 1_000;

type Frame = readonly [data: Buffer, isBinary: boolean];
type Frames = AsyncIterableIterator<Frame>;

/** Serves one connection to its end; never rejects. */
export async function serveExec<Open extends Opening>(socket: WebSocket, options: ChannelOptions<Open>): Promise<void> {
  const waiting = { close: ['close'], highWaterMark: framesWaitingMax, lowWaterMark: 1 };
  const frames = on(socket, 'message', waiting) as Frames;
  const left = leaving(socket);
  tell(socket, await converse(socket, frames, left, options).catch((error: unknown) => failure(error, options.log)));
  await flushed(socket);
  socket.close();
}

/** Aborts when the connection is gone. */
function leaving(socket: WebSocket): AbortSignal {
  const left = new AbortController();
  const pinging = setInterval(() => socket.isPaused && socket.ping(), pingIntervalMs);
  socket.once('close', () => {
    clearInterval(pinging);
    left.abort();
  });
  return left.signal;
}

async function converse<Open extends Opening>(
  socket: WebSocket,
  frames: Frames,
  left: AbortSignal,
  { identity, first, open, log }: ChannelOptions<Open>,
): Promise<ExecEnd> {
  const wanted = await firstFrame(first, socket, frames);
  if (identity instanceof AppError) throw identity;
  authorize('operate', identity);
  const session = await open(wanted, { ...identity, signal: left });
  const kill = () => void session.kill().catch((err: unknown) => log.warn({ err }, 'a command outlived its client'));
  left.addEventListener('abort', kill, { once: true });
  if (left.aborted) kill();
  try {
    tell(socket, { type: 'started' });
    return await carry(socket, frames, session, wanted.stdin, kill);
  } finally {
    left.removeEventListener('abort', kill);
  }
}

/** Both directions at once, until the command has ended. */
async function carry(
  socket: WebSocket,
  frames: Frames,
  session: ExecSession,
  stdin: boolean,
  kill: () => void,
): Promise<ExecEnd> {
  let misuse: unknown;
  void feed(frames, session, stdin).catch((error: unknown) => {
    misuse = error;
    kill();
  });
  try {
    for await (const { stream, bytes } of session.output) {
      socket.send(Buffer.concat([Buffer.of(stream === 'stdout' ? STDOUT : STDERR), bytes]));
      await drained(socket);
    }
    const exitCode = await session.exitCode();
    if (misuse === undefined) return { type: 'exit', exitCode };
  } catch (error) {
    misuse ??= error;
  }
  throw misuse;
}

async function firstFrame<Open>(
  schemaOf: (raw: unknown) => z.ZodType<Open>,
  socket: WebSocket,
  frames: Frames,
): Promise<Open> {
  const tooLate = setTimeout(() => socket.terminate(), openTimeoutMs);
  const { value, done } = await frames.next();
  clearTimeout(tooLate);
  if (done === true) throw new AppError('BAD_INPUT', 'the client left before it said what to run');
  return parseFrame(schemaOf, value);
}

/** Takes the client's frames one by one. Input for a command that takes none, or no more, is dropped. */
async function feed(frames: Frames, session: ExecSession, stdin: boolean): Promise<void> {
  let taken = stdin;
  for await (const frame of frames) {
    const [data, isBinary] = frame;
    if (!isBinary)
      obey(
        session,
        parseFrame(() => ExecControl, frame),
      );
    else if (taken) taken = await session.write(data).then(toTrue, toFalse);
  }
}

const toTrue = (): boolean => true;
const toFalse = (): boolean => false;

function obey(session: ExecSession, control: ExecControl): void {
  if (control.type === 'eof') session.endInput();
  // A resize may come just after the command has ended.
  else session.resize(control.columns, control.rows).catch(() => undefined);
}

function parseFrame<T>(schemaOf: (raw: unknown) => z.ZodType<T>, [data, isBinary]: Frame): T {
  if (isBinary) throw new AppError('BAD_INPUT', 'the first frame must be text: what to run');
  try {
    const raw: unknown = JSON.parse(data.toString('utf8'));
    return parseInput(schemaOf(raw), raw);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AppError('BAD_INPUT', `a text frame is not JSON: ${error.message}`, { cause: error });
  }
}

function failure(error: unknown, log: Log): ExecEnd {
  const { code, message, hint } = reportOf(toAppError(error));
  if (code === 'INTERNAL') log.error({ err: error }, 'an exec failed unexpectedly');
  return { type: 'error', code, message, hint };
}

const tell = (socket: WebSocket, message: ExecEnd): void => socket.send(JSON.stringify(message));
