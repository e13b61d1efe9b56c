import { mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header } from 'tar';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { CoreRig } from '../../../rig/coreRig.ts';
import { berth } from '../../../rig/fakeTerminal.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

let rig: CoreRig;
let face: SocketFace;
let here: string;
beforeEach(async () => {
  rig = await CoreRig.open();
  await rig.run('train');
  face = await openSocketFace({ services: { replicaSet: rig.services.replicaSet } });
  here = await mkdtemp(join(tmpdir(), 'berth-cp-'));
});
afterEach(async () => {
  await face.close();
  await rm(here, { recursive: true, force: true });
});

const cp = (source: string, target: string) => berth(['cp', source, target], face.path);
const put = (path: string, text: string): void => rig.writeFile('train', path, text);

test('a file goes out, under its name or another', async () => {
  put('/data/f.txt', 'hello');
  expect(await cp('train:/data/f.txt', here)).toEqual({ code: 0, out: '', err: '' });
  expect(await cp('train:/data/f.txt', join(here, 'g.txt'))).toMatchObject({ code: 0 });
  expect(await readFile(join(here, 'f.txt'), 'utf8')).toBe('hello');
  expect(await readFile(join(here, 'g.txt'), 'utf8')).toBe('hello');
  expect((await stat(join(here, 'f.txt'))).mode & 0o7000).toBe(0);
});

test('a directory goes out whole, as a new one, or its contents alone', async () => {
  put('/data/a/b.txt', 'deep');
  await cp('train:/data', here);
  await cp('train:/data', join(here, 'new'));
  await mkdir(join(here, 'flat'));
  await cp('train:/data/.', join(here, 'flat'));
  for (const path of ['data/a/b.txt', 'new/a/b.txt', 'flat/a/b.txt'])
    expect(await readFile(join(here, path), 'utf8')).toBe('deep');
});

test('files go in, a directory whole or its contents alone, also into a set that is stopped', async () => {
  await mkdir(join(here, 'config/sub'), { recursive: true });
  await writeFile(join(here, 'config/sub/x'), 'inside');
  put('/etc/app/old', '');
  await rig.call('stop', 'train');
  expect(await cp(join(here, 'config'), 'train:/etc/app')).toEqual({ code: 0, out: '', err: '' });
  expect(await cp(`${join(here, 'config')}/.`, 'train:/etc/app')).toMatchObject({ code: 0 });
  expect(await cp(join(here, 'config/sub/x'), 'train:/etc/app/renamed')).toMatchObject({ code: 0 });
  for (const path of ['/etc/app/config/sub/x', '/etc/app/sub/x', '/etc/app/renamed'])
    expect(rig.readFile('train', path), path).toBe('inside');
});

test('a tar goes out and in as it is', async () => {
  put('/data/f.txt', 'hello');
  const { out } = await cp('train:/data/f.txt', '-');
  expect(out).toContain('f.txt');
});

test.each([
  ['a path that is not there', 'train:/none', '.', 1, 'Could not find the file /none'],
  ['an unknown set', 'nobody:/data', '.', 1, 'there is no replicaSet nobody'],
  ['a file here that is not there', '/no/such/file', 'train:/', 2, 'there is no /no/such/file'],
  ['two local paths', 'a', 'b', 2, 'one of the two must be NAME:PATH'],
])('%s is told', async (_, source, target, code, message) => {
  const ran = await cp(source, target);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(message);
});

interface Hostile {
  readonly path: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link';
  readonly linkpath?: string;
}

/** An archive as only an attacker makes it. */
async function* tarOf(...entries: readonly Hostile[]): AsyncGenerator<Uint8Array> {
  for (const { path, type = 'File', linkpath } of entries) {
    const isFile = type === 'File';
    const block = Buffer.alloc(isFile ? 1024 : 512);
    const link = linkpath === undefined ? {} : { linkpath };
    new Header({ path, type, mode: 0o4755, size: isFile ? 4 : 0, ...link }).encode(block, 0);
    if (isFile) block.write('evil', 512);
    yield block;
  }
  yield Buffer.alloc(1024);
}

/** Absolute, and in a folder that may be thrown away, should it be written after all. */
const BEYOND = mkdtempSync(join(tmpdir(), 'berth-cp-beyond-'));
const ABSOLUTE = join(BEYOND, 'evil');
afterAll(() => rm(BEYOND, { recursive: true, force: true }));

test.each<readonly [string, readonly Hostile[]]>([
  ['a path upwards', [{ path: 'data/../../evil' }]],
  ['an absolute path', [{ path: ABSOLUTE }]],
  [
    'a link upwards and a file through it',
    [{ path: 'data/link', type: 'SymbolicLink', linkpath: '../..' }, { path: 'data/link/evil' }],
  ],
  [
    'an absolute link and a file through it',
    [{ path: 'data/link', type: 'SymbolicLink', linkpath: BEYOND }, { path: 'data/link/evil' }],
  ],
  ['a hard link upwards', [{ path: 'data/evil', type: 'Link', linkpath: '../outside' }]],
])('%s writes nothing outside', async (_, entries) => {
  const output = { name: 'data', size: 0, mode: 2 ** 31, mtime: '', linkTarget: '' };
  await using hostile = await openSocketFace({
    services: { replicaSet: { getArchive: async () => ({ output, bytes: tarOf(...entries) }) } },
  });
  const target = join(here, 'into');
  await mkdir(target);
  await writeFile(join(here, 'outside'), 'mine');
  await berth(['cp', 'train:/data', target], hostile.path);
  expect(await readdir(here)).toEqual(['into', 'outside']);
  expect(await readdir(BEYOND)).toEqual([]);
  expect((await stat(join(here, 'outside'))).nlink).toBe(1);
});

test.each(['into', '-'])('an archive that breaks off on its way to %s is no success', async (target) => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    for await (const block of tarOf({ path: 'data/f' })) {
      yield block;
      throw new Error('the engine was killed');
    }
  }
  const output = { name: 'data', size: 0, mode: 2 ** 31, mtime: '', linkTarget: '' };
  await using failing = await openSocketFace({
    services: { replicaSet: { getArchive: async () => ({ output, bytes: broken() }) } },
  });
  const { code, err } = await berth(['cp', 'train:/data', target === '-' ? '-' : join(here, target)], failing.path);
  expect(code).toBe(3);
  expect(err).toContain('the connection to berthd broke off before everything had come');
});

test('what comes is never setuid', async () => {
  const output = { name: 'run', size: 4, mode: 0o4755, mtime: '', linkTarget: '' };
  await using hostile = await openSocketFace({
    services: { replicaSet: { getArchive: async () => ({ output, bytes: tarOf({ path: 'run' }) }) } },
  });
  await berth(['cp', 'train:/run', here], hostile.path);
  expect((await stat(join(here, 'run'))).mode & 0o7000).toBe(0);
});

test('a link here goes in as a link, and is not followed', async () => {
  await symlink('/etc/passwd', join(here, 'link'));
  await cp(join(here, 'link'), 'train:/');
  expect(rig.readFile('train', '/link')).toBeUndefined();
});
