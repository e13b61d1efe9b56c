/**
 * The demo's image: one static busybox, a shell and a web server, made here so that no registry is needed.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callDocker, hasImage } from './dockerApi.ts';
import { say, Trouble } from './say.ts';

export const DEMO_IMAGE = 'berth/demo:1';
const importWithinMs = 60_000;

export async function provideImage(dockerHost: string): Promise<void> {
  if (await hasImage(dockerHost, DEMO_IMAGE)) return;
  const scratch = mkdtempSync(join(tmpdir(), 'berth-image-'));
  try {
    layOut(join(scratch, 'root'), staticBusybox(scratch));
    await importFolder(dockerHost, join(scratch, 'root'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  say('image', `${DEMO_IMAGE}: busybox, made here`);
}

/** The one installed, else the one in Debian's package, unpacked without installing it. */
function staticBusybox(scratch: string): string {
  const installed = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path) && isStatic(path));
  if (installed !== undefined) return installed;
  say('image', 'fetching busybox-static from the distribution');
  spawnSync('apt-get', ['-q', 'download', 'busybox-static'], { cwd: scratch, stdio: 'ignore' });
  const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
  if (archive !== undefined) spawnSync('dpkg-deb', ['-x', archive, 'package'], { cwd: scratch });
  const unpacked = ['bin/busybox', 'usr/bin/busybox'].map((path) => join(scratch, 'package', path)).find(existsSync);
  if (unpacked !== undefined) return unpacked;
  throw new Trouble(
    'The demo image needs a static busybox: install it with `apt-get install busybox-static`, then try again.',
  );
}

/** ldd says so; it fails on what is not dynamic. */
const isStatic = (path: string): boolean => spawnSync('ldd', [path]).status !== 0;

function layOut(root: string, busybox: string): void {
  for (const folder of ['bin', 'etc', 'root', 'tmp', 'var', 'www']) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(root, 'www/index.html'), 'Served from a container that Berth runs.\n');
}

async function importFolder(dockerHost: string, root: string): Promise<void> {
  const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [repo, tag] = DEMO_IMAGE.split(':');
  const changes = ['CMD ["sh"]', 'ENV PATH=/bin'].map((it) => `changes=${encodeURIComponent(it)}`).join('&');
  const path = `/images/create?fromSrc=-&repo=${repo}&tag=${tag}&${changes}`;
  const answer = await callDocker(dockerHost, path, { method: 'POST', body: tar.stdout, timeoutMs: importWithinMs });
  if (answer.status !== 200 || !(await hasImage(dockerHost, DEMO_IMAGE)))
    throw new Trouble(`Docker did not take the demo image: ${answer.body.trim()}`);
}
