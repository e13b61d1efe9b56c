/** The commands that an XFS file system would get; `statfs` here answers for the disk below. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandFailed, type RunCommand, runCommand } from '../../../../daemon/adapters/commands.ts';
import { QuotaVolumes } from '../../../../daemon/adapters/quotaVolumes.ts';

const MB = 2 ** 20;
const idOf = (number: number) => `data-${number.toString().padStart(26, '0')}`;
const id = idOf(0);
const sized = { sizeBytes: 20 * MB, thin: false };

let directory: string;
let commands: string[];
let failing: string | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-quota-'));
  commands = [];
  failing = undefined;
});
afterEach(() => rm(directory, { recursive: true }));

const run: RunCommand = async (command, options) => {
  if (command[0] === 'chmod') return runCommand(command, options);
  commands.push(command.join(' '));
  if (failing !== undefined && command.includes(failing)) throw new CommandFailed(command, 1, 'xfs_quota: cannot set');
  return '';
};
const open = () =>
  new QuotaVolumes({ run, mountPoint: '/xfs', support: { backend: 'quota', directory, reason: '', growsInUse: true } });

test('a volume is a directory for everybody, whose project has the limit before it can be bound', async () => {
  const host = open();
  await host.create(id, sized);
  expect(commands).toEqual([
    `xfs_io -c chproj 1650000001 -c chattr +P ${directory}/${id}/new`,
    'xfs_quota -x -c limit -p bhard=20480k 1650000001 /xfs',
  ]);
  expect((await stat(host.path(id))).mode & 0o7777).toBe(0o1777);
  expect((await stat(join(directory, id))).mode & 0o077).toBe(0);
  expect(await host.look(id)).toMatchObject({ backend: 'quota', mounted: true });
});

test('made twice it is left as it is', async () => {
  const host = open();
  await host.create(id, sized);
  await writeFile(join(host.path(id), 'file'), 'precious');
  await host.create(id, sized);
  expect(commands).toHaveLength(2);
  expect(await readFile(join(host.path(id), 'file'), 'utf8')).toBe('precious');
});

test('volumes made at once have projects of their own, also beside older ones', async () => {
  await open().create(id, sized);
  await Promise.all([1, 2, 3].map((number) => open().create(idOf(number), sized)));
  const host = open();
  await Promise.all([4, 5].map((number) => host.create(idOf(number), sized)));
  const projectOf = async (number: number) => {
    const text = await readFile(join(directory, idOf(number), 'volume.json'), 'utf8');
    return (JSON.parse(text) as { project: number }).project;
  };
  expect(await projectOf(4)).not.toBe(await projectOf(5));
  expect(await projectOf(4)).toBeGreaterThan(await projectOf(0));
});

test('a limit that cannot be set leaves nothing behind', async () => {
  failing = 'limit -p bhard=20480k 1650000001';
  const host = open();
  await expect(host.create(id, sized)).rejects.toMatchObject({ kind: 'failed' });
  expect(await readdir(directory)).toEqual([]);
});

test('a volume larger than the disk is refused, unless it may be thin', async () => {
  const host = open();
  const sizeBytes = (await host.room()).totalBytes * 2;
  await expect(host.create(id, { sizeBytes, thin: false })).rejects.toMatchObject({ kind: 'noRoom', bytes: sizeBytes });
  expect(await host.list()).toEqual([]);
  await host.create(id, { sizeBytes, thin: true });
});

describe('a resize', () => {
  test('is one new limit, which holds again after a restart', async () => {
    const host = open();
    await host.create(id, { ...sized, thin: true });
    const size = Math.ceil(((await host.look(id))?.usedBytes ?? 0) / 1024) * 1024 + MB;
    commands = [];
    await host.resize(id, size);
    await host.mount(id);
    const limit = `xfs_quota -x -c limit -p bhard=${size / 1024}k 1650000001 /xfs`;
    expect(commands).toEqual([limit, limit]);
  });

  test('below what it holds is refused, and sets no limit', async () => {
    const host = open();
    await host.create(id, sized);
    commands = [];
    await expect(host.resize(id, 1)).rejects.toMatchObject({ kind: 'tooSmall' });
    expect(commands).toEqual([]);
  });
});

test('a removal takes the files and the limit, and can be repeated', async () => {
  const host = open();
  await host.create(id, sized);
  await writeFile(join(host.path(id), 'file'), '');
  await host.remove(id);
  expect(commands.at(-1)).toBe('xfs_quota -x -c limit -p bhard=0k 1650000001 /xfs');
  await host.remove(id);
  expect(await readdir(directory)).toEqual([]);
  expect(await host.look(id)).toBeUndefined();
});

test('what is not there can be neither mounted nor resized', async () => {
  const host = open();
  for (const call of [host.mount(id), host.unmount(id), host.resize(id, MB)])
    await expect(call).rejects.toMatchObject({ kind: 'missing' });
});
