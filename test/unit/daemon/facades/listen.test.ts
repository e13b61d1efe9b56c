import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../../../../daemon/facades/listen.ts';

let dir: string;
let path: string;
let apps: FastifyInstance[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-listen-'));
  path = join(dir, 'berth.sock');
  apps = [];
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await rm(dir, { recursive: true, force: true });
});

function app(name = 'here'): FastifyInstance {
  const made = fastify();
  made.get('/', () => name);
  apps.push(made);
  return made;
}

/** A program that serves the socket it was given as descriptor 3, and says where that is. */
const heir = `
  import fastify from ${JSON.stringify(import.meta.resolve('fastify'))};
  import { listen } from ${JSON.stringify(new URL('../../../../daemon/facades/listen.ts', import.meta.url).href)};
  const app = fastify();
  app.get('/', () => 'inherited');
  process.stdout.write(await listen(app, { fd: 3 }));
`;

const askSocket = (): Promise<string> =>
  new Promise((resolve, reject) => {
    request({ socketPath: path, path: '/', agent: false }, (answer) => resolve(text(answer)))
      .once('error', reject)
      .end();
  });

/** A socket file that nobody answers on any more, as a crash leaves it. */
async function leaveStaleSocket(): Promise<void> {
  const other = join(dir, 'other');
  const server = createServer().listen(other);
  await once(server, 'listening');
  await link(other, path);
  await new Promise((resolve) => server.close(resolve));
}

test.each([0o600, 0o660])(
  'a Unix socket has the mode it is given, %i, and nothing else lies beside it',
  async (mode) => {
    expect(await listen(app(), { path, mode })).toBe(`unix:${path}`);
    expect((await stat(path)).mode & 0o777).toBe(mode);
    expect(await readdir(dir)).toEqual(['berth.sock']);
    expect(await askSocket()).toBe('here');
  },
);

test('a stale socket is replaced', async () => {
  await leaveStaleSocket();
  await listen(app(), { path, mode: 0o600 });
  expect(await askSocket()).toBe('here');
});

test('a socket that somebody answers on is left to them', async () => {
  await listen(app('first'), { path, mode: 0o600 });
  await expect(listen(app('second'), { path, mode: 0o600 })).rejects.toThrow(
    `cannot listen on ${path}: another process answers there already`,
  );
  expect(await askSocket()).toBe('first');
  expect(await readdir(dir)).toEqual(['berth.sock']);
});

test('a file that is not a socket is left alone', async () => {
  await writeFile(path, 'precious');
  await expect(listen(app(), { path, mode: 0o600 })).rejects.toThrow('a file that is not a socket is in its place');
  expect((await stat(path)).size).toBe(8);
});

test('a directory that is not there is named', async () => {
  path = join(dir, 'missing', 'berth.sock');
  await expect(listen(app(), { path, mode: 0o600 })).rejects.toThrow(path);
});

test('the socket goes with its server', async () => {
  const served = app();
  await listen(served, { path, mode: 0o600 });
  await served.close();
  expect(await readdir(dir)).toEqual([]);
});

test('a server that ends late leaves the socket of its successor alone', async () => {
  const first = app('first');
  await listen(first, { path, mode: 0o600 });
  await rm(path);
  await listen(app('second'), { path, mode: 0o600 });
  await first.close();
  expect(await askSocket()).toBe('second');
});

test('a TCP port that is taken is named', async () => {
  const url = await listen(app(), { host: '127.0.0.1', port: 0 });
  const port = Number(new URL(url).port);
  await expect(listen(app(), { host: '127.0.0.1', port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
});

test('an inherited socket is served as it is', async () => {
  const opened = createServer().listen(0, '127.0.0.1');
  await once(opened, 'listening');
  const { fd } = (opened as unknown as { _handle: { fd: number } })._handle;
  const child = spawn(process.execPath, ['--input-type=module', '-e', heir], {
    stdio: ['pipe', 'pipe', 'inherit', fd],
  });
  const [url] = (await once(child.stdout as Readable, 'data')) as [Buffer];
  opened.close();
  expect(await (await fetch(String(url))).text()).toBe('inherited');
  child.kill();
});

test('nobody without the right may connect', async () => {
  await listen(app(), { path, mode: 0o600 });
  await chmod(path, 0);
  if (process.getuid?.() === 0) expect(await askSocket()).toBe('here');
  else await expect(askSocket()).rejects.toThrow('EACCES');
});
