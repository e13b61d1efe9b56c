/**
 * What is on the host, from three sides: the records (from a copy of the state, so that the daemon may run), Docker, and
 * the kernel's mounts and loop devices.
 *
 * Not here: what of it must hold (hostViolations.ts).
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { openView } from '../../daemon/adapters/readOnlyView.ts';
import { RowReader } from '../../daemon/adapters/rowReader.ts';
import type { ContainerState } from '../../daemon/core/engine.ts';
import type { VersionRecord } from '../../daemon/core/records.ts';
import type { LoadedRows } from '../../daemon/core/store.ts';

export interface Records {
  readonly rows: LoadedRows;
  /** Name → its versions, newest first. */
  readonly versions: ReadonlyMap<string, readonly VersionRecord[]>;
}

export interface DockerView {
  readonly containers: readonly ContainerState[];
  /** Id → tags. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  readonly volumes: readonly string[];
}

export interface HostView {
  readonly records: Records;
  readonly docker: DockerView;
  /** Below the daemon's directory. */
  readonly mounts: readonly string[];
  /** Files below it that a loop device stands for. */
  readonly loops: readonly string[];
  /** Directories of its volumes. */
  readonly volumeIds: readonly string[];
}

interface Place {
  /** Of the daemon: `data` lies in it. */
  readonly directory: string;
  readonly dockerHost: string;
}

export async function viewHost({ directory, dockerHost }: Place): Promise<HostView> {
  const [records, docker, mounts, loops, volumeIds] = await Promise.all([
    readRecords(join(directory, 'data')),
    viewDocker(dockerHost),
    mountsBelow(directory),
    loopsBelow(directory),
    readdir(join(directory, 'data', 'volumes')).catch(() => []),
  ]);
  return { records, docker, mounts, loops, volumeIds: volumeIds.filter((name) => name.includes('-')) };
}

async function readRecords(data: string): Promise<Records> {
  const scratch = await mkdtemp(join(tmpdir(), 'berth-look-'));
  try {
    const database = await openView(data, join(scratch, 'db'));
    try {
      const damage: string[] = [];
      const reader = new RowReader(
        () => database,
        (reason) => damage.push(reason),
      );
      const rows = await reader.load();
      const versions = new Map<string, readonly VersionRecord[]>();
      for (const name of rows.set.keys()) versions.set(name, await reader.versions(name));
      if (damage.length > 0) throw new Error(damage.join('; '));
      return { rows, versions };
    } finally {
      await database.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function viewDocker(dockerHost: string): Promise<DockerView> {
  const engine = new DockerEngine(dockerHost);
  const [listed, images, volumes] = await Promise.all([
    engine.listContainers(),
    engine.listImages(),
    engine.listVolumes(),
  ]);
  const containers = await Promise.all(listed.map(({ id }) => engine.inspectContainer(id)));
  return {
    containers: containers.filter((it) => it !== undefined),
    images: new Map(images.map(({ id, tags }) => [id, tags])),
    volumes: volumes.map(({ name }) => name),
  };
}

async function mountsBelow(directory: string): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${directory}/`));
}

async function loopsBelow(directory: string): Promise<readonly string[]> {
  const devices = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const files = await Promise.all(
    devices.map((device) => readFile(`/sys/block/${device}/loop/backing_file`, 'utf8').catch(() => '')),
  );
  return files.map((file) => file.trim()).filter((file) => file.startsWith(`${directory}/`));
}
