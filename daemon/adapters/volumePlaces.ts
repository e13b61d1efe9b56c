/**
 * Where a volume's files are below the volumes' directory, what stands in its `volume.json`, and the room around it.
 *
 * Invariants
 *  - `ID/mount/data` is the volume's path for its whole life. Everything above it is closed to all but root.
 *  - A replacement is complete on disk before it takes a name; the last effect is always one rename.
 *  - The disk is never filled to its end: the rest of the host lives on it too.
 *
 * Not here: what makes and mounts images (loopImages.ts).
 */
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatBytes } from '../../common/units.ts';
import { type SizedBackend, VOLUME_ID, VolumeHostError } from '../core/volumeHost.ts';
import { CommandFailed } from './commands.ts';

export interface VolumePlaces {
  readonly home: string;
  readonly image: string;
  readonly mount: string;
  /** What containers bind. */
  readonly data: string;
  /** Only while it is being replaced by a smaller one: the next image, where it is mounted, and the one before. */
  readonly newImage: string;
  readonly newMount: string;
  readonly oldMount: string;
  /** Held by what must not be disturbed, also when berthd has died meanwhile. */
  readonly lock: string;
  readonly metadata: string;
  /** The content of a new file system. */
  readonly template: string;
}

export function placesOf(directory: string, id: string): VolumePlaces {
  if (!VOLUME_ID.test(id)) throw new Error(`not the id of a volume: ${JSON.stringify(id)}`);
  const home = join(directory, id);
  return {
    home,
    image: join(home, 'image'),
    mount: join(home, 'mount'),
    data: join(home, 'mount', 'data'),
    newImage: join(home, 'image.new'),
    newMount: join(home, 'new'),
    oldMount: join(home, 'old'),
    lock: join(home, 'lock'),
    metadata: join(home, 'volume.json'),
    template: join(home, 'template'),
  };
}

/** Second source of truth, should the state be lost: the id holds name and uid. */
export interface VolumeMetadata {
  readonly id: string;
  readonly backend: SizedBackend;
  readonly sizeBytes: number;
  readonly thin: boolean;
  /** Number of its XFS project. */
  readonly project?: number;
}

export async function readMetadata(at: VolumePlaces): Promise<VolumeMetadata> {
  return JSON.parse(await readFile(at.metadata, 'utf8')) as VolumeMetadata;
}

export async function writeMetadata(at: VolumePlaces, metadata: VolumeMetadata): Promise<void> {
  await writeFile(`${at.metadata}.new`, `${JSON.stringify(metadata)}\n`, { mode: 0o600, flush: true });
  await renameDurably(`${at.metadata}.new`, at.metadata);
}

/** The name points to the new file, with all its bytes, also after a power failure. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await syncPath(from);
  await rename(from, to);
  await syncPath(dirname(to));
}

async function syncPath(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

/** Everything of a volume that is not mounted. Nothing is removed recursively: a mount can never be emptied by this. */
export async function removePlaces(at: VolumePlaces): Promise<void> {
  for (const file of [at.image, at.newImage, at.lock, `${at.metadata}.new`, at.metadata])
    await rm(file, { force: true });
  const directories = [join(at.template, 'data'), at.template, at.newMount, at.oldMount, at.data, at.mount, at.home];
  for (const directory of directories) await removeDirectory(directory);
}

/** An empty one, if it is there. */
export async function removeDirectory(path: string): Promise<void> {
  await rmdir(path).catch(ignoreMissing);
}

/** Ids of all that has a directory, finished or not. */
export async function idsIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(ignoreMissing);
  return (names ?? []).filter((name) => VOLUME_ID.test(name)).toSorted();
}

export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

export const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(ignoreMissing)) !== undefined;

export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

export interface Room {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export async function roomIn(directory: string): Promise<Room> {
  const { bsize, bavail, blocks } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Left to images, logs and Berth's own state: a twentieth of the file system, 5 GiB at most. */
const keptFree = (totalBytes: number): number => Math.min(Math.floor(totalBytes / 20), 5 * 2 ** 30);

/** Rejects as `noRoom` unless so many bytes may be taken. */
export async function needRoom(directory: string, bytes: number): Promise<void> {
  const { freeBytes, totalBytes } = await roomIn(directory);
  const kept = keptFree(totalBytes);
  if (bytes + kept <= freeBytes) return;
  throw new VolumeHostError(
    'noRoom',
    `${directory} has ${formatBytes(freeBytes)} free, of which ${formatBytes(kept)} stay free for the rest of the ` +
      `host: not enough for ${formatBytes(bytes)}`,
    { bytes },
  );
}

/** Whatever a verb failed with, as the interface says it. */
export function asVolumeError(error: unknown, id: string, bytes?: number): VolumeHostError {
  if (error instanceof VolumeHostError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const options = { cause: error, ...(bytes === undefined ? {} : { bytes }) };
  return new VolumeHostError(saysNoSpace(error) ? 'noRoom' : 'failed', `volume ${id}: ${reason}`, options);
}

export const saysNoSpace = (error: unknown): boolean =>
  error instanceof CommandFailed
    ? error.stderr.includes('No space left on device')
    : (error as NodeJS.ErrnoException).code === 'ENOSPC';
