/**
 * A private Docker Engine for tests (test/rig/engine), in a temporary directory, with stub GPUs.
 *
 * Invariants
 *  - `stop` leaves nothing behind: containers, mounts, bridge and files go.
 *  - The scripts find the engine by its directory, so it can be stopped by hand too: `ENGINE_DIR=… stop.sh --wipe`.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const scripts = join(import.meta.dirname, 'engine');

/** The nvidia-smi of a host with the stub GPUs. */
export const stubNvidiaSmi = join(scripts, 'gpu', 'bin', 'nvidia-smi');

export interface PrivateEngineOptions {
  /** Without stub GPUs the host's own are what there is. */
  readonly gpus?: 'stub' | 'none';
  /** Containers run on while the engine is away. */
  readonly liveRestore?: boolean;
  /** References of the small image to import. */
  readonly images?: readonly string[];
}

export interface PrivateEngine {
  /** `unix://…` */
  readonly dockerHost: string;
  /** The engine's own directory. */
  readonly path: string;
  /** Where the stub GPUs read what to say; test/rig/engine/gpu/README.md names the files. */
  readonly gpuPath: string;
  /** What a process needs to meet this engine and its GPUs: DOCKER_HOST, PATH, STUB_GPU_DIR. */
  readonly env: Readonly<Record<string, string>>;
  /** Sends a signal to dockerd and waits until it is gone; its containers live on after SIGKILL. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** It answers nobody for so long, and goes on. */
  hang(ms: number): Promise<void>;
  /** Of dockerd. */
  pid(): Promise<number>;
  /** Starts it again after `kill`, on the same data and socket. */
  restart(): Promise<void>;
  /** Writes one of the files that the stub GPUs read; an empty text is as good as none. */
  setGpuState(
    file: 'missing' | 'usage.csv' | 'apps.csv' | 'fault' | 'broken' | 'driver-down',
    text: string,
  ): Promise<void>;
  stop(): Promise<void>;
}

export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const path = await mkdtemp(join(tmpdir(), 'berth-engine-'));
  const env = { ...process.env, ...settingsOf(path, options) };
  const start = () => run(join(scripts, 'start.sh'), { env });
  const dockerHost = /^DOCKER_HOST=(\S+)$/m.exec((await start()).stdout)?.[1] ?? '';
  const gpuPath = join(path, 'gpu');
  return {
    dockerHost,
    path,
    gpuPath,
    env: {
      DOCKER_HOST: dockerHost,
      PATH: `${join(scripts, 'gpu', 'bin')}:${process.env.PATH ?? ''}`,
      STUB_GPU_DIR: gpuPath,
    },
    kill: (signal) => killDockerd(dockerHost, signal),
    hang: (ms) => hangDockerd(dockerHost, ms),
    pid: () => dockerdPid(dockerHost),
    restart: async () => {
      await start();
    },
    setGpuState: (file, text) => writeFile(join(gpuPath, file), text),
    stop: async () => {
      await run(join(scripts, 'stop.sh'), ['--wipe'], { env });
    },
  };
}

function settingsOf(path: string, { gpus = 'stub', liveRestore = false, images }: PrivateEngineOptions) {
  return {
    ENGINE_DIR: path,
    ENGINE_GPUS: gpus,
    ENGINE_LIVE_RESTORE: String(liveRestore),
    ...(images === undefined ? {} : { ENGINE_IMAGES: images.join(' ') }),
  };
}

async function dockerdPid(dockerHost: string): Promise<number> {
  const pidFile = dockerHost.replace(/^unix:\/\//, '').replace(/\.sock$/, '.pid');
  return Number(await readFile(pidFile, 'utf8'));
}

async function hangDockerd(dockerHost: string, ms: number): Promise<void> {
  const pid = await dockerdPid(dockerHost);
  process.kill(pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, ms));
  process.kill(pid, 'SIGCONT');
}

async function killDockerd(dockerHost: string, signal: NodeJS.Signals): Promise<void> {
  const pid = await dockerdPid(dockerHost);
  process.kill(pid, signal);
  while (await isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A zombie is as dead as it gets where nobody reaps it. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
}
