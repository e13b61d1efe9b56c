/** `make run`, `make stop` and `make clean` behind their Makefile lines: a new user's first minutes. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEMO_IMAGE } from '../rig/demo/image.ts';
import { eventually } from '../rig/eventually.ts';
import { outsideView, testEngine } from '../rig/testEngine.ts';

const MAIN = new URL('../rig/demo/main.ts', import.meta.url).pathname;
const ROOT = new URL('../../', import.meta.url).pathname;

let folder: string;
let home: string;
let foreground: ChildProcess | undefined;
let holder: Server | undefined;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'berth-demo-'));
  folder = join(home, 'b');
});
afterEach(async () => {
  holder?.close();
  foreground?.kill('SIGINT');
  if (foreground?.exitCode === null) await once(foreground, 'exit');
});
afterAll(() => {
  demo('clean');
  rmSync(home, { recursive: true });
});

/** Simulated GPUs: no nvidia-smi stands in this PATH. */
const environment = () => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: home,
  DEMO_FOLDER: folder,
  DOCKER_HOST: testEngine().dockerHost,
});

const demo = (verb: string) =>
  spawnSync(process.execPath, [MAIN, verb], { cwd: ROOT, env: environment(), encoding: 'utf8' });
const berth = (...args: string[]): string => execFileSync(join(folder, 'berth'), args, { encoding: 'utf8' });

/** `make run` up to where it follows the log; its output so far. */
async function runUntilReady(): Promise<() => string> {
  let output = '';
  const child = spawn(process.execPath, [MAIN, 'run'], { cwd: ROOT, env: environment() });
  foreground = child;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  await eventually('make run is ready', () => {
    if (child.exitCode !== null) throw new Error(`make run ended with ${child.exitCode}:\n${output}`);
    return output.includes('Ctrl-C stops berthd');
  });
  return () => output;
}

async function interrupt(): Promise<number | null> {
  foreground?.kill('SIGINT');
  if (foreground?.exitCode === null) await once(foreground, 'exit');
  return foreground?.exitCode ?? null;
}

test('the first run ends with a demo on two simulated GPUs, and every line to paste works', async () => {
  const output = await runUntilReady();
  expect(output()).toContain('8 simulated ones');
  const [api = '', page = ''] = output().match(/^ {2}curl .*/gm) ?? [];
  expect(JSON.parse(execFileSync('sh', ['-c', api], { encoding: 'utf8' }))).toMatchObject({
    code: 200,
    data: { info: { containerName: 'demo-1' } },
  });
  expect(execFileSync('sh', ['-c', page], { encoding: 'utf8' })).toContain('Berth');
  expect(JSON.parse(berth('ls', '--json'))).toMatchObject([{ name: 'demo', state: 'running', gpuCount: 2 }]);
});

test('Ctrl-C ends berthd with success, and a second run goes on with the same demo', async () => {
  await runUntilReady();
  const before = JSON.parse(berth('ls', '--json')) as { containerId: string }[];
  expect(await interrupt()).toBe(0);
  expect((await outsideView().inspectContainer(before[0]?.containerId ?? ''))?.running).toBe(true);
  await runUntilReady();
  expect(JSON.parse(berth('ls', '--json'))).toMatchObject(before.map(({ containerId }) => ({ containerId })));
});

test('a taken port 2378 is named and another one used', async () => {
  const taken = createServer().listen(2378, '127.0.0.1');
  holder = taken;
  await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
  const output = await runUntilReady();
  expect(output()).toContain('port 2378 is taken');
});

test('stop ends the containers and berthd, and a run after it brings the demo back', async () => {
  await runUntilReady();
  const [{ containerId } = { containerId: '' }] = JSON.parse(berth('ls', '--json')) as { containerId: string }[];
  expect(demo('stop')).toMatchObject({ status: 0, stdout: expect.stringContaining('demo     stopped') });
  expect((await outsideView().inspectContainer(containerId))?.running).toBe(false);
  if (foreground?.exitCode === null) await once(foreground, 'exit');
  await runUntilReady();
  expect((await outsideView().inspectContainer(containerId))?.running).toBe(true);
});

test('clean leaves neither containers nor snapshots nor files, and what was there before stays', async () => {
  await runUntilReady();
  berth('patch', 'demo', '--gpus', '1', '-y');
  const [set] = JSON.parse(berth('ls', '--json')) as { containerId: string; uid: string }[];
  expect(demo('clean')).toMatchObject({ status: 0 });
  expect(await outsideView().inspectContainer(set?.containerId ?? '')).toBeUndefined();
  const tags = (await outsideView().listImages()).flatMap((image) => image.tags);
  expect(tags.filter((tag) => tag.includes(set?.uid.toLowerCase() ?? ''))).toEqual([]);
  expect(tags).toContain(DEMO_IMAGE);
  expect(existsSync(folder)).toBe(false);
});
