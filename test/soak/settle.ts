/** The end of the soak: what must be in order once everything has come to rest, and what must be gone once all is deleted. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationView } from '../../common/contract/views.ts';
import type { Daemon } from '../rig/daemon.ts';
import { type DockerView, type HostView, viewHost } from '../rig/hostView.ts';
import { violationsOnHost } from '../rig/hostViolations.ts';
import type { Ledger } from './client.ts';

/** Two rounds of the reconciler, and the last start of what failed. */
const SETTLED_WITHIN_MS = 150_000;
const LOOK_EVERY_MS = 2_000;

interface Parts {
  readonly daemon: Daemon;
  readonly dockerHost: string;
  readonly before: DockerView;
  readonly ledger: Ledger;
}

/** What is still not in order once there was time enough. */
export const settle = (parts: Parts): Promise<readonly string[]> =>
  untilNone(async () => {
    if (await isBusy(parts.daemon)) return ['an operation is still under way'];
    return violationsOnHost(await look(parts), { before: parts.before, lost: parts.ledger.lost });
  });

/** Deletes every set and volume; what is left of them then. */
export async function takeDown(parts: Parts): Promise<readonly string[]> {
  const { daemon } = parts;
  const failed: string[] = [];
  const remove = async (path: string): Promise<void> => {
    const { code, msg } = await daemon.rest('DELETE', path);
    if (code !== 200) failed.push(`DELETE ${path}: ${msg}`);
  };
  for (const { name } of await daemon.sets()) await remove(`/replicaSet/${name}`);
  for (const { name } of (await daemon.volumes()).volumes) await remove(`/volumes/${name}`);
  const left = await untilNone(async () => leaks(await look(parts), parts.before));
  return [...failed, ...left];
}

function leaks({ docker, records: { rows }, mounts, loops, volumeIds }: HostView, before: DockerView): string[] {
  const images = [...docker.images].filter(([id]) => !before.images.has(id));
  const leases = [...rows.gpuLease, ...rows.portLease].filter(([, { name }]) => name !== null);
  const all: readonly (readonly [string, readonly string[]])[] = [
    ['container', docker.containers.map(({ name }) => name)],
    ['image', images.map(([id, tags]) => `${id} ${tags.join(' ')}`)],
    ['Docker volume', docker.volumes.filter((name) => !before.volumes.includes(name))],
    ['mount', mounts],
    ['loop device', loops],
    ['volume directory', volumeIds],
    ['lease', leases.map(([key, { name }]) => `${key} of ${name}`)],
    ['intent', [...rows.intent.values()].map(({ verb, name }) => `${verb} ${name}`)],
    ['start of unknown outcome', [...rows.unknown.keys()]],
    ['replicaSet', [...rows.set.keys()]],
    ['volume', [...rows.volume.keys()]],
  ];
  return all.flatMap(([kind, found]) => found.map((what) => `leaked: ${kind} ${what}`));
}

const look = ({ daemon, dockerHost }: Parts): Promise<HostView> =>
  viewHost({ directory: daemon.directory, dockerHost });

async function isBusy(daemon: Daemon): Promise<boolean> {
  const operations = await daemon.ok<readonly OperationView[]>('GET', '/operations');
  return operations.some(({ state }) => state === 'running');
}

async function untilNone(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const end = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const found = await find().catch((error: unknown) => [`could not be looked at: ${String(error)}`]);
    if (found.length === 0 || Date.now() > end) return found;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Of a process, as the kernel counts. */
export function loadOf(pid: number): { readonly rssMb: number; readonly fds: number } {
  const rssKb = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { rssMb: Math.round(rssKb / 1024), fds: readdirSync(`/proc/${pid}/fd`).length };
}
