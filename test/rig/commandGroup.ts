/**
 * Runs a command with everything that it starts as one group, which ends together: when it takes too long, and when
 * this program is asked to end.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface GroupOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limitS: number;
}

export interface GroupEnd {
  readonly exitCode: number;
  /** It ran past its limit and was killed. */
  readonly overran: boolean;
  /** The signal that asked this program to end meanwhile; it was passed on. */
  readonly interrupted: NodeJS.Signals | undefined;
}

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The command holds this terminal's output. */
export async function runGroup(command: readonly string[], { env, limitS }: GroupOptions): Promise<GroupEnd> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit', detached: true, env });
  let overran = false;
  let interrupted: NodeJS.Signals | undefined;
  const limit = setTimeout(() => {
    overran = true;
    signalGroup(child, 'SIGKILL');
  }, limitS * 1000);
  const passOn = (signal: NodeJS.Signals): void => {
    interrupted = signal;
    signalGroup(child, signal);
  };
  for (const signal of INTERRUPTS) process.on(signal, passOn);
  const exitCode = await exitOf(child);
  for (const signal of INTERRUPTS) process.off(signal, passOn);
  clearTimeout(limit);
  return { exitCode, overran, interrupted };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
}

/** 127 for a command that cannot be started, as in a shell. */
const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
