/**
 * Image files with ext4 inside: made, grown, and copied into smaller ones.
 *
 * Invariants
 *  - Room is taken before anything is made in it, so that writing into a volume never meets a full host. A thin image
 *    takes it later, and a full host then costs its data.
 *  - An image is made under another name: what bears the final one is whole.
 *
 * A copy keeps what cp can: every byte, owners, modes, times, links, holes, ACLs, extended attributes, capabilities.
 * Lost are inode flags (chattr), preallocation beyond what was written, and the numbers of inodes.
 */
import { open, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KeyLock } from '../core/keyLock.ts';
import { type Command, CommandFailed, type RunCommand } from './commands.ts';
import {
  BLOCK,
  type Ext4Superblock,
  kernelReserve,
  mkfsArguments,
  readSuperblock,
  SUPERBLOCK_END,
} from './ext4Layout.ts';
import { makePrivateDirectory, needRoom, removeDirectory, type VolumePlaces } from './volumePlaces.ts';

/** A disk that writes 10 MB/s copies so much in a second; nobody waits for less. */
const BYTES_A_SECOND = 10e6;
/** A timer holds no more than 24 days. */
const patience = (bytes: number): number => Math.min(2 ** 31 - 1, 120_000 + Math.ceil((bytes / BYTES_A_SECOND) * 1000));

export class LoopImages {
  readonly #run: RunCommand;
  readonly #directory: string;
  /** Of two that take room at once, the second sees what the first has taken. */
  readonly #turns = new KeyLock();

  constructor(run: RunCommand, directory: string) {
    this.#run = run;
    this.#directory = directory;
  }

  /** Makes `at.newImage`. */
  async make(at: VolumePlaces, layout: Ext4Superblock, thin: boolean): Promise<void> {
    await (await open(at.newImage, 'wx', 0o600)).close();
    await this.setLength(at.newImage, layout.blocks * BLOCK, thin);
    // Everybody may write there, as in /tmp; who shares a volume with whom is decided by who may bind it.
    const data = join(at.template, 'data');
    await makePrivateDirectory(data);
    await this.#run(['chmod', '1777', data]);
    await this.#run(['mkfs.ext4', ...mkfsArguments(at.newImage, layout, at.template)], { deadlineMs: 600_000 });
    await removeDirectory(data);
    await removeDirectory(at.template);
  }

  /** Makes an image exactly so long, and takes the room unless it is thin. Failing, it is as long as before. */
  async setLength(image: string, bytes: number, thin: boolean): Promise<void> {
    const { size, blocks } = await stat(image);
    if (bytes <= size || thin) return truncate(image, bytes);
    await this.#turns.run('room', async () => {
      await needRoom(this.#directory, bytes - blocks * 512);
      try {
        await this.#run(['fallocate', '--length', `${bytes}`, image], { deadlineMs: patience(bytes) });
      } catch (error) {
        await truncate(image, size);
        throw error;
      }
    });
  }

  /** Of an image, or of the device that has it mounted: only there a change just made can be seen. */
  async superblock(path: string): Promise<Ext4Superblock> {
    await using file = await open(path, 'r');
    const { buffer } = await file.read(Buffer.alloc(SUPERBLOCK_END), 0, SUPERBLOCK_END, 0);
    const superblock = readSuperblock(buffer);
    if (superblock === undefined) throw new Error(`${path} holds no ext4 file system`);
    return superblock;
  }

  /** Fills a longer image while it is mounted. */
  async growMounted(device: string, blocks: number): Promise<void> {
    await this.#run(['losetup', '--set-capacity', device]);
    await this.#run(['resize2fs', device], { deadlineMs: 600_000 });
    // As the next mount will have it. Where this may not be written, there is up to 2 % too much room until then.
    const reserve = join('/sys/fs/ext4', basename(device), 'reserved_clusters');
    await writeFile(reserve, `${kernelReserve(blocks)}`).catch(() => undefined);
  }

  /** Fills a longer image that is not mounted. Killed in its middle this would do harm, so it outlives us. */
  async growUnmounted(at: VolumePlaces): Promise<void> {
    const alone: Command = ['flock', at.lock];
    const options = { outlives: true, deadlineMs: 3_600_000 };
    try {
      await this.#run([...alone, 'e2fsck', '-f', '-p', at.image], options);
    } catch (error) {
      // 1: something was put right.
      if (!(error instanceof CommandFailed && error.exitCode === 1)) throw error;
    }
    await this.#run([...alone, 'resize2fs', at.image], options);
  }

  /** Waits for what an earlier berthd left at work on it. */
  async awaitUndisturbed(at: VolumePlaces): Promise<void> {
    const there = await stat(at.lock).catch(() => undefined);
    if (there !== undefined) await this.#run(['flock', at.lock, 'true'], { deadlineMs: 600_000 });
  }

  /** Everything below one mount into another, and on to the disk. */
  async copy(from: string, to: string, bytes: number): Promise<void> {
    // `xattr` once more by name: without that cp would keep silent where it cannot copy one.
    const copy: Command = ['cp', '--archive', '--preserve=xattr', '--no-target-directory'];
    await this.#run([...copy, join(from, 'data'), join(to, 'data')], { deadlineMs: patience(bytes) });
    await this.#run(['sync', '--file-system', to], { deadlineMs: patience(bytes) });
  }
}
