/**
 * `berth exec`: a command inside a replicaSet, its bytes untouched, its exit code ours. `berth attach`: its main process.
 * `berth sessions open`: a command that outlives its client.
 *
 * Invariants
 *  - Without `-t` the streams are clean for pipes: no byte added, none changed, end of input passed on.
 *  - The terminal is in the mode it had, however the command or the connection ends.
 */
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ExecSession, ExecStart } from '../../common/execClient.ts';
import { safeJson } from '../safe.ts';
import type { Context } from './context.ts';
import { detachSequence, UntilDetached } from './detachKeys.ts';
import { UsageError } from './input.ts';
import { exitCode, type OutStream, type Terminal } from './terminal.ts';

export interface ExecRequest {
  readonly name: string;
  readonly cmd: string[];
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly workDir: string | undefined;
  readonly user: string | undefined;
  readonly env: string[];
}

/** Returns the command's exit code. Throws ClientError and UsageError. */
export async function exec(context: Context, request: ExecRequest): Promise<number> {
  const { terminal } = context;
  checkTerminal(terminal, request);
  const { openExec } = await import('../../common/execClient.ts');
  const session = await openExec(context.socket, startFrame(terminal, request));
  const giveBack = takeTerminal(terminal, session, request);
  try {
    if (request.interactive) terminal.stdin.pipe(session.stdin);
    const left = untilInterrupted(terminal, session);
    return await Promise.race([result(terminal, session), left]);
  } finally {
    giveBack();
    session.close();
  }
}

export interface AttachRequest {
  readonly name: string;
  readonly stdin: boolean;
  /** Keys that leave it, such as `ctrl-p,ctrl-q`. */
  readonly detachKeys: string;
}

/** Leaves it running in a session, and prints the id of that. */
export async function detach(context: Context, request: ExecRequest): Promise<number> {
  const { interactive: stdin, workDir, user, ...rest } = request;
  const client = await context.connect();
  try {
    const { id } = await client.trpc.exec.create.mutate({ ...rest, stdin, ...defined({ workDir, user }) });
    context.print(context.options.json === true ? safeJson({ id }, 2) : id);
    context.note(`\`berth sessions open ${id}\` comes back to it; who does not for 15 minutes finds it ended.`);
    return exitCode.ok;
  } finally {
    await client.close();
  }
}

/** Returns the exit code of the main process; 0 after leaving it. Throws ClientError and UsageError. */
export async function attach(context: Context, { name, ...how }: AttachRequest): Promise<number> {
  const { terminal } = context;
  const keys = detachSequence(how.detachKeys);
  const { openAttach } = await import('../../common/execClient.ts');
  const tty = isTerminal(terminal);
  const start = { name, stdin: how.stdin, ...(tty ? sizeOf(terminal.stdout) : {}) };
  return await visit(terminal, await openAttach(context.socket, start), { tty, stdin: how.stdin, keys });
}

export interface SessionRequest extends Omit<AttachRequest, 'name'> {
  readonly id: string;
}

/** Returns the command's exit code; 0 after leaving it. Throws ClientError and UsageError. */
export async function openSession(context: Context, { id, ...how }: SessionRequest): Promise<number> {
  const { terminal } = context;
  const keys = detachSequence(how.detachKeys);
  const { openSession: open } = await import('../../common/execClient.ts');
  const tty = (await hasTerminal(context, id)) && isTerminal(terminal);
  const session = await open(context.socket, { execId: id, stdin: how.stdin });
  const size = tty ? sizeOf(terminal.stdout) : undefined;
  if (size !== undefined) session.resize(size.columns, size.rows);
  return await visit(terminal, session, { tty, stdin: how.stdin, keys });
}

async function hasTerminal(context: Context, id: string): Promise<boolean> {
  const client = await context.connect();
  return (await client.trpc.exec.get.query({ id }).finally(() => client.close())).tty;
}

const isTerminal = ({ stdin, stdout }: Terminal): boolean => stdin.isTTY === true && stdout.isTTY === true;

/** A command that goes on without us. */
async function visit(
  terminal: Terminal,
  session: ExecSession,
  { tty, stdin, keys }: { readonly tty: boolean; readonly stdin: boolean; readonly keys: Buffer },
): Promise<number> {
  const giveBack = takeTerminal(terminal, session, { tty, interactive: stdin });
  const left = Promise.withResolvers<number>();
  try {
    if (stdin) {
      const typed = new UntilDetached(keys, () => left.resolve(0));
      terminal.stdin.pipe(typed).pipe(session.stdin);
    }
    const interrupted = untilInterrupted(terminal, session);
    return await Promise.race([result(terminal, session), interrupted, left.promise]);
  } finally {
    giveBack();
    session.close();
  }
}

function checkTerminal(terminal: Terminal, { tty, interactive }: ExecRequest): void {
  if (!tty) return;
  const hint = 'Leave -t out for pipes and scripts: `berth exec -i NAME -- COMMAND`.';
  if (terminal.stdout.isTTY !== true) throw new UsageError('-t needs a terminal, and the output is none', hint);
  if (interactive && terminal.stdin.isTTY !== true)
    throw new UsageError('-t needs a terminal, and the input is none', hint);
}

function startFrame(terminal: Terminal, request: ExecRequest): ExecStart {
  const { interactive, env, tty, ...rest } = request;
  const base = { ...rest, tty, stdin: interactive, env };
  if (!tty) return base;
  const term = terminal.env.TERM;
  const knowsTerm = term === undefined || env.some((entry) => entry.startsWith('TERM='));
  return { ...base, ...sizeOf(terminal.stdout), env: knowsTerm ? env : [`TERM=${term}`, ...env] };
}

const defined = (fields: { readonly workDir: string | undefined; readonly user: string | undefined }) => ({
  ...(fields.workDir === undefined ? {} : { workDir: fields.workDir }),
  ...(fields.user === undefined ? {} : { user: fields.user }),
});

const sizeOf = ({ columns, rows }: OutStream): { columns: number; rows: number } | undefined =>
  columns && rows ? { columns, rows } : undefined;

/** Raw mode and window size, for a command with a terminal of its own; the answer puts everything back. */
function takeTerminal(
  terminal: Terminal,
  session: ExecSession,
  { tty, interactive }: Pick<ExecRequest, 'tty' | 'interactive'>,
): () => void {
  const { stdin, stdout } = terminal;
  const resize = (): void => {
    const size = sizeOf(stdout);
    if (size !== undefined) session.resize(size.columns, size.rows);
  };
  if (tty) stdout.on('resize', resize);
  if (tty && interactive) terminal.setRawMode(true);
  return () => {
    stdout.off('resize', resize);
    if (tty && interactive) terminal.setRawMode(false);
    stdin.unpipe();
    stdin.pause();
  };
}

/** In raw mode Ctrl-C is a byte for the command; elsewhere, and for SIGTERM and SIGHUP, it is left. */
function untilInterrupted(terminal: Terminal, session: ExecSession): Promise<number> {
  return new Promise((resolve) => {
    const stopListening = terminal.onInterrupt((signal) => resolve(128 + constants.signals[signal]));
    session.exited.then(stopListening, stopListening);
  });
}

async function result({ stdout, stderr }: Terminal, session: ExecSession): Promise<number> {
  await Promise.all([forward(session.stdout, stdout), forward(session.stderr, stderr)]);
  return await session.exited;
}

async function forward(from: Readable, to: OutStream): Promise<void> {
  from.pipe(to, { end: false });
  await finished(from);
}
