/** `backup`, `restore`, `doctor` and `doctor --rebuild` in places where they cannot do their work: clear refusals. */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Level } from 'level';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLevelStore } from '../../daemon/adapters/levelStore.ts';
import { put } from '../../daemon/core/records.ts';
import { fillState } from '../rig/stateDirectory.ts';
import { testEngine } from '../rig/testEngine.ts';

const MAIN = new URL('../../daemon/main.ts', import.meta.url).pathname;

let directory: string;
let data: string;
/** Of the state in `data`. */
let backup: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-bad-places-'));
  data = join(directory, 'data');
  backup = join(directory, 'good.backup');
  await fillState(data, 40);
  expect(await tool(['backup', backup])).toMatchObject({ code: 0 });
});
afterEach(() => rm(directory, { recursive: true }));

/** As `user` where that is named: root may write anywhere. */
async function tool(args: readonly string[], { at = data, user }: { at?: string; user?: number } = {}) {
  const flags = ['--data', at, '--docker-host', testEngine().dockerHost, '--socket', join(directory, 's')];
  const as = user === undefined ? {} : { uid: user, gid: user };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args, ...flags], {
    reject: false,
    env: { TMPDIR: tmpdir() },
    ...as,
  });
  return { code: exitCode, said: `${stdout}\n${stderr}` };
}

/** Every file with its bytes, but for LevelDB's lock and its diary, which asking for the lock leaves behind. */
async function contents(at: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(at, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && !/^(LOCK|LOG|LOG\.old)$/.test(entry.name),
  );
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return new Map(await Promise.all(paths.map(async (path) => [path, (await readFile(path)).toString('hex')] as const)));
}

const refusals = (reason: RegExp) => ({ code: 1, said: expect.stringMatching(reason) });
const withoutStack = (said: string): void => expect(said).not.toMatch(/^\s+at /m);

test('a read-only disk is named by each, and the state on it is still looked at', async () => {
  const disk = join(directory, 'disk');
  await mkdir(disk);
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
  try {
    const at = join(disk, 'data');
    await cp(data, at, { recursive: true });
    await execa('mount', ['-o', 'remount,ro', disk]);
    const doctor = await tool(['doctor'], { at });
    expect(doctor).toEqual(refusals(/BAD +data directory +\S+ is on a disk that is mounted read-only/));
    expect(doctor.said).toMatch(/ok +rows +\d+ match their checksums/);
    for (const args of [['backup'], ['restore', backup], ['serve']]) {
      const refused = await tool(args, { at });
      expect(refused).toEqual(refusals(/cannot be written: EROFS: read-only file system/));
      withoutStack(refused.said);
    }
  } finally {
    await execa('umount', [disk]);
  }
});

test('a state of another user is refused to who may not read or write it', async () => {
  const nobody = 65_534;
  await chmod(directory, 0o755);
  for (const args of [['backup'], ['restore', backup], ['doctor']]) {
    const refused = await tool(args, { user: nobody });
    expect(refused, args.join(' ')).toEqual(refusals(/EACCES: permission denied/));
    withoutStack(refused.said);
  }
});

test('a data directory that is not there, or no directory, is named', async () => {
  const at = join(directory, 'none');
  expect(await tool(['backup'], { at })).toEqual(refusals(/there is no state of berthd in \S+none; check --data/));
  expect((await tool(['doctor'], { at })).said).toMatch(/note +data directory +\S+none does not exist/);
  expect(await tool(['restore', join(directory, 'no.backup')], { at })).toEqual(refusals(/no\.backup/));
  expect(await readdir(directory)).not.toContain('none');
  await writeFile(at, 'a file');
  expect(await tool(['backup'], { at })).toEqual(refusals(/ENOTDIR: not a directory/));
  expect(await tool(['doctor'], { at })).toEqual(refusals(/BAD +data directory +\S+none is no directory/));
});

test('files that are no database, and a database of somebody else, are not taken for a state, and stay as they are', async () => {
  const text = join(directory, 'text');
  await mkdir(join(text, 'db'), { recursive: true });
  await writeFile(join(text, 'db', 'CURRENT'), 'not one\n');
  await writeFile(join(text, 'HEAD'), 'x');
  const foreign = join(directory, 'foreign');
  await mkdir(foreign);
  const level = new Level(join(foreign, 'db'));
  await level.put('a', 'b');
  await level.close();
  for (const at of [text, foreign]) {
    const before = await contents(at);
    const doctor = await tool(['doctor'], { at });
    expect(doctor).toEqual(refusals(/BAD +schema +the row that names it is missing: no Berth has written this/));
    expect(doctor.said).toMatch(/BAD +what to do/);
    expect(await contents(at)).toEqual(before);
    expect(await tool(['backup'], { at })).toEqual(refusals(/a damaged state is not backed up: .*HEAD/));
  }
});

test('a state of a newer schema is refused with both numbers, and so is a backup of one', async () => {
  const store = await openLevelStore({ directory: data, createIfMissing: false });
  await store.write([put('meta', 'schema', '99')]);
  await store.close();
  for (const args of [['backup'], ['doctor'], ['serve']])
    expect(await tool(args), args.join(' ')).toEqual(refusals(/schema 99, written by a newer Berth; this one knows/));
});

test('a rebuild where Docker knows no record of Berth changes nothing, and says so', async () => {
  const before = await contents(data);
  const refused = await tool(['doctor', '--rebuild', '--instance', '01J0000000000000000000000Z']);
  expect(refused).toEqual(
    refusals(/Docker has no container and no snapshot|Docker knows nothing of 01J0000000000000000000000Z/),
  );
  withoutStack(refused.said);
  expect(await contents(data)).toEqual(before);
});

test('while somebody holds the state none but the daemon itself takes a backup, and nothing is replaced', async () => {
  const store = await openLevelStore({ directory: data, createIfMissing: false });
  try {
    for (const args of [['restore', backup], ['doctor', '--rebuild'], ['serve']]) {
      const refused = await tool(args);
      expect(refused, args.join(' ')).toEqual(refusals(new RegExp(`already running on \\S+ with pid ${process.pid}`)));
      withoutStack(refused.said);
    }
    expect(await tool(['backup'])).toEqual(refusals(/the running berthd took no backup/));
    expect((await tool(['doctor'])).said).toContain(`berthd runs with pid ${process.pid}`);
  } finally {
    await store.close();
  }
});
