/**
 * One daemon per state: names the one that holds it.
 *
 * LevelDB's own lock decides, and dies with its process. The pid file only tells whom to look for: it is written after
 * the lock is held and carries the process's start time, so that neither a stale file nor a pid that was given to
 * another process since names the wrong one.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/startError.ts';

const pidFile = (directory: string): string => join(directory, 'berthd.pid');

/** Writes the pid file. Call it while holding the lock; the answer takes the file away again. */
export async function nameHolder(directory: string, pid = process.pid): Promise<() => Promise<void>> {
  const path = pidFile(directory);
  const line = `${pid} ${await startTimeOf(pid)}\n`;
  await writeFile(`${path}.new`, line);
  await rename(`${path}.new`, path);
  return async () => {
    if ((await textOf(path)) === line) await rm(path, { force: true });
  };
}

/** What to tell the second one. */
export async function alreadyRunning(directory: string, cause?: unknown): Promise<StartError> {
  const pid = await holderOf(directory);
  const holder = pid === undefined ? 'in a process that left no pid file' : `with pid ${pid}`;
  return new StartError(
    `berthd is already running on ${directory} ${holder}. Stop that one first, or give this one another --data directory`,
    { cause },
  );
}

/** For who has to be alone with the state and cannot hold LevelDB's lock, or not yet. */
export async function refuseWhileHeld(directory: string): Promise<void> {
  const pid = await holderOf(directory);
  if (pid !== undefined && pid !== process.pid) throw await alreadyRunning(directory);
}

/** The pid in the file, if that very process still lives. */
export async function holderOf(directory: string): Promise<number | undefined> {
  const [pid, startTime] = ((await textOf(pidFile(directory))) ?? '').trim().split(' ');
  if (!pid || !startTime || (await startTimeOf(Number(pid))) !== startTime) return undefined;
  return Number(pid);
}

/** Clock ticks since boot: field 22 of proc(5) /proc/PID/stat. The command before it may hold spaces and brackets. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await textOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
