/**
 * Ends a command that runs in a container with all it started, by its process on the host: Docker has no call for it.
 *
 * As a terminal that closes does, it asks with SIGHUP first. What is left after a moment is killed.
 * Without permission to signal the processes nothing happens.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 1000;
const POLL_MS = 20;

interface Process {
  readonly pid: number;
  /** Clock ticks since boot; with the PID it names one process for good. */
  readonly startedAt: string;
}

export async function killTree(root: number): Promise<void> {
  const tree = await treeOf(root);
  for (const { pid } of tree) signal(pid, 'SIGHUP');
  for (let waited = 0; waited < GRACE_MS; waited += POLL_MS) {
    if ((await stillAlive(tree)).length === 0) return;
    await sleep(POLL_MS);
  }
  for (const { pid } of await stillAlive(tree)) signal(pid, 'SIGKILL');
}

async function treeOf(root: number): Promise<readonly Process[]> {
  const stat = await statOf(root);
  if (stat === undefined) return [];
  const children = await Promise.all((await childrenOf(root)).map(treeOf));
  return [{ pid: root, startedAt: stat.startedAt }, ...children.flat()];
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

async function stillAlive(tree: readonly Process[]): Promise<readonly Process[]> {
  const now = await Promise.all(tree.map(({ pid }) => statOf(pid)));
  return tree.filter(({ startedAt }, at) => now[at]?.startedAt === startedAt);
}

/** Undefined for a process that ended, zombies included. See proc_pid_stat(5) for the fields. */
async function statOf(pid: number): Promise<{ readonly startedAt: string } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (stat === '' || state === 'Z' || state === 'X') return undefined;
  return { startedAt: fields[19] ?? '' };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Ended meanwhile, or not ours to end.
  }
}
