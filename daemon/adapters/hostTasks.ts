/**
 * Live processes of a container, found by their control groups: also those that the engine lost sight of.
 *
 * Control groups name the container by its 64 hex digits, `/docker/ID` (v1) or `docker-ID.scope` (v2, systemd).
 */
import { readdir, readFile } from 'node:fs/promises';
import type { HostTasks } from '../core/host.ts';

export const hostTasks: HostTasks = hostTasksAt('/proc');

/** `proc` stands in for /proc in tests. */
export function hostTasksAt(proc: string): HostTasks {
  return {
    async tasksOf(containerId) {
      if (!/^[0-9a-f]{64}$/.test(containerId)) throw new Error(`not the id of a container: ${containerId}`);
      const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
      const mine = await Promise.all(pids.map(async (pid) => await isTask(`${proc}/${pid}`, containerId)));
      return pids.filter((_, at) => mine[at]).map(Number);
    },
  };
}

/** A process may end while it is looked at; a zombie has ended. */
async function isTask(process: string, containerId: string): Promise<boolean> {
  const groups = await readFile(`${process}/cgroup`, 'utf8').catch(() => '');
  if (!groups.includes(containerId)) return false;
  const stat = await readFile(`${process}/stat`, 'utf8').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z' && state !== 'X';
}
