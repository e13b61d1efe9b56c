import { describe, expect, test } from 'vitest';
import {
  BLOCK,
  blocksFor,
  mkfsArguments,
  newLayout,
  readSuperblock,
  usableBlocks,
} from '../../../../daemon/adapters/ext4Layout.ts';

const MB = 2 ** 20;

/** As statfs showed them right after mke2fs 1.47 and the mount: blocks of the image, and what can be written. */
const seen = [
  { blocks: 6825, usable: 5139, journalBlocks: 1024, descriptorBlocks: 4 },
  { blocks: 34_562, usable: 31_776, journalBlocks: 1024, descriptorBlocks: 17 },
  { blocks: 269_631, usable: 256_141, journalBlocks: 4096, descriptorBlocks: 132 },
  { blocks: 13_045_255, usable: 12_806_266, journalBlocks: 16_384, descriptorBlocks: 1031 },
  { blocks: 520_460_359, usable: 512_250_016, journalBlocks: 16_384, descriptorBlocks: 1273 },
];

describe('what can be written', () => {
  test.each(seen)('into $blocks blocks is what a real file system of that size has', ({ blocks, usable, ...rest }) => {
    expect(usableBlocks(blocks, { ...rest, inodesPerGroup: 8192 })).toBe(usable);
  });

  test('does not count a last group that is too small to be used', () => {
    const geometry = { journalBlocks: 1024, inodesPerGroup: 8192, descriptorBlocks: 18 };
    const whole = usableBlocks(2 * 32_768, geometry);
    expect(usableBlocks(2 * 32_768 + 500, geometry)).toBe(whole);
    expect(usableBlocks(2 * 32_768 + 700, geometry)).toBeGreaterThan(whole);
  });
});

describe('a new layout', () => {
  const sizes = [1, 20, 100, 123, 127, 128, 250, 4095, 100_000, 2_000_000, 15_000_000];

  test.each(sizes)('for %d MB has room for them, and for little more', (size) => {
    const layout = newLayout(size * MB);
    const usable = usableBlocks(layout.blocks, layout) * BLOCK;
    expect(usable).toBeGreaterThanOrEqual(size * MB);
    expect(usable).toBeLessThanOrEqual(size * MB * 1.01 + 2 * MB);
  });

  test('has an inode for every file that must go in', () => {
    const layout = newLayout(20 * MB, 9000);
    expect(layout.inodesPerGroup).toBeGreaterThanOrEqual(9000);
    expect(usableBlocks(layout.blocks, layout) * BLOCK).toBeGreaterThanOrEqual(20 * MB);
  });

  test('is said to mke2fs in full', () => {
    const args = mkfsArguments('/v/image', newLayout(20 * MB), '/v/template').join(' ');
    expect(args).toContain('-N 8192 -J size=4 -O none,has_journal,');
    expect(args).toMatch(/-d \/v\/template \/v\/image 6825$/);
  });
});

describe('growth', () => {
  test.each([21, 300, 5000, 100_000])('to %d MB keeps the journal and the tables it began with', (size) => {
    const small = newLayout(20 * MB);
    const usable = usableBlocks(blocksFor(size * MB, small), small) * BLOCK;
    expect(usable).toBeGreaterThanOrEqual(size * MB);
    expect(usable).toBeLessThanOrEqual(size * MB * 1.01 + 2 * MB);
  });

  test('to the size it has asks for the blocks it has', () => {
    for (const size of [20, 300, 5000]) {
      const layout = newLayout(size * MB);
      expect(blocksFor(size * MB, layout)).toBe(layout.blocks);
    }
  });
});

describe('a superblock', () => {
  const head = Buffer.alloc(2048);
  head.writeUInt32LE(520_460_359, 1024 + 0x4);
  head.writeUInt32LE(8192, 1024 + 0x28);
  head.writeUInt16LE(0xef53, 1024 + 0x38);
  head.writeUInt16LE(1024, 1024 + 0xce);
  head.writeUInt32LE(64 * MB, 1024 + 0x14c);

  test('says how the file system is laid out', () => {
    const parts = { blocks: 520_460_359, inodesPerGroup: 8192, journalBlocks: 16_384, descriptorBlocks: 1273 };
    expect(readSuperblock(head)).toEqual(parts);
  });

  test('is not found in anything else', () => {
    expect(readSuperblock(Buffer.alloc(2048))).toBeUndefined();
    expect(readSuperblock(Buffer.alloc(10))).toBeUndefined();
  });
});
