/**
 * A real berthd in a directory of its own, driven as its users do: REST with the admin token, `berth` on its socket,
 * signals. One call starts it; a second one on the same directory is the daemon after a crash or an upgrade.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Contract } from '../../common/contract/index.ts';
import type { ContainerInfo } from '../../common/contract/info.ts';
import type { GpuView } from '../../common/contract/resource.ts';
import type { SetView, VersionView } from '../../common/contract/views.ts';
import type { OutputOf } from '../../common/services.ts';
import { eventually } from './eventually.ts';
import type { Fault } from './fault.ts';

const MAIN = new URL('../../daemon/main.ts', import.meta.url).pathname;
const MAIN_WITH_FAULTS = new URL('./faultyDaemon.ts', import.meta.url).pathname;
const BERTH = new URL('../../tui/main.ts', import.meta.url).pathname;

export interface DaemonOptions {
  readonly dockerHost: string;
  /** What `--gpus` says; real ones come from the stub nvidia-smi. */
  readonly gpus?: string;
  readonly nvidiaSmi?: string;
  readonly portRange?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs faultyDaemon.ts, which `strikeAt` tells when a signal goes out. */
  readonly faulty?: boolean;
  /** False: returns as soon as the daemon answers, whether or not the engine does. */
  readonly awaitEngine?: boolean;
}

/** `T`: what the route answers with; null after a failure. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly code: number;
  readonly msg: string;
  readonly data: T;
}

let nextRange = 20_000 + Math.floor(Math.random() * 50) * 100;

/** A free stretch of host ports for one daemon, so that daemons beside each other do not meet. */
function somePortRange(): string {
  nextRange += 100;
  return `${nextRange}-${nextRange + 49}`;
}

export class Daemon {
  readonly directory: string;
  readonly #options: DaemonOptions;
  readonly #port: number;
  #child: ChildProcess;
  #output = '';

  private constructor(directory: string, options: DaemonOptions, port: number) {
    this.directory = directory;
    this.#options = { portRange: somePortRange(), ...options };
    this.#port = port;
    this.#child = this.#spawn();
  }

  static async start(options: DaemonOptions): Promise<Daemon> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-e2e-'));
    await writeFile(join(directory, 'fault'), '');
    const daemon = new Daemon(directory, options, await freePort());
    await daemon.#ready();
    return daemon;
  }

  get socket(): string {
    return join(this.directory, 'b.sock');
  }

  get #faultFile(): string {
    return join(this.directory, 'fault');
  }

  /** Undefined: no more faults. */
  async strikeAt(fault: Fault | undefined): Promise<void> {
    await writeFile(this.#faultFile, fault === undefined ? '' : JSON.stringify(fault));
  }

  /** Whether the signal has gone out. */
  async hasStruck(): Promise<boolean> {
    return (await readFile(this.#faultFile, 'utf8')) === '';
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Everything it has printed so far. */
  get output(): string {
    return this.#output;
  }

  async token(): Promise<string> {
    return (await readFile(join(this.directory, 'data', 'admin.token'), 'utf8')).trim();
  }

  async rest<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const envelope = (await response.json()) as Pick<Answer<T>, 'code' | 'msg' | 'data'>;
    return { status: response.status, headers: response.headers, ...envelope };
  }

  /** As `rest`, and fails with the daemon's own words when the answer is not a success. */
  async ok<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.rest<T>(method, path, body);
    if (answer.code !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.code} ${answer.msg}`);
    return answer.data;
  }

  about() {
    return this.ok<OutputOf<Contract['system']['version']>>('GET', '/version');
  }

  sets() {
    return this.ok<SetView[]>('GET', '/replicaSet');
  }

  status(name: string) {
    return this.ok<SetView>('GET', `/replicaSet/${name}/status`);
  }

  async info(name: string): Promise<ContainerInfo> {
    return (await this.ok<{ info: ContainerInfo }>('GET', `/replicaSet/${name}`)).info;
  }

  volumes() {
    return this.ok<OutputOf<Contract['volume']['list']>>('GET', '/volumes');
  }

  /** Newest first. */
  versions(name: string) {
    return this.ok<VersionView[]>('GET', `/replicaSet/${name}/versions`);
  }

  async gpus(): Promise<GpuView[]> {
    return (await this.ok<{ gpus: GpuView[] }>('GET', '/resources/gpus/list')).gpus;
  }

  /** UUIDs that are granted, or cannot be. */
  async gpusTaken(): Promise<string[]> {
    const { gpus } = await this.ok<{ gpus: Record<string, number> }>('GET', '/resources/gpus');
    return Object.keys(gpus).filter((uuid) => gpus[uuid] === 1);
  }

  ports() {
    return this.ok<OutputOf<Contract['resource']['portList']>>('GET', '/resources/ports/list');
  }

  /** What a script prints that runs in the set's container. */
  async inside(name: string, script: string): Promise<string> {
    const body = { cmd: ['sh', '-c', script] };
    return (await this.ok<{ stdout: string }>('POST', `/replicaSet/${name}/execute`, body)).stdout;
  }

  /** `berth …` as a user types it. */
  async berth(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [BERTH, '--socket', this.socket, ...args], {
      reject: false,
      env: { NO_COLOR: '1' },
    });
    return { code: exitCode ?? -1, stdout, stderr };
  }

  /** `berthd COMMAND …` with the settings of this one, whether or not it runs. */
  async berthd(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args, ...this.#flags()], {
      reject: false,
      env: this.#options.env ?? {},
    });
    return { code: exitCode ?? -1, stdout, stderr };
  }

  /** SIGTERM, and its exit code. */
  async stop(): Promise<number | null> {
    if (!this.hasExited) {
      this.#child.kill('SIGTERM');
      await this.exited();
    }
    return this.#child.exitCode;
  }

  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited();
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async exited(): Promise<void> {
    if (!this.hasExited) await once(this.#child, 'exit');
  }

  /** The next daemon on the same state. */
  async startAgain(changed: Partial<DaemonOptions> = {}): Promise<void> {
    Object.assign(this.#options, changed);
    this.#child = this.#spawn();
    await this.#ready();
  }

  /** Deletes what is left of its sets and volumes, ends it and removes its directory. */
  async dispose(): Promise<void> {
    if (!this.hasExited) {
      for (const set of await this.sets()) {
        await this.rest('DELETE', `/replicaSet/${set.name}`);
      }
      for (const { name } of (await this.volumes()).volumes) await this.rest('DELETE', `/volumes/${name}`);
    }
    await this.stop();
    await this.#unmountAll();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Of a daemon that was killed. */
  async #unmountAll(): Promise<void> {
    const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
    for (const path of mounts.filter((mount) => mount.startsWith(`${this.directory}/`))) await execa('umount', [path]);
  }

  #flags(): readonly string[] {
    const { dockerHost, gpus = 'auto', nvidiaSmi = 'nvidia-smi', portRange } = this.#options;
    const flags = {
      socket: this.socket,
      addr: `127.0.0.1:${this.#port}`,
      data: join(this.directory, 'data'),
      'docker-host': dockerHost,
      'nvidia-smi': nvidiaSmi,
      gpus,
      'port-range': portRange as string,
    };
    return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  }

  #spawn(): ChildProcess {
    const { env, faulty } = this.#options;
    const child = spawn(process.execPath, [faulty ? MAIN_WITH_FAULTS : MAIN, 'serve', ...this.#flags()], {
      env: { ...process.env, ...env, BERTH_TEST_FAULT_FILE: this.#faultFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    return child;
  }

  async #ready(): Promise<void> {
    await eventually(`berthd answers (${this.directory})`, async () => {
      if (this.#child.exitCode !== null) throw new Error(`berthd ended with ${this.#child.exitCode}:\n${this.#output}`);
      const about = await this.about().catch(() => undefined);
      return about !== undefined && (this.#options.awaitEngine === false || about.engine.state === 'up');
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
