/**
 * Volumes as directories of an XFS file system with project quotas: each has a project of its own, whose limit is the
 * volume's size. Nothing is mounted, and a size changes while containers write.
 *
 * Invariants
 *  - A directory takes the name that containers bind only once its limit holds, and loses it before its files go.
 *  - A project's number is in `volume.json` before it is used, and no two volumes share one.
 *
 * A limit reserves nothing: it is refused where the disk could not hold it today, and others may take that room later.
 * Whether somebody has a directory open cannot be told, so nothing here rejects as `inUse`.
 */
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { formatBytes } from '../../common/units.ts';
import { KeyLock } from '../core/keyLock.ts';
import { type VolumeHost, VolumeHostError, type VolumeLook, type VolumeSupport } from '../core/volumeHost.ts';
import type { RunCommand } from './commands.ts';
import {
  asVolumeError,
  idsIn,
  ignoreMissing,
  isThere,
  makePrivateDirectory,
  needRoom,
  placesOf,
  type Room,
  readMetadata,
  removePlaces,
  roomIn,
  type VolumePlaces,
  writeMetadata,
} from './volumePlaces.ts';

export interface QuotaVolumesOptions {
  readonly run: RunCommand;
  readonly support: VolumeSupport;
  /** Where the file system is mounted. */
  readonly mountPoint: string;
}

/** Far from what people and Docker give to theirs. */
const FIRST_PROJECT = 1_650_000_000;

export class QuotaVolumes implements VolumeHost {
  readonly #run: RunCommand;
  readonly #support: VolumeSupport;
  readonly #mountPoint: string;
  /** Of two that are made at once, the second sees the number of the first. */
  readonly #turns = new KeyLock();

  constructor({ run, support, mountPoint }: QuotaVolumesOptions) {
    this.#run = run;
    this.#support = support;
    this.#mountPoint = mountPoint;
  }

  support = (): VolumeSupport => this.#support;
  path = (id: string): string => this.#at(id).data;
  room = (): Promise<Room> => roomIn(this.#support.directory);
  list = (): Promise<readonly string[]> => idsIn(this.#support.directory);

  async look(id: string): Promise<VolumeLook | undefined> {
    const at = this.#at(id);
    if (!(await isThere(at.data))) return undefined;
    return { backend: 'quota', mounted: true, ...(await spaceIn(at)) };
  }

  async create(id: string, { sizeBytes, thin }: { readonly sizeBytes: number; readonly thin: boolean }): Promise<void> {
    await this.#do(id, async (at) => {
      if (await isThere(at.data)) return;
      try {
        await needRoom(this.#support.directory, thin ? 0 : sizeBytes);
        await this.#takeProject(at, id, sizeBytes, thin);
        await this.#makeDirectory(at);
      } catch (error) {
        await this.#remove(at).catch(() => undefined);
        throw asVolumeError(error, id, sizeBytes);
      }
    });
  }

  /** The limit holds, also where somebody took it away meanwhile. */
  async mount(id: string): Promise<void> {
    await this.#do(id, async (at) => {
      await needThere(at, id);
      await this.#limit(await readMetadata(at));
    });
  }

  async resize(id: string, sizeBytes: number): Promise<void> {
    await this.#do(id, async (at) => {
      await needThere(at, id);
      const metadata = await readMetadata(at);
      const { usedBytes } = await spaceIn(at);
      if (usedBytes > sizeBytes)
        throw new VolumeHostError('tooSmall', `it holds ${formatBytes(usedBytes)}`, { bytes: usedBytes });
      if (!metadata.thin) await needRoom(this.#support.directory, sizeBytes - metadata.sizeBytes);
      await this.#limit({ ...metadata, sizeBytes });
      await writeMetadata(at, { ...metadata, sizeBytes });
    });
  }

  /** There is nothing to unmount; who binds the directory is the caller's to know. */
  async unmount(id: string): Promise<void> {
    await needThere(this.#at(id), id);
  }

  async remove(id: string): Promise<void> {
    await this.#do(id, (at) => this.#remove(at));
  }

  async #takeProject(at: VolumePlaces, id: string, sizeBytes: number, thin: boolean): Promise<void> {
    await this.#turns.run('project', async () => {
      const project = await this.#freeProject();
      await makePrivateDirectory(at.home);
      await writeMetadata(at, { id, backend: 'quota', sizeBytes, thin, project });
    });
  }

  async #freeProject(): Promise<number> {
    const taken = await Promise.all(
      (await this.list()).map(async (id) => (await readMetadata(this.#at(id)).catch(ignoreMissing))?.project ?? 0),
    );
    return Math.max(FIRST_PROJECT, ...taken) + 1;
  }

  async #makeDirectory(at: VolumePlaces): Promise<void> {
    const metadata = await readMetadata(at);
    await makePrivateDirectory(at.mount);
    await rm(at.newMount, { recursive: true, force: true });
    await mkdir(at.newMount);
    await this.#run(['chmod', '1777', at.newMount]);
    await this.#run(['xfs_io', '-c', `chproj ${metadata.project}`, '-c', 'chattr +P', at.newMount]);
    await this.#limit(metadata);
    await rename(at.newMount, at.data);
  }

  async #limit({ project, sizeBytes }: { readonly project?: number; readonly sizeBytes: number }): Promise<void> {
    if (project === undefined) throw new Error('volume.json names no project');
    const kibibytes = Math.ceil(sizeBytes / 1024);
    await this.#run(['xfs_quota', '-x', '-c', `limit -p bhard=${kibibytes}k ${project}`, this.#mountPoint]);
  }

  async #remove(at: VolumePlaces): Promise<void> {
    const metadata = await readMetadata(at).catch(ignoreMissing);
    await rename(at.data, at.oldMount).catch(ignoreMissing);
    for (const path of [at.oldMount, at.newMount]) await rm(path, { recursive: true, force: true });
    if (metadata !== undefined) await this.#limit({ ...metadata, sizeBytes: 0 });
    await removePlaces(at);
  }

  async #do(id: string, work: (at: VolumePlaces) => Promise<void>): Promise<void> {
    const at = this.#at(id);
    try {
      await work(at);
    } catch (error) {
      throw asVolumeError(error, id);
    }
  }

  #at(id: string): VolumePlaces {
    return placesOf(this.#support.directory, id);
  }
}

async function needThere(at: VolumePlaces, id: string): Promise<void> {
  if (!(await isThere(at.data))) throw new VolumeHostError('missing', `there is no volume ${id} in ${at.home}`);
}

/** Inside a project's directory XFS shows the limit as the size of the disk. */
async function spaceIn({ data }: VolumePlaces): Promise<{ capacityBytes: number; usedBytes: number }> {
  const { bsize, blocks, bfree } = await statfs(data);
  return { capacityBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize };
}
