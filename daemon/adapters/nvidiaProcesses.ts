/**
 * What the host knows beside nvidia-smi: who is behind a process on a GPU, and on which NUMA node a GPU sits.
 *
 * A process that is gone or hidden still counts: nvidia-smi named it, so the GPU is in use; only its names are null.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuProcess } from '../core/gpuSource.ts';
import { cleanText, type ListedProcess } from './nvidiaParse.ts';
import { readUserNames } from './passwd.ts';

/** Where the host shows what it knows; tests put a folder of their own there. */
export interface HostPaths {
  readonly proc: string;
  readonly sys: string;
  readonly passwd: string;
}
export const HOST_PATHS: HostPaths = { proc: '/proc', sys: '/sys', passwd: '/etc/passwd' };

const CONTAINER_ID = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/** The innermost container in a /proc/PID/cgroup: v1 `/docker/ID`, v2 `docker-ID.scope`. */
export const containerIdOf = (cgroup: string): string | null => cgroup.match(CONTAINER_ID)?.at(-1) ?? null;

export async function identifyProcesses(
  listed: readonly ListedProcess[],
  paths: HostPaths,
): Promise<readonly GpuProcess[]> {
  const userNames = await readUserNames(paths.passwd);
  return Promise.all(
    listed.map(async ({ uuid, pid, processName }) => {
      const read = (file: string) => readOrEmpty(join(paths.proc, String(pid), file));
      const [cgroup, status, comm] = await Promise.all([read('cgroup'), read('status'), read('comm')]);
      const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1];
      return {
        uuid,
        pid,
        command: commandOf(processName) || cleanText(comm) || 'unknown',
        user: uid === undefined ? null : (userNames.get(Number(uid)) ?? uid),
        containerId: containerIdOf(cgroup),
      };
    }),
  );
}

/** The NUMA node of the PCI device; null where the host has none or does not say (-1). */
export async function numaNodeOf(busId: string | null, paths: HostPaths): Promise<number | null> {
  const [, domain, rest] = /^([0-9a-f]+):([0-9a-f:.]+)$/i.exec(busId ?? '') ?? [];
  if (!domain || !rest) return null;
  // nvidia-smi writes the domain with eight digits, sysfs with four or as many as it needs.
  const device = `${Number.parseInt(domain, 16).toString(16).padStart(4, '0')}:${rest.toLowerCase()}`;
  const node = await readOrEmpty(join(paths.sys, 'bus/pci/devices', device, 'numa_node'));
  return /^\d+$/.test(node.trim()) ? Number(node) : null;
}

/** `/usr/bin/python3` and `python3 train.py` → `python3`. nvidia-smi says more than comm, which threads rename. */
const commandOf = (processName: string | null): string => processName?.split(' ')[0]?.split('/').at(-1) ?? '';

const readOrEmpty = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
