/**
 * Every look and stream through the real daemon on a real engine, on a set in each state: the HTTP status that comes
 * back, and that archives pass without being held.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Header } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAttach, openSession } from '../../common/execClient.ts';
import { Daemon } from '../rig/daemon.ts';
import { eventually } from '../rig/eventually.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';

const run = promisify(execFile);
const IMAGE = 'berth-test/busybox:1';
let daemon: Daemon;
let here: string;

beforeAll(async () => {
  here = await mkdtemp(join(tmpdir(), 'berth-looks-'));
  daemon = await Daemon.start({ dockerHost: testDockerHost(), gpus: 'sim:1' });
  const start = (name: string, script: string) =>
    daemon.ok('POST', '/replicaSet', { replicaSetName: name, imageName: IMAGE, cmd: ['sh', '-c', script] });
  const stays = 'echo begun; echo kept > /kept; while true; do sleep 0.2; done';
  for (const name of ['running', 'paused', 'stopped', 'frozen', 'patched']) await start(name, stays);
  await start('exited', 'sleep 1; exit 3').catch(() => undefined);
  await eventually('it has ended', async () => (await daemon.status('exited')).state === 'exited');
  await daemon.ok('PATCH', '/replicaSet/paused/pause');
  await daemon.ok('PATCH', '/replicaSet/stopped/stop');
  await daemon.ok('PATCH', '/replicaSet/frozen/freeze');
});
afterAll(async () => {
  await daemon.ok('PATCH', '/replicaSet/frozen/thaw').catch(() => undefined);
  await daemon.dispose();
  await rm(here, { recursive: true, force: true });
});

async function status(method: string, path: string, body?: Buffer): Promise<number> {
  const headers = { authorization: `Bearer ${await daemon.token()}` };
  const response = await fetch(`${daemon.url}/api/v1${path}`, { method, headers, ...(body ? { body } : {}) });
  await response.arrayBuffer();
  return response.status;
}

const EMPTY_TAR = Buffer.alloc(1024);
/** Verb → what it answers where processes are needed, and where they are not. */
const VERBS: readonly (readonly [verb: string, needsProcesses: boolean, ask: (name: string) => Promise<number>])[] = [
  ['inspect', false, (name) => status('GET', `/replicaSet/${name}/inspect`)],
  ['top', true, (name) => status('GET', `/replicaSet/${name}/top`)],
  ['changes', false, (name) => status('GET', `/replicaSet/${name}/changes`)],
  ['stats', true, (name) => status('GET', `/replicaSet/${name}/stats`)],
  ['logs', false, (name) => status('GET', `/replicaSet/${name}/logs`)],
  ['stat of a path', false, (name) => status('HEAD', `/replicaSet/${name}/archive?path=/bin`)],
  ['archive', false, (name) => status('GET', `/replicaSet/${name}/archive?path=/etc/passwd`)],
  ['unpacking', false, (name) => status('PUT', `/replicaSet/${name}/archive?path=/`, EMPTY_TAR)],
  [
    'resize',
    true,
    (name) => daemon.rest('PATCH', `/replicaSet/${name}/resize`, { w: 80, h: 24 }).then((it) => it.status),
  ],
  ['wait', false, (name) => daemon.rest('POST', `/replicaSet/${name}/wait`, { timeout: 0.1 }).then((it) => it.status)],
];

describe.each(VERBS)('%s', (_verb, needsProcesses, ask) => {
  test.each(['running', 'frozen'])('of a set that is %s', async (name) => {
    expect(await ask(name)).toBe(200);
  });

  test.each(['paused', 'stopped', 'exited'])('of a set that is %s', async (name) => {
    expect(await ask(name)).toBe(needsProcesses ? 409 : 200);
  });

  test('of an unknown set', async () => {
    expect(await ask('nobody')).toBe(404);
  });

  test('of a set that is being patched is answered, or refused in order', async () => {
    const patched = daemon.ok('PATCH', '/replicaSet/patched', {});
    const answers: number[] = [];
    let over = false;
    void patched.finally(() => {
      over = true;
    });
    do answers.push(await ask('patched'));
    while (!over && answers.length < 5);
    await patched;
    for (const answer of answers) expect([200, 409]).toContain(answer);
  });
});

test('a followed log tells of the version that takes over, goes on with it, and the old one is kept', async () => {
  const followed = run(process.execPath, [
    new URL('../../tui/main.ts', import.meta.url).pathname,
    '--socket',
    daemon.socket,
    'logs',
    'running',
    '-f',
  ]);
  await daemon.ok('PATCH', '/replicaSet/running', {});
  const { stdout, stderr } = await followed;
  expect(stdout).toContain('begun');
  expect(stderr).toContain('-- version 1 replaced by 2');
  expect((await daemon.berth('logs', 'running', '1')).stdout).toContain('begun');
  expect(await status('GET', '/replicaSet/running/logs?version=9')).toBe(404);
});

test('berth cp brings a file out and another in', async () => {
  expect(await daemon.berth('cp', 'stopped:/kept', join(here, 'out'))).toMatchObject({ code: 0 });
  expect(await readFile(join(here, 'out'), 'utf8')).toBe('kept\n');
  expect(await daemon.berth('cp', join(here, 'out'), 'running:/in')).toMatchObject({ code: 0 });
  expect(await daemon.inside('running', 'cat /in; stat -c %u /in')).toBe('kept\n0\n');
});

test('the main process can be attached to, and a session be left and found again', async () => {
  const main = await openAttach(daemon.socket, { name: 'running' });
  main.close();
  const made = await daemon.ok<{ id: string }>('POST', '/replicaSet/running/exec', { cmd: ['cat'] });
  const first = await openSession(daemon.socket, { execId: made.id });
  first.close();
  const second = await openSession(daemon.socket, { execId: made.id });
  second.stdin.end('back');
  let heard = '';
  for await (const bytes of second.stdout) heard += String(bytes);
  expect(heard).toBe('back');
  expect(await second.exited).toBe(0);
  expect((await daemon.status('running')).state).toBe('running');
});

describe('a large archive', () => {
  const sizeBytes = Number(process.env.ARCHIVE_MB ?? 256) * 2 ** 20;

  const memoryBytes = async (): Promise<number> => {
    const text = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1]) * 1024;
  };

  /** Runs it, and says by how much the daemon grew at its most. */
  async function growth(work: () => Promise<unknown>): Promise<number> {
    const before = await memoryBytes();
    let most = before;
    const watching = setInterval(() => void memoryBytes().then((now) => (most = Math.max(most, now))), 50);
    await work();
    clearInterval(watching);
    return most - before;
  }

  async function* largeTar(): AsyncGenerator<Buffer> {
    const header = Buffer.alloc(512);
    new Header({ path: 'large', type: 'File', mode: 0o644, size: sizeBytes }).encode(header, 0);
    yield header;
    const chunk = Buffer.alloc(2 ** 20);
    for (let sent = 0; sent < sizeBytes; sent += chunk.length) yield chunk;
    yield EMPTY_TAR;
  }

  test('passes both ways without being held', async () => {
    const headers = { authorization: `Bearer ${await daemon.token()}` };
    const { port } = new URL(daemon.url);
    const target = { port, headers, agent: false } as const;
    const answered = async (method: string, path: string, body?: Readable): Promise<number> => {
      const sent = request({ ...target, method, path: `/api/v1/replicaSet/running/archive?path=${path}` });
      const response = new Promise<Readable>((resolve, reject) => sent.once('response', resolve).once('error', reject));
      if (body === undefined) sent.end();
      else await pipeline(body, sent);
      let bytes = 0;
      for await (const chunk of await response) bytes += (chunk as Buffer).length;
      return bytes;
    };
    const grown = [
      await growth(() => answered('PUT', '/', Readable.from(largeTar(), { objectMode: false }))),
      await growth(async () => expect(await answered('GET', '/large')).toBeGreaterThan(sizeBytes)),
    ];
    await daemon.inside('running', 'rm /large');
    process.stdout.write(
      `archive of ${sizeBytes / 2 ** 20} MiB: daemon grew by ${grown.map((it) => Math.round(it / 2 ** 20)).join(' and ')} MiB\n`,
    );
    for (const bytes of grown) expect(bytes).toBeLessThan(150 * 2 ** 20);
  });
});
