/**
 * Programs of the host, run to their end. The only file that knows execa.
 *
 * Invariants
 *  - Programs answer in English, are found in the system's directories too, and read nothing from our stdin.
 *  - Every run has a deadline; one that survives being killed is given up.
 *  - A program that ran dies with berthd, unless it was told to outlive it: nothing works on files that the next
 *    berthd believes to be its own.
 *
 * Not here: nvidia-smi's lines and its hangs (nvidiaChild.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

export type Command = readonly [program: string, ...args: string[]];

export interface CommandOptions {
  /** Most programs here answer at once; what copies or checks takes longer. */
  readonly deadlineMs?: number;
  /** Killed in its middle it would do harm: it goes on when berthd dies. */
  readonly outlives?: boolean;
}

/** Its stdout, once it has ended well; rejects with CommandFailed. */
export type RunCommand = (command: Command, options?: CommandOptions) => Promise<string>;

export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  /** Null when it never started, or never ended. */
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(command: Command, exitCode: number | null, stderr: string) {
    super(`${command.join(' ')}: ${lastLines(stderr) || `exit code ${exitCode}`}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** The reason stands at the end of what programs say. */
const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join('; ');

const DEADLINE_MS = 60_000;
const KILL_GRACE_MS = 5_000;

/** Where administrators' programs are; not every user's PATH names them. */
export const PATH = `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;

const surroundings = { LC_ALL: 'C', PATH };

/** A program whose output is read while it runs. */
export const spawnProgram = (path: string, args: readonly string[]) =>
  execa(path, args, {
    buffer: false,
    env: { LC_ALL: 'C' },
    killDescendants: true,
    reject: false,
    stdin: 'ignore',
  });

export const runCommand: RunCommand = async (command, { deadlineMs = DEADLINE_MS, outlives = false } = {}) => {
  const [program, ...args] = outlives ? command : ['setpriv', '--pdeathsig', 'KILL', ...command];
  const child = execa(program as string, args, {
    env: surroundings,
    reject: false,
    stdin: 'ignore',
    cleanup: !outlives,
    detached: outlives,
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  using late = deadline(deadlineMs + KILL_GRACE_MS);
  const result = await Promise.race([child, late.passed]);
  if (result === undefined || result.timedOut)
    throw new CommandFailed(command, null, `no answer within ${deadlineMs / 1000} s`);
  if (result.exitCode === 0) return result.stdout;
  throw new CommandFailed(command, result.exitCode ?? null, result.stderr || (result.originalMessage ?? ''));
};

function deadline(ms: number): { readonly passed: Promise<undefined> } & Disposable {
  const abort = new AbortController();
  const passed = sleep(ms, undefined, { signal: abort.signal, ref: false }).catch(() => undefined);
  return { passed, [Symbol.dispose]: () => abort.abort() };
}
