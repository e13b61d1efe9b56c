/** Volumes with a size, as Berth relies on them on every host. Sizes that hold, files that stay, refusals that change nothing. */
import { describe, expect, test } from 'vitest';
import { onEveryVolumeHost, volumeErrorOf, volumeId } from '../rig/volumes/conformance.ts';

const MB = 2 ** 20;
const id = volumeId('data');
const full = { sizeBytes: 20 * MB, thin: false };

onEveryVolumeHost((bench) => {
  describe('unmount', () => {
    test('lets go of a volume, and mount brings it back with its files', async () => {
      const { host, write, files } = bench();
      await host.create(id, full);
      await write(id, 'a', MB);
      await host.unmount(id);
      await host.unmount(id);
      expect(await host.look(id)).toMatchObject({ mounted: false, usedBytes: null });
      await expect(write(id, 'b', MB)).rejects.toMatchObject({ code: 'ENOENT' });
      await host.mount(id);
      expect(await files(id)).toEqual({ a: MB });
    });

    test('leaves it mounted where somebody has it open', async () => {
      const { host, hold } = bench();
      await host.create(id, full);
      {
        await using _held = await hold(id);
        expect(await volumeErrorOf(host.unmount(id))).toBe('inUse');
        expect(await host.look(id)).toMatchObject({ mounted: true });
      }
      expect(await volumeErrorOf(host.unmount(volumeId('nothing')))).toBe('missing');
    });
  });

  test('a volume that has the size asked for is left as it is, whoever has it open', async () => {
    const { host, hold } = bench();
    await host.create(id, full);
    await using _held = await hold(id);
    await host.resize(id, full.sizeBytes);
    expect(await host.look(id)).toMatchObject({ mounted: true });
  });

  describe('a new volume', () => {
    test('is mounted and empty, with all the bytes asked for and hardly more', async () => {
      const { host, files } = bench();
      await host.create(id, full);
      const look = await host.look(id);
      expect(look).toMatchObject({ mounted: true });
      expect(look?.capacityBytes).toBeGreaterThanOrEqual(20 * MB);
      expect(look?.capacityBytes).toBeLessThan(20 * MB * 1.01 + MB);
      expect(look?.usedBytes).toBeLessThan(MB);
      expect(await files(id)).toEqual({});
      expect(await host.list()).toEqual([id]);
    });

    test('takes every byte asked for, and refuses those beyond', async () => {
      const { host, write, files } = bench();
      await host.create(id, full);
      await write(id, 'a', 20 * MB);
      await expect(write(id, 'b', 2 * MB)).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(await files(id)).toMatchObject({ a: 20 * MB });
      expect((await host.look(id))?.usedBytes).toBeGreaterThanOrEqual(20 * MB);
    });

    test('stays as it is when it is made again', async () => {
      const { host, write, files } = bench();
      await host.create(id, full);
      await write(id, 'a', MB);
      await host.create(id, full);
      expect(await files(id)).toEqual({ a: MB });
    });

    test('may be thin', async () => {
      const { host, write } = bench();
      const before = await host.room();
      await host.create(id, { sizeBytes: 10_000 * MB, thin: true });
      await write(id, 'a', MB);
      expect((await host.look(id))?.capacityBytes).toBeGreaterThanOrEqual(10_000 * MB);
      expect((await host.room()).freeBytes).toBeGreaterThan(before.freeBytes - 5_000 * MB);
    });

    test('larger than the disk is refused, and nothing of it is left', async () => {
      const { host } = bench();
      const { totalBytes } = await host.room();
      const refused = host.create(id, { sizeBytes: totalBytes * 2, thin: false });
      await expect(refused).rejects.toMatchObject({ kind: 'noRoom' });
      expect(await host.list()).toEqual([]);
      expect(await host.look(id)).toBeUndefined();
    });

    test('is made beside others at the same time', async () => {
      const { host } = bench();
      const ids = Array.from({ length: 6 }, (_, number) => volumeId('many', number));
      await Promise.all(ids.map((each) => host.create(each, full)));
      expect(await host.list()).toEqual(ids);
      for (const each of ids) expect(await host.look(each)).toMatchObject({ mounted: true });
      await Promise.all(ids.map((each) => host.remove(each)));
      expect(await host.list()).toEqual([]);
    });
  });

  describe('a volume that is not mounted', () => {
    test('cannot be written to, and has its files again once it is', async () => {
      const { host, write, files, unmount } = bench();
      await host.create(id, full);
      await write(id, 'a', MB);
      await unmount(id);
      const nowhere = { mounted: false, capacityBytes: null, usedBytes: null };
      expect(await host.look(id)).toMatchObject(nowhere);
      await expect(write(id, 'b', MB)).rejects.toMatchObject({ code: 'ENOENT' });
      await host.mount(id);
      await host.mount(id);
      expect(await files(id)).toEqual({ a: MB });
    });

    test('can be resized, and is mounted then', async () => {
      const { host, write, files, unmount } = bench();
      await host.create(id, full);
      await write(id, 'a', MB);
      await unmount(id);
      await host.resize(id, 30 * MB);
      expect(await host.look(id)).toMatchObject({ mounted: true });
      expect(await files(id)).toEqual({ a: MB });
    });

    test('can be removed', async () => {
      const { host, unmount } = bench();
      await host.create(id, full);
      await unmount(id);
      await host.remove(id);
      expect(await host.list()).toEqual([]);
    });
  });

  describe('a resize', () => {
    test.each([50, 21, 300])('to %d MB keeps the files and makes room', async (size) => {
      const { host, write, files } = bench();
      await host.create(id, full);
      await write(id, 'a', 15 * MB);
      await host.resize(id, size * MB);
      expect(await files(id)).toEqual({ a: 15 * MB });
      const capacity = (await host.look(id))?.capacityBytes;
      expect(capacity).toBeGreaterThanOrEqual(size * MB);
      expect(capacity).toBeLessThan(size * MB * 1.01 + MB);
      await write(id, 'b', (size - 15) * MB);
    });

    test('to less keeps the files, and the new size holds', async () => {
      const { host, write, files } = bench();
      await host.create(id, { sizeBytes: 60 * MB, thin: false });
      await write(id, 'a', 15 * MB);
      await host.resize(id, 20 * MB);
      expect(await files(id)).toEqual({ a: 15 * MB });
      await expect(write(id, 'b', 7 * MB)).rejects.toMatchObject({ code: 'ENOSPC' });
    });

    test('to the same, or twice, changes nothing', async () => {
      const { host, write, files } = bench();
      await host.create(id, full);
      await write(id, 'a', MB);
      for (const size of [20, 40, 40, 20, 20]) await host.resize(id, size * MB);
      expect(await files(id)).toEqual({ a: MB });
      expect((await host.look(id))?.capacityBytes).toBeLessThan(22 * MB);
    });

    test('below what it holds is refused with what it holds, and changes nothing', async () => {
      const { host, write, files } = bench();
      await host.create(id, full);
      await write(id, 'a', 15 * MB);
      const before = await host.look(id);
      const refused = host.resize(id, 10 * MB);
      await expect(refused).rejects.toMatchObject({ kind: 'tooSmall', bytes: before?.usedBytes });
      expect(await host.look(id)).toEqual(before);
      expect(await files(id)).toEqual({ a: 15 * MB });
    });

    test('beyond the disk is refused, and changes nothing', async () => {
      const { host } = bench();
      await host.create(id, full);
      const before = await host.look(id);
      const refused = host.resize(id, (await host.room()).totalBytes * 2);
      await expect(refused).rejects.toMatchObject({ kind: 'noRoom' });
      expect(await host.look(id)).toEqual(before);
    });
  });

  describe('a volume that somebody has open', () => {
    test('is neither removed nor made smaller, and stays as it is', async () => {
      const { host, write, files, hold } = bench();
      await host.create(id, full);
      await write(id, 'a', MB);
      {
        await using _ = await hold(id);
        expect(await volumeErrorOf(host.remove(id))).toBe('inUse');
        expect(await volumeErrorOf(host.resize(id, 10 * MB))).toBe('inUse');
        expect(await host.look(id)).toMatchObject({ mounted: true });
        expect(await files(id)).toEqual({ a: MB });
      }
      await host.resize(id, 10 * MB);
      await host.remove(id);
    });

    test('grows only where that was promised', async () => {
      const { host, hold } = bench();
      await host.create(id, full);
      await using _ = await hold(id);
      expect(await volumeErrorOf(host.resize(id, 30 * MB))).toBe(host.support().growsInUse ? 'none' : 'inUse');
      expect(await host.look(id)).toMatchObject({ mounted: true });
    });
  });

  describe('a volume that is not there', () => {
    test('is removed already, and cannot be mounted or resized', async () => {
      const { host } = bench();
      await host.remove(id);
      expect(await host.look(id)).toBeUndefined();
      expect(await volumeErrorOf(host.mount(id))).toBe('missing');
      expect(await volumeErrorOf(host.resize(id, 10 * MB))).toBe('missing');
    });
  });
});
