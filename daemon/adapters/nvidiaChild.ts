/**
 * One run of nvidia-smi as a child process.
 *
 * Invariants
 *  - `gone` resolves once the process has ended and every line was handed on; it never rejects. A process stuck in the
 *    driver cannot be ended, so `gone` may stay open for ever: nobody may wait for it without a deadline.
 *  - A child that was told to end no longer keeps the daemon alive, whether it obeys or not.
 */
import { once } from 'node:events';
import { spawnProgram } from './commands.ts';

export interface SmiExit {
  /** Null when a signal ended it, or when it never started. */
  readonly code: number | null;
  /** Why it never started: ENOENT, EACCES, … */
  readonly spawnError: string | null;
}

export interface SmiChild {
  readonly pid: number | undefined;
  readonly gone: Promise<SmiExit>;
  kill(): void;
}

/** Lines of stdout and stderr come in order of arrival; nvidia-smi complains on either. */
export type StartSmi = (args: readonly string[], onLine: (line: string) => void) => SmiChild;

export const nvidiaSmiAt =
  (path: string): StartSmi =>
  (args, onLine) => {
    const child = spawnProgram(path, args);
    // The event, not execa's promise, which a closed pipe can settle while the process lives on.
    const exited = child.pid === undefined ? undefined : once(child.nodeChildProcess, 'exit');
    const read = async (from: 'stdout' | 'stderr') => {
      for await (const line of child.iterable({ from })) onLine(line);
    };
    let over = false;
    const run = async (): Promise<SmiExit> => {
      await Promise.allSettled([exited, read('stdout'), read('stderr')]);
      const { exitCode, code } = await child;
      over = true;
      return { code: exitCode ?? null, spawnError: exitCode === undefined ? (code ?? null) : null };
    };
    const kill = () => {
      // Its number may belong to somebody else by now.
      if (over) return;
      child.kill('SIGKILL');
      child.nodeChildProcess.unref();
      child.stdout.destroy();
      child.stderr.destroy();
    };
    return { pid: child.pid, gone: run(), kill };
  };
