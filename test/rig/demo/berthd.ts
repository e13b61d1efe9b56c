/**
 * The daemon of `make run`: started in the background, so that it does not hear this terminal's Ctrl-C by itself.
 *
 * Invariant: only a process that serves this checkout's socket is ever ended.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Places } from './places.ts';
import { say, Trouble } from './say.ts';

const preferredPort = 2378;
const readyWithinMs = 30_000;
const stopWithinMs = 30_000;
const root = new URL('../../../', import.meta.url).pathname;

export interface Berthd {
  readonly pid: number;
  readonly port: number;
  /** Somebody has asked it to end. */
  readonly stopping?: true;
}

/** The daemon that runs on this state now. */
export function running(places: Places): Berthd | undefined {
  const berthd = recorded(places);
  return berthd !== undefined && isOurs(places, berthd.pid) ? berthd : undefined;
}

const recorded = (places: Places): Berthd | undefined =>
  existsSync(places.pid) ? (JSON.parse(readFileSync(places.pid, 'utf8')) as Berthd) : undefined;

function isOurs(places: Places, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(places.socket);
  } catch {
    return false;
  }
}

/** Starts it and waits until it answers. Throws with the end of its log when it does not. */
export async function start(places: Places, dockerHost: string): Promise<Berthd> {
  const port = await choosePort();
  const gpus = chooseGpuSource();
  if (!existsSync(places.config))
    writeFileSync(places.config, '# Settings of this berthd; docs/configuration.md lists them.\n');
  const flags = {
    config: places.config,
    socket: places.socket,
    data: places.data,
    addr: `127.0.0.1:${port}`,
    'docker-host': dockerHost,
    gpus,
  };
  const args = ['daemon/main.ts', 'serve', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  const log = openSync(places.log, 'w');
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ['ignore', log, log] });
  child.unref();
  const berthd = { pid: child.pid ?? 0, port };
  writeFileSync(places.pid, JSON.stringify(berthd));
  await untilReady(places, berthd);
  say('berthd', `http://127.0.0.1:${port}, pid ${berthd.pid}`);
  return berthd;
}

/** Ready: it answers, and its engine answers it. */
async function untilReady(places: Places, { pid, port }: Berthd): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline && isOurs(places, pid)) {
    if (existsSync(places.token) && (await engineIsUp(places, port).catch(() => false))) return;
    await delay(50);
  }
  const tail = readFileSync(places.log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  await stop(places);
  throw new Trouble(`berthd did not come up. The end of its log, ${places.log}:\n${tail}`);
}

async function engineIsUp(places: Places, port: number): Promise<boolean> {
  const headers = { Authorization: `Bearer ${readFileSync(places.token, 'utf8').trim()}` };
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/version`, { headers });
  const { data } = (await answer.json()) as { data: { engine: { state: string } } };
  return data.engine.state === 'up';
}

/** 2378, or any other where somebody holds it. */
async function choosePort(): Promise<number> {
  const port = (await freePort(preferredPort)) ?? (await freePort(0));
  if (port === undefined) throw new Trouble('No port is free on 127.0.0.1.');
  if (port !== preferredPort) say('berthd', `port ${preferredPort} is taken on this machine, using ${port}`);
  return port;
}

const freePort = (wanted: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });

/** Real GPUs where the driver answers, else eight that are only shown. */
function chooseGpuSource(): string {
  const { status, stdout } = spawnSync('nvidia-smi', ['-L'], {
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const count = status === 0 ? (stdout.match(/^GPU \d+:/gm) ?? []).length : 0;
  say('gpus', count > 0 ? `${count}, from nvidia-smi` : '8 simulated ones: nvidia-smi does not answer on this machine');
  return count > 0 ? 'auto' : 'sim:8';
}

/** Gone, and nobody asked for it. */
export function died(places: Places): boolean {
  const berthd = recorded(places);
  return berthd !== undefined && berthd.stopping !== true && !isOurs(places, berthd.pid);
}

/** Fires once it does not run any more, whoever ended it. */
export function untilGone(places: Places): AbortSignal {
  const gone = new AbortController();
  const look = setInterval(() => {
    if (running(places) !== undefined) return;
    clearInterval(look);
    gone.abort();
  }, 250);
  look.unref();
  return gone.signal;
}

/** Ends it; its containers run on. */
export async function stop(places: Places): Promise<boolean> {
  const berthd = running(places);
  if (berthd === undefined) return false;
  writeFileSync(places.pid, JSON.stringify({ ...berthd, stopping: true }));
  process.kill(berthd.pid, 'SIGTERM');
  const deadline = Date.now() + stopWithinMs;
  while (isOurs(places, berthd.pid) && Date.now() < deadline) await delay(50);
  if (isOurs(places, berthd.pid)) {
    say('berthd', `did not end within ${stopWithinMs / 1000} s, killing it`);
    process.kill(berthd.pid, 'SIGKILL');
  }
  rmSync(places.pid, { force: true });
  return true;
}
