/**
 * One conformance suite for every engine: each test of `onEveryEngine` runs against the in-memory engine and against
 * Docker, so that a drift of the fake shows.
 *
 * Invariant: what a test makes bears its prefix, and is gone afterwards.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, vi } from 'vitest';
import { DockerConnection } from '../../../daemon/adapters/dockerConnection.ts';
import { DockerEngine } from '../../../daemon/adapters/dockerEngine.ts';
import type { ContainerSpec, Engine, EngineErrorKind, ExecSession, ExecSpec } from '../../../daemon/core/engine.ts';
import { MemoryEngine } from '../memoryEngine.ts';
import { testDockerHost } from '../sharedEngine.ts';

export const IMAGE = 'berth-test/busybox:1';

interface Subject {
  readonly name: string;
  open(): Engine;
  /** Holds a host port from outside the engine until disposed. */
  occupy(engine: Engine, port: number): Promise<AsyncDisposable>;
  /** A network of its own, gone when disposed; with a subnet, it gives addresses that are asked for. */
  network(engine: Engine, name: string, subnet?: string): Promise<AsyncDisposable>;
  /** An engine that nothing answers for. */
  openDown(): Engine;
}

const inMemory: Subject = {
  name: 'the in-memory engine',
  open: () => new MemoryEngine(),
  async occupy(engine, port) {
    const { outsiderPorts } = (engine as MemoryEngine).world;
    outsiderPorts.add(port);
    return { [Symbol.asyncDispose]: async () => void outsiderPorts.delete(port) };
  },
  async network(engine, name, subnet) {
    const { world } = engine as MemoryEngine;
    world.addNetwork(name, subnet === undefined ? {} : { subnet });
    return { [Symbol.asyncDispose]: async () => void world.networks.delete(name) };
  },
  openDown() {
    const engine = new MemoryEngine();
    engine.faults.setDown(true);
    return engine;
  },
};

const docker: Subject = {
  name: 'Docker',
  open: () => new DockerEngine(testDockerHost()),
  async occupy(_, port) {
    const server = createServer().listen(port, '0.0.0.0');
    await new Promise((resolve) => server.once('listening', resolve));
    return { [Symbol.asyncDispose]: async () => void server.close() };
  },
  async network(_, name, subnet) {
    const connection = new DockerConnection(testDockerHost());
    const ipam = subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } };
    await connection.call('make a network', 15_000, (it) => it.createNetwork({ Name: name, ...ipam }));
    return {
      [Symbol.asyncDispose]: () =>
        connection.call('remove a network', 15_000, async (it) => void (await it.getNetwork(name).remove())),
    };
  },
  openDown: () => new DockerEngine('unix:///run/berth-test-nothing-here.sock'),
};

/** Defines the same tests for every engine. */
export function onEveryEngine(define: (bench: Bench) => void): void {
  describe.each([inMemory, docker])('$name', (subject) => {
    const bench = new Bench(subject);
    beforeEach(() => bench.begin());
    afterEach(() => bench.clean());
    define(bench);
  });
}

/** One engine under test, and short words for what tests do with it. */
export class Bench {
  readonly subject: Subject;
  #engine: Engine | undefined;
  #prefix = '';

  constructor(subject: Subject) {
    this.subject = subject;
  }

  get engine(): Engine {
    this.#engine ??= this.subject.open();
    return this.#engine;
  }

  /** A name of this test's own. */
  name = (rest: string | number): string => `${this.#prefix}-${rest}`;

  /** An image reference of this test's own. */
  tag = (tag: string | number): string => `${this.#prefix}:${tag}`;

  begin(): void {
    this.#prefix = `conform${randomBytes(4).toString('hex')}`;
  }

  async clean(): Promise<void> {
    const containers = (await this.engine.listContainers()).filter(({ name }) => name.startsWith(this.#prefix));
    for (const { id } of containers) await this.engine.remove(id);
    const tags = (await this.engine.listImages()).flatMap((image) => image.tags);
    for (const tag of tags.filter((it) => it.startsWith(this.#prefix)).toReversed()) await this.engine.removeImage(tag);
  }

  spec = (change: Partial<ContainerSpec> = {}): ContainerSpec => ({ ...plainSpec, name: this.name(1), ...change });

  running = async (change: Partial<ContainerSpec> = {}): Promise<string> => {
    const id = await this.engine.create(this.spec(change));
    await this.engine.start(id);
    return id;
  };

  exec = (container: string, cmd: readonly string[], change: Partial<ExecSpec> = {}): Promise<ExecSession> =>
    this.engine.exec(container, { ...plainExec, ...change, cmd });

  /** Runs a script to its end. */
  sh = async (container: string, script: string) => collect(await this.exec(container, ['sh', '-c', script]));

  statusOf = async (container: string) => (await this.engine.inspectContainer(container))?.status;
}

export const plainSpec: ContainerSpec = {
  name: '',
  image: IMAGE,
  cmd: ['sleep', '100000'],
  entrypoint: null,
  user: '',
  groups: [],
  workingDir: '',
  hostname: null,
  init: true,
  stopTimeoutS: 10,
  env: ['PATH=/bin:/usr/bin', 'GREETING=hello'],
  labels: { 'berth.uid': 'U', team: 'vision' },
  binds: [],
  ports: [],
  network: null,
  gpus: [],
  limits: {
    shmBytes: 2 ** 27,
    memoryBytes: 2 ** 26,
    memorySwapBytes: null,
    cpuShares: null,
    cpusetCpus: null,
    nanoCpus: 5e8,
    pidsMax: 100,
    logBytesMax: 1e7,
  },
  stopSignal: null,
  healthcheck: null,
};

export const plainExec: Omit<ExecSpec, 'cmd'> = {
  tty: false,
  stdin: false,
  env: [],
  workDir: undefined,
  user: undefined,
  columns: undefined,
  rows: undefined,
};

/** Both streams of a command, and how it ended. */
export async function collect(session: ExecSession) {
  const text = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of session.output) text[stream] += Buffer.from(bytes).toString();
  return { ...text, exitCode: await session.exitCode() };
}

export const kindOf = (call: Promise<unknown>): Promise<EngineErrorKind | 'none'> =>
  call.then(
    () => 'none' as const,
    (error: { readonly kind: EngineErrorKind }) => error.kind,
  );

/** Asks until it holds, with patience for a busy machine. */
export const soon = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 20_000, interval: 25 });
