/** The installer into a directory that stands for /, as packagers use it: no root, no systemd. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const checkout = new URL('../..', import.meta.url).pathname;
const config = 'etc/berth/berth.toml';
let root: string;

/** With the umask of somebody who hides what he writes. */
const make = (target: string, variables: Record<string, string> = {}) =>
  execa('sh', ['-c', 'umask 077 && exec make -s "$@"', 'sh', target, `DESTDIR=${root}`, 'PREFIX=/usr/local'], {
    cwd: checkout,
    env: variables,
    all: true,
    reject: false,
  });

const installedFiles = async (): Promise<readonly string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith('usr/local/lib/berth/'))
    .toSorted();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-install-'));
  expect(await make('install')).toMatchObject({ exitCode: 0 });
});
afterAll(() => rm(root, { recursive: true }));

test('beside its library, an installation consists of these files', async () => {
  expect(await installedFiles()).toEqual([
    config,
    'usr/local/bin/berth',
    'usr/local/bin/berthd',
    'usr/local/lib/systemd/system/berthd-rest.socket',
    'usr/local/lib/systemd/system/berthd.service',
    'usr/local/lib/systemd/system/berthd.socket',
    'usr/local/lib/sysusers.d/berth.conf',
    'usr/local/lib/tmpfiles.d/berth.conf',
  ]);
});

test('everybody may run what was installed, whatever the umask', async () => {
  const { stdout } = await execa('find', [root, '-mindepth', '1', '-not', '-type', 'l', '-not', '-perm', '-0444']);
  expect(stdout).toBe('');
});

test('commands and unit name the prefix, and nothing names the staging directory', async () => {
  const read = (path: string) => readFile(join(root, 'usr/local', path), 'utf8');
  expect(await read('lib/systemd/system/berthd.service')).toContain('ExecStart=/usr/local/bin/berthd serve');
  for (const command of ['bin/berth', 'bin/berthd']) {
    expect(await read(command)).toContain('exec /usr/local/lib/berth/');
    expect(await read(command)).not.toContain(root);
  }
});

test('the native libraries work though no install script ran', async () => {
  const library = join(root, 'usr/local/lib/berth');
  const script = `
    import koffi from 'koffi';
    import { Level } from 'level';
    koffi.load(null).func('int getpid()')();
    const level = new Level('${root}/level');
    await level.open();
    await level.close();`;
  const options = { cwd: library, input: script };
  await execa(join(library, 'node_modules/.bin/node'), ['--input-type=module', '-'], options);
  await rm(join(root, 'level'), { recursive: true });
});

test('an upgrade keeps the configuration and leaves nothing of the version before', async () => {
  await writeFile(join(root, config), 'gpus = "none"\n');
  await writeFile(join(root, 'usr/local/lib/berth/old.js'), '');
  expect(await make('install')).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(root, config), 'utf8')).toBe('gpus = "none"\n');
  expect(await readdir(join(root, 'usr/local/lib/berth'))).not.toContain('old.js');
  expect(await readdir(join(root, 'usr/local/lib'))).toEqual(['berth', 'systemd', 'sysusers.d', 'tmpfiles.d']);
});

test('an installation that fails leaves the version before in place', async () => {
  const cache = join(root, 'cache');
  const offline = { npm_config_registry: 'http://127.0.0.1:1', npm_config_cache: cache, npm_config_fetch_retries: '0' };
  expect((await make('install', offline)).exitCode).not.toBe(0);
  await rm(cache, { recursive: true, force: true });
  const node = join(root, 'usr/local/lib/berth/node_modules/.bin/node');
  expect((await execa(node, ['--version'])).stdout).toMatch(/^v24\./);
  expect(await readdir(join(root, 'usr/local/lib'))).not.toContain('berth.new');
});

test('a prefix that systemd does not read is refused', async () => {
  const { exitCode, all } = await execa(join(checkout, 'systemd/install.sh'), {
    env: { PREFIX: '/srv/berth', DESTDIR: root },
    all: true,
    reject: false,
  });
  expect(exitCode).toBe(1);
  expect(all).toContain('PREFIX=/srv/berth');
});

test('the removal leaves the configuration alone', async () => {
  expect(await make('uninstall')).toMatchObject({ exitCode: 0, all: expect.stringContaining(`${root}/etc/berth`) });
  expect(await installedFiles()).toEqual([config]);
  expect(await readdir(join(root, 'usr/local/lib'))).not.toContain('berth');
});
