/**
 * One conformance suite for every volume host: each test of `onEveryVolumeHost` runs against the in-memory host and on
 * this machine's own file systems, so that a drift of the fake shows.
 *
 * Invariant: what a test makes, in a directory of its own, is gone afterwards: loop devices and mounts too.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe } from 'vitest';
import { probeVolumes } from '../../../daemon/adapters/volumeProbe.ts';
import type { VolumeHost, VolumeHostErrorKind } from '../../../daemon/core/volumeHost.ts';
import { MemoryVolumeHost } from '../memoryVolumeHost.ts';

const run = promisify(execFile);

/** A host, and what others do with its volumes. */
export interface VolumeBench extends AsyncDisposable {
  readonly host: VolumeHost;
  /** As a container: rejects with the system's code, ENOENT or ENOSPC. */
  readonly write: (id: string, file: string, bytes: number) => Promise<void>;
  /** Name of a file → its bytes. */
  readonly files: (id: string) => Promise<Readonly<Record<string, number>>>;
  /** Has it open until disposed, as a container has. */
  readonly hold: (id: string) => Promise<AsyncDisposable>;
  readonly unmount: (id: string) => Promise<void>;
}

export const volumeId = (name: string, number = 0): string => `${name}-${number.toString().padStart(26, '0')}`;

function memoryBench(): VolumeBench {
  const host = new MemoryVolumeHost();
  const { model } = host;
  return {
    host,
    write: async (id, file, bytes) => model.write(id, file, bytes),
    files: async (id) => Object.fromEntries(model.filesOf(id)),
    async hold(id) {
      model.hold(id);
      return { [Symbol.asyncDispose]: async () => model.hold(id, false) };
    },
    unmount: async (id) => model.unmount(id),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** On image files, in a directory of its own or the one given. */
export async function loopBench(directory?: string): Promise<VolumeBench> {
  const at = directory ?? (await realpath(await mkdtemp(join(tmpdir(), 'berth-volumes-'))));
  const host = await probeVolumes({ choice: 'loop', directory: at, mayTry: true });
  return {
    host,
    async write(id, file, bytes) {
      await stat(host.path(id));
      for (let left = bytes; left > 0; left -= CHUNK.length)
        await appendFile(join(host.path(id), file), left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK, {
          flush: true,
        });
    },
    async files(id) {
      const names = await readdir(host.path(id));
      const sizes = names.map(async (name) => [name, (await stat(join(host.path(id), name))).size] as const);
      return Object.fromEntries(await Promise.all(sizes));
    },
    hold: (id) => holdApart(host.path(id)),
    unmount: async (id) => void (await run('umount', [join(host.path(id), '..')])),
    async [Symbol.asyncDispose]() {
      for (const id of await host.list()) await host.remove(id);
      if (directory === undefined) await rmdir(at);
    },
  };
}

const CHUNK = Buffer.alloc(2 ** 20, 'berth ');

/** A process in a mount namespace of its own, standing in the directory: unmounting succeeds, and frees nothing. */
async function holdApart(path: string): Promise<AsyncDisposable> {
  const apart = ['--mount', '--propagation', 'private', 'sh', '-c', 'cd "$0" && echo in && exec sleep 600', path];
  const holder = spawn('unshare', apart, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL');
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit');
    },
  };
}

/** Defines the same tests for every volume host. */
export function onEveryVolumeHost(define: (bench: () => VolumeBench) => void): void {
  const subjects = [
    { name: 'the in-memory volume host', open: async () => memoryBench() },
    { name: 'image files', open: () => loopBench() },
  ];
  describe.each(subjects)('$name', ({ open }) => {
    let bench: VolumeBench;
    beforeEach(async () => {
      bench = await open();
    });
    afterEach(() => bench?.[Symbol.asyncDispose]());
    define(() => bench);
  });
}

export const volumeErrorOf = (call: Promise<unknown>): Promise<VolumeHostErrorKind | 'none'> =>
  call.then(
    () => 'none' as const,
    (error: { readonly kind: VolumeHostErrorKind }) => error.kind,
  );
