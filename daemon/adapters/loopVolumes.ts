/**
 * Volumes as image files with ext4, mounted on loop devices.
 *
 * Each verb first clears away what a killed one left, and then goes from whatever it finds to the end that it promises.
 * A volume is there once its image bears its name. It grows in place; it shrinks by being copied into a smaller image
 * that takes the name of the first, which stands until then.
 *
 * Not here: two verbs on one volume at a time; the caller lets them take turns.
 */
import { rm, statfs } from 'node:fs/promises';
import { formatBytes } from '../../common/units.ts';
import { type VolumeHost, VolumeHostError, type VolumeLook, type VolumeSupport } from '../core/volumeHost.ts';
import type { RunCommand } from './commands.ts';
import { BLOCK, blocksFor, type Ext4Superblock, newLayout } from './ext4Layout.ts';
import { LoopImages } from './loopImages.ts';
import { Mounts } from './mounts.ts';
import {
  asVolumeError,
  idsIn,
  isThere,
  makePrivateDirectory,
  needRoom,
  placesOf,
  type Room,
  readMetadata,
  removeDirectory,
  removePlaces,
  renameDurably,
  roomIn,
  saysNoSpace,
  type VolumePlaces,
  writeMetadata,
} from './volumePlaces.ts';

export interface LoopVolumesOptions {
  readonly run: RunCommand;
  readonly support: VolumeSupport;
  readonly ownNamespace: boolean;
}

export class LoopVolumes implements VolumeHost {
  readonly #support: VolumeSupport;
  readonly #images: LoopImages;
  readonly #mounts: Mounts;

  constructor({ run, support, ownNamespace }: LoopVolumesOptions) {
    this.#support = support;
    this.#images = new LoopImages(run, support.directory);
    this.#mounts = new Mounts(run, ownNamespace);
  }

  support(): VolumeSupport {
    return this.#support;
  }

  path(id: string): string {
    return this.#at(id).data;
  }

  room(): Promise<Room> {
    return roomIn(this.#support.directory);
  }

  list(): Promise<readonly string[]> {
    return idsIn(this.#support.directory);
  }

  async look(id: string): Promise<VolumeLook | undefined> {
    const at = this.#at(id);
    if (!(await isThere(at.image))) return undefined;
    if ((await this.#mounts.at(at.mount)) === undefined)
      return { backend: 'loop', mounted: false, capacityBytes: null, usedBytes: null };
    const { capacityBytes, usedBytes } = await spaceIn(at.mount);
    return { backend: 'loop', mounted: true, capacityBytes, usedBytes };
  }

  async create(id: string, { sizeBytes, thin }: { readonly sizeBytes: number; readonly thin: boolean }): Promise<void> {
    await this.#do(id, async (at) => {
      if (await isThere(at.image)) return this.#mount(at);
      const layout = newLayout(sizeBytes);
      try {
        await makePrivateDirectory(at.home);
        await writeMetadata(at, { id, backend: 'loop', sizeBytes, thin });
        await this.#images.make(at, layout, thin);
        await renameDurably(at.newImage, at.image);
        await this.#mount(at);
      } catch (error) {
        await this.#remove(at).catch(() => undefined);
        throw asVolumeError(error, id, layout.blocks * BLOCK);
      }
    });
  }

  async mount(id: string): Promise<void> {
    await this.#do(id, async (at) => {
      await needThere(at, id);
      await this.#mount(at);
    });
  }

  async resize(id: string, sizeBytes: number): Promise<void> {
    await this.#do(id, async (at) => {
      await needThere(at, id);
      await this.#mount(at);
      const { thin } = await readMetadata(at);
      const now = await this.#images.superblock(await this.#deviceOf(at));
      const blocks = blocksFor(sizeBytes, now);
      if (blocks >= now.blocks) await this.#grow(at, now, blocks, thin);
      else await this.#shrink(at, sizeBytes, thin);
      await writeMetadata(at, { id, backend: 'loop', sizeBytes, thin });
    });
  }

  async unmount(id: string): Promise<void> {
    await this.#do(id, async (at) => {
      await needThere(at, id);
      await this.#release(at);
    });
  }

  async remove(id: string): Promise<void> {
    await this.#do(id, (at) => this.#remove(at));
  }

  async #grow(at: VolumePlaces, now: Ext4Superblock, blocks: number, thin: boolean): Promise<void> {
    await this.#images.setLength(at.image, blocks * BLOCK, thin);
    if (blocks === now.blocks) return;
    if (this.#support.growsInUse) return this.#images.growMounted(await this.#deviceOf(at), blocks);
    await this.#release(at);
    try {
      await this.#images.growUnmounted(at);
    } finally {
      await this.#mount(at);
    }
  }

  async #shrink(at: VolumePlaces, sizeBytes: number, thin: boolean): Promise<void> {
    const { usedBytes, files } = await spaceIn(at.mount);
    if (usedBytes > sizeBytes) throw tooSmall(usedBytes, sizeBytes);
    const layout = newLayout(sizeBytes, files);
    // Whatever is written into the others meets their own end; a thin one meets the host's.
    if (thin) await needRoom(this.#support.directory, usedBytes);
    try {
      await this.#images.make(at, layout, thin);
      await this.#release(at);
      await this.#copyToNew(at, sizeBytes, usedBytes);
      await renameDurably(at.newImage, at.image);
    } finally {
      await this.#clear(at);
      await this.#mount(at);
    }
  }

  async #copyToNew(at: VolumePlaces, sizeBytes: number, usedBytes: number): Promise<void> {
    await makePrivateDirectory(at.newMount);
    await makePrivateDirectory(at.oldMount);
    await this.#mounts.mountImage(at.image, at.oldMount, 'ro');
    await this.#mounts.mountImage(at.newImage, at.newMount);
    try {
      await this.#images.copy(at.oldMount, at.newMount, usedBytes);
    } catch (error) {
      throw saysNoSpace(error) ? tooSmall(usedBytes, sizeBytes) : error;
    }
    await this.#releaseOrFail(at.newImage, at.newMount);
    await this.#releaseOrFail(at.image, at.oldMount);
  }

  async #remove(at: VolumePlaces): Promise<void> {
    if (await isThere(at.image)) await this.#release(at);
    await removePlaces(at);
  }

  async #mount(at: VolumePlaces): Promise<void> {
    if ((await this.#mounts.at(at.mount)) !== undefined) return;
    await makePrivateDirectory(at.mount);
    await this.#mounts.mountImage(at.image, at.mount);
  }

  /** Nobody has it open any more, and it is not mounted; or it rejects as `inUse`, and is. */
  async #release(at: VolumePlaces): Promise<void> {
    await this.#releaseOrFail(at.image, at.mount);
  }

  async #releaseOrFail(image: string, path: string): Promise<void> {
    if (!(await this.#mounts.release(image, path)))
      throw new VolumeHostError('inUse', `${path} has to be unmounted for this, and somebody has it open`);
  }

  async #deviceOf(at: VolumePlaces): Promise<string> {
    const mount = await this.#mounts.at(at.mount);
    if (mount === undefined) throw new Error(`${at.mount} is not mounted any more`);
    return mount.device;
  }

  /** Takes away what a verb that was cut off, or failed, left beside the volume. */
  async #clear(at: VolumePlaces): Promise<void> {
    await this.#images.awaitUndisturbed(at);
    for (const path of [at.newMount, at.oldMount]) {
      if ((await this.#mounts.at(path)) !== undefined && !(await this.#mounts.unmount(path)))
        throw new Error(`${path} is left from an earlier resize, and somebody has it open`);
      await removeDirectory(path);
    }
    await rm(at.newImage, { force: true });
  }

  async #do(id: string, work: (at: VolumePlaces) => Promise<void>): Promise<void> {
    const at = this.#at(id);
    try {
      if (await isThere(at.home)) await this.#clear(at);
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
  if (!(await isThere(at.image))) throw new VolumeHostError('missing', `there is no volume ${id} in ${at.home}`);
}

const tooSmall = (usedBytes: number, sizeBytes: number): VolumeHostError =>
  new VolumeHostError('tooSmall', `it holds ${formatBytes(usedBytes)}, more than ${formatBytes(sizeBytes)}`, {
    bytes: usedBytes,
  });

async function spaceIn(path: string) {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  const usedBytes = (blocks - bfree) * bsize;
  return { usedBytes, capacityBytes: usedBytes + bavail * bsize, files: files - ffree };
}
