/** Berth's own command line, as a user of this checkout calls it. */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { DEMO_IMAGE } from './image.ts';
import type { Places } from './places.ts';
import { say, shellWord, Trouble } from './say.ts';

const program = new URL('../../../tui/main.ts', import.meta.url).pathname;
const GPUS_WANTED = 2;

interface Listed {
  readonly name: string;
  readonly state: string;
  readonly ports: readonly { readonly hostPort: number }[];
}

/** Writes `.berth/berth`, which talks to this daemon from any directory. */
export function writeCommand(places: Places): void {
  const lines = [
    '#!/bin/sh',
    '# Written by `make run`: berth for the berthd of this checkout.',
    `: "\${BERTH_SOCKET:=${places.socket.replaceAll(/["$`\\]/g, '\\$&')}}"; export BERTH_SOCKET`,
    `exec ${shellWord(process.execPath)} ${shellWord(program)} "$@"`,
  ];
  writeFileSync(places.command, `${lines.join('\n')}\n`);
  chmodSync(places.command, 0o755);
}

/** Throws with what the command said when it fails. */
async function berth(places: Places, ...args: readonly string[]): Promise<string> {
  const child = spawn(places.command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code === 0) return stdout;
  throw new Trouble(`berth ${args.join(' ')} failed: ${(stderr || stdout).trim()}`);
}

export const sets = async (places: Places): Promise<readonly Listed[]> =>
  JSON.parse(await berth(places, 'ls', '--json')) as readonly Listed[];

/** Runs the demo, or brings it back; answers its host port. */
export async function provideDemo(places: Places): Promise<number | undefined> {
  const there = (await sets(places)).some(({ name }) => name === 'demo');
  if (there) say('demo', (await berth(places, 'start', 'demo')).split('\n')[0] ?? '');
  else await runDemo(places);
  return (await sets(places)).find(({ name }) => name === 'demo')?.ports[0]?.hostPort;
}

async function runDemo(places: Places): Promise<void> {
  const { gpus } = JSON.parse(await berth(places, 'gpus', '--json')) as { gpus: readonly { state: string }[] };
  const free = gpus.filter(({ state }) => state === 'free').length;
  const count = Math.min(GPUS_WANTED, free);
  if (count < GPUS_WANTED) say('demo', `asks for ${count} GPUs: no more are free`);
  const server = ['httpd', '-f', '-p', '80', '-h', '/www'];
  await berth(places, 'run', 'demo', DEMO_IMAGE, '--gpus', String(count), '--port', '80', '--', ...server);
  say('demo', `berth run demo ${DEMO_IMAGE} --gpus ${count} --port 80 -- ${server.join(' ')}`);
}

/** The terminal UI, until the person leaves it or `make run` is to end; nothing where there is no terminal. */
export async function openUi(places: Places, until: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || until.aborted) return;
  const child = spawn(places.command, [], { stdio: 'inherit' });
  const end = (): void => void child.kill('SIGTERM');
  until.addEventListener('abort', end);
  await new Promise((resolve) => child.once('close', resolve));
  until.removeEventListener('abort', end);
}

export const demoInfo = (places: Places): Promise<string> => berth(places, 'info', 'demo');

/** Stops every set that runs, so that nothing of it holds the machine. */
export async function stopSets(places: Places): Promise<void> {
  const running = (await sets(places)).filter(({ state }) => state === 'running' || state === 'frozen');
  await forEach(running, async ({ name }) => {
    await berth(places, 'stop', name, '-y');
    say(name, 'stopped; its files are kept');
  });
}

export async function removeSets(places: Places): Promise<void> {
  await forEach(await sets(places), async ({ name }) => {
    await berth(places, 'rm', name, '-y');
    say(name, 'removed with its history');
  });
}

/** One that fails does not keep the others; what went wrong is told at the end. */
async function forEach(all: readonly Listed[], work: (set: Listed) => Promise<void>): Promise<void> {
  const failures: string[] = [];
  for (const set of all) await work(set).catch((error: Error) => failures.push(error.message));
  if (failures.length > 0) throw new Trouble(failures.join('\n'));
}
