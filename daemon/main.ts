/**
 * berthd: the one place that wires adapters into the core, and the core to its doors.
 *
 * Order: configuration → state → GPUs → core → doors → engine, so reads are answered before the engine does.
 * At the end: doors shut, operations under way end, the state is closed.
 */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import type { Identity } from '../common/services.ts';
import { loadAdminToken } from './adapters/adminToken.ts';
import { DockerEngine } from './adapters/dockerEngine.ts';
import { probeGpuSource } from './adapters/gpuSourceProbe.ts';
import { hostFiles } from './adapters/hostFiles.ts';
import { hostTasks } from './adapters/hostTasks.ts';
import { openLevelStore } from './adapters/levelStore.ts';
import { peerCredentials } from './adapters/libc.ts';
import { createLog, logFormFor } from './adapters/log.ts';
import { readUserNames } from './adapters/passwd.ts';
import { createNotifier, listenFds } from './adapters/systemd.ts';
import { type Config, explainConfig, loadConfig } from './config.ts';
import { assembleCore, type Core, type CoreParts } from './core/assemble.ts';
import type { Log } from './core/host.ts';
import { StartError } from './core/startError.ts';
import { listen, type Where } from './facades/listen.ts';
import { createRestServer } from './facades/rest.ts';
import { tokenMatcher } from './facades/tokens.ts';
import { createTrpcServer } from './facades/trpcSocket.ts';

const VERSION = (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version;

/** Beside `daemon/` in a checkout, one folder further up in `dist/`. */
function packageFile(): URL {
  const near = new URL('../package.json', import.meta.url);
  return import.meta.url.includes('/dist/') ? new URL('../../package.json', import.meta.url) : near;
}

/** Runs until a signal asks it to end. `onEffect` lets tests end it between two effects. */
export async function serve(config: Config, onEffect?: CoreParts['onEffect']): Promise<void> {
  const log = createLog({
    level: config.logLevel,
    form: logFormFor(process.env, process.stdout.isTTY === true),
    write: (line) => process.stdout.write(line),
  });
  const inherited = listenFds(process.env, process.pid);
  const notifier = createNotifier(process.env);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const store = await openLevelStore({ directory: config.dataDir, createIfMissing: true, log });
  const core = await openCore(config, log, { store, ...(onEffect === undefined ? {} : { onEffect }) });
  const doors = await openDoors(config, log, core, inherited);
  core.start();
  notifier.ready(`serving, ${doors.addresses.join(' and ')}`);
  using _watchdog = notifier.startWatchdog(() => true);
  log.info({ pid: process.pid, version: VERSION, addresses: doors.addresses }, 'berthd is ready');
  const signal = await endSignal();
  log.info({ signal }, 'stopping');
  notifier.stopping();
  await doors.close();
  await core.stop();
  await store.close();
  log.info({}, 'stopped; containers run on');
}

async function openCore(config: Config, log: Log, given: Pick<CoreParts, 'store' | 'onEffect'>): Promise<Core> {
  const now = (): Date => new Date();
  return assembleCore({
    ...given,
    engine: new DockerEngine(config.dockerHost),
    source: await probeGpuSource({ choice: config.gpus, nvidiaSmi: config.nvidiaSmi, clock: { now }, log }),
    tasks: hostTasks,
    files: hostFiles,
    settings: config.settings,
    log,
    now,
    newId: monotonicFactory(),
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal }).catch(() => undefined),
    about: { version: VERSION, node: process.version, pid: process.pid },
  });
}

interface Doors {
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

async function openDoors(config: Config, log: Log, core: Core, inherited: ReadonlyMap<string, number>): Promise<Doors> {
  const names = await readUserNames();
  const token = await loadAdminToken(config.dataDir);
  const { services } = core;
  const rpc = await createTrpcServer({
    services,
    identify: (socket) => identify(socket, names),
    exec: (open, caller) => core.openExec(open, caller),
    log,
  });
  const rest = await createRestServer({
    services,
    log,
    authenticate: tokenMatcher([{ actor: 'admin', role: 'admin', sha256: token.sha256 }]),
    hosts: [],
    legacyStatus: config.rest.legacyStatus,
    version: VERSION,
  });
  const at = (name: string, otherwise: Where): Where => {
    const fd = inherited.get(name);
    return fd === undefined ? otherwise : { fd };
  };
  const addresses = [
    await listen(rpc, at('rpc', { path: config.socket, mode: config.socketMode })),
    await listen(rest, at('rest', { host: config.rest.host, port: config.rest.port })),
  ];
  return {
    addresses,
    close: async () => {
      await Promise.all([rpc.close(), rest.close()]);
    },
  };
}

/** The socket's mode decides who gets this far; root and berthd's own user may also drain GPUs. */
function identify(socket: Socket, names: ReadonlyMap<number, string>): Identity {
  const peer = peerCredentials(socket);
  if (peer === undefined) return { actor: 'local', role: 'operate' };
  const isAdmin = peer.uid === 0 || peer.uid === process.getuid?.();
  return { actor: names.get(peer.uid) ?? `uid ${peer.uid}`, role: isAdmin ? 'admin' : 'operate' };
}

const endSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });

function readConfigFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The exit code. */
export async function main(argv: readonly string[], onEffect?: CoreParts['onEffect']): Promise<number> {
  try {
    const invocation = loadConfig({ argv, env: process.env, readFile: readConfigFile });
    if (invocation.command === 'help') process.stdout.write(invocation.text);
    else if (invocation.command === 'version') process.stdout.write(`berthd ${VERSION}\n`);
    else if (invocation.command === 'check-config') {
      process.stdout.write(`${explainConfig(invocation.config, invocation.origins)}\n`);
    } else await serve(invocation.config, onEffect);
    return 0;
  } catch (error) {
    const expected = error instanceof StartError;
    process.stderr.write(
      `berthd: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    return expected ? error.exitCode : 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
