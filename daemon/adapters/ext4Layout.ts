/**
 * How large an ext4 file system must be for a number of bytes to fit into it, and what an existing one is made of.
 *
 * Invariants
 *  - What `blocksFor` says has room for the bytes asked for, and for little more: at most 1 % and 2 MiB.
 *  - Nothing is left to the host's mke2fs.conf: the same request gives the same layout everywhere.
 *
 * Sizes follow ext4's disk layout (kernel documentation, filesystems/ext4): each group of 32768 blocks spends two
 * bitmaps and its inode table; groups 0, 1 and the powers of 3, 5 and 7 also keep a copy of superblock and descriptors.
 */

export const BLOCK = 4096;
const GROUP_BLOCKS = 32_768;
const INODE_BYTES = 256;
const INODES_PER_BLOCK = BLOCK / INODE_BYTES;
const DESCRIPTORS_PER_BLOCK = BLOCK / 64;
const BLOCKS_MAX = 2 ** 32 - 1;
/** One file for every 16 KiB, as is usual. */
const INODES_PER_GROUP = 8192;
const INODES_PER_GROUP_MAX = 8 * BLOCK;
/** Root directory, `data`, and lost+found with its blocks. */
const FIRST_BLOCKS = 7;
/** The smallest journal may take half of it; this has room for about 2 MB. */
const BLOCKS_MIN = 2112;
/** A last group that is smaller than its own tables and this is left unused by mke2fs and resize2fs. */
const GROUP_REST_MIN = 50;
/** The kernel keeps a fiftieth for its own bookkeeping, but no more than this. */
const KERNEL_RESERVE_MAX = 4096;

/** The parts of a layout that never change while a file system grows. */
export interface Ext4Geometry {
  readonly journalBlocks: number;
  readonly inodesPerGroup: number;
  /** Group descriptors, with the blocks kept free for more of them. */
  readonly descriptorBlocks: number;
}

export interface Ext4Superblock extends Ext4Geometry {
  readonly blocks: number;
}

/** What `readSuperblock` needs: the first bytes of an image or device. */
export const SUPERBLOCK_END = 2048;

/** Undefined when there is no ext4 of ours. Offsets are those of struct ext4_super_block. */
export function readSuperblock(head: Buffer): Ext4Superblock | undefined {
  const superblock = head.subarray(1024, SUPERBLOCK_END);
  if (superblock.length < 1024 || superblock.readUInt16LE(0x38) !== 0xef53) return undefined;
  const blocks = superblock.readUInt32LE(0x4) + superblock.readUInt32LE(0x150) * 2 ** 32;
  return {
    blocks,
    inodesPerGroup: superblock.readUInt32LE(0x28),
    journalBlocks: superblock.readUInt32LE(0x14c) / BLOCK,
    descriptorBlocks: descriptorsOf(blocks) + superblock.readUInt16LE(0xce),
  };
}

/** Blocks of a file system that has room for `bytes`, laid out as `geometry` says. */
export function blocksFor(bytes: number, geometry: Ext4Geometry): number {
  const wanted = Math.ceil(bytes / BLOCK) + allowance(bytes);
  let blocks = wanted;
  for (let short = 1; short > 0; blocks += short) short = wanted - usableBlocks(blocks, geometry);
  return blocks;
}

/** For what a full volume spends beside the bytes of its files: their extents, and directories. */
const allowance = (bytes: number): number => 16 + Math.ceil(bytes / BLOCK / 2048);

/** What can be written into a new file system of that many blocks. */
export function usableBlocks(blocks: number, geometry: Ext4Geometry): number {
  const groups = Math.ceil(blocks / GROUP_BLOCKS);
  const tables = 2 + geometry.inodesPerGroup / INODES_PER_BLOCK;
  const copies = copiesIn(groups) * (1 + geometry.descriptorBlocks);
  const rest = blocks - (groups - 1) * GROUP_BLOCKS;
  const lastCopy = hasCopy(groups - 1) ? 1 + geometry.descriptorBlocks : 0;
  if (groups > 1 && rest < tables + lastCopy + GROUP_REST_MIN)
    return usableBlocks((groups - 1) * GROUP_BLOCKS, geometry);
  return blocks - groups * tables - copies - geometry.journalBlocks - FIRST_BLOCKS - kernelReserve(blocks);
}

/** What the kernel keeps of so many blocks; it looks once, when it mounts. */
export const kernelReserve = (blocks: number): number => Math.min(Math.floor(blocks / 50), KERNEL_RESERVE_MAX);

/** A new file system with room for `bytes` in `files` files. */
export function newLayout(bytes: number, files = 0): Ext4Superblock {
  const first = settle(bytes, INODES_PER_GROUP);
  const needed = Math.ceil((files * 1.02) / Math.ceil(first.blocks / GROUP_BLOCKS)) + INODES_PER_BLOCK;
  if (needed <= INODES_PER_GROUP) return first;
  return settle(bytes, Math.min(INODES_PER_GROUP_MAX, Math.ceil(needed / 64) * 64));
}

/** Descriptors depend on the blocks and the blocks on descriptors: a second look settles it. */
function settle(bytes: number, inodesPerGroup: number): Ext4Superblock {
  const journalBlocks = journalFor(bytes);
  let blocks = Math.max(BLOCKS_MIN, Math.ceil(bytes / BLOCK));
  for (;;) {
    const descriptorBlocks = descriptorsOf(blocks) + reservedDescriptors(blocks);
    const geometry = { journalBlocks, inodesPerGroup, descriptorBlocks };
    const next = blocksFor(bytes, geometry);
    if (next <= blocks) return { ...geometry, blocks };
    blocks = next;
  }
}

/** The arguments of mke2fs that make it. `template` is copied into the root directory. */
export function mkfsArguments(image: string, layout: Ext4Superblock, template: string): readonly string[] {
  const groups = Math.ceil(layout.blocks / GROUP_BLOCKS);
  const blank = 'nodiscard,lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0';
  const journal = `size=${(layout.journalBlocks * BLOCK) / 2 ** 20}`;
  const options = `-q -F -t ext4 -m 0 -b ${BLOCK} -I ${INODE_BYTES} -N ${groups * layout.inodesPerGroup}`;
  const parts = `-J ${journal} -O ${FEATURES} -E ${blank}`;
  return [...options.split(' '), ...parts.split(' '), '-d', template, image, `${layout.blocks}`];
}

const FEATURES =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,' +
  'dir_nlink,extra_isize,metadata_csum';

/** It does not grow with the volume, so a small volume's is not the smallest possible. */
function journalFor(bytes: number): number {
  if (bytes < 2 ** 27) return 1024;
  return bytes < 2 ** 31 ? 4096 : 16_384;
}

const descriptorsOf = (blocks: number): number => Math.ceil(Math.ceil(blocks / GROUP_BLOCKS) / DESCRIPTORS_PER_BLOCK);

/** mke2fs keeps descriptors free for a thousandfold growth, as far as its inode for them reaches. */
const reservedDescriptors = (blocks: number): number =>
  Math.min(BLOCK / 4, descriptorsOf(Math.min(blocks * 1024, BLOCKS_MAX)) - descriptorsOf(blocks));

const copiesIn = (groups: number): number => {
  let copies = Math.min(groups, 2);
  for (const base of [3, 5, 7]) for (let group = base; group < groups; group *= base) copies += 1;
  return copies;
};

const hasCopy = (group: number): boolean => copiesIn(group + 1) > copiesIn(group);
