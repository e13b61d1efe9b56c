/**
 * berthd: the one place that wires adapters into the core, and the core to its doors.
 *
 * Order: configuration → state → GPUs → core → doors → engine, so reads are answered before the engine does.
 * At the end: doors shut, operations under way end, the state is closed.
 */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import type { Identity } from '../common/services.ts';
import { loadAdminToken } from './adapters/adminToken.ts';
import { BackupDirectory } from './adapters/backups.ts';
import { DockerEngine } from './adapters/dockerEngine.ts';
import { probeGpuSource } from './adapters/gpuSourceProbe.ts';
import { hostFiles } from './adapters/hostFiles.ts';
import { hostTasks } from './adapters/hostTasks.ts';
import { type KeptStore, openLevelStore } from './adapters/levelStore.ts';
import { peerCredentials } from './adapters/libc.ts';
import { createLog, logFormFor } from './adapters/log.ts';
import { logFilesIn } from './adapters/logFiles.ts';
import { readUserNames } from './adapters/passwd.ts';
import { scrubUntil } from './adapters/scrub.ts';
import { createNotifier, listenFds } from './adapters/systemd.ts';
import { probeVolumes } from './adapters/volumeProbe.ts';
import { type Config, explainConfig, loadConfig } from './config.ts';
import { assembleCore, type Core, type CoreParts } from './core/assemble.ts';
import type { Log } from './core/host.ts';
import { StartError } from './core/startError.ts';
import type { VolumeHost } from './core/volumeHost.ts';
import { listen, type Where } from './facades/listen.ts';
import { createRestServer } from './facades/rest.ts';
import { tokenMatcher } from './facades/tokens.ts';
import { createTrpcServer } from './facades/trpcSocket.ts';
import { runTool } from './tools.ts';

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  sleepFor(ms, undefined, { signal }).catch(() => undefined);

const mendEveryMs = 10_000;

const VERSION = (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version;

/** Beside `daemon/` in a checkout, one folder further up in `dist/`. */
function packageFile(): URL {
  const near = new URL('../package.json', import.meta.url);
  return import.meta.url.includes('/dist/') ? new URL('../../package.json', import.meta.url) : near;
}

async function serve(config: Config, onEffect?: CoreParts['onEffect']): Promise<void> {
  const log = createLog({
    level: config.logLevel,
    form: logFormFor(process.env, process.stdout.isTTY === true),
    write: (line) => process.stdout.write(line),
  });
  await serveUntilSignal(config, log, onEffect);
  log.info({}, 'stopped; containers run on');
}

/** Whatever was opened is closed again, in reverse, also when the start fails half way. */
async function serveUntilSignal(config: Config, log: Log, onEffect: CoreParts['onEffect']): Promise<void> {
  const inherited = listenFds(process.env, process.pid);
  const notifier = createNotifier(process.env);
  await using opened = new AsyncDisposableStack();
  await makeDirectory(config.dataDir, 0o700, 'Run as root, or name another with --data');
  if (!inherited.has('rpc'))
    await makeDirectory(dirname(config.socket), 0o755, 'Run as root, or name another --socket');
  const lost = Promise.withResolvers<unknown>();
  const store = await openLevelStore({ directory: config.dataDir, createIfMissing: true, log, onLost: lost.resolve });
  opened.defer(() => store.close());
  const volumes = await openVolumes(config, log);
  const backups = new BackupDirectory({ ...config.backup, store, log, now: () => new Date() });
  const core = await openCore(config, log, {
    store,
    backups,
    volumes,
    ...(onEffect === undefined ? {} : { onEffect }),
  });
  opened.defer(() => core.stop());
  const addresses = await openDoors(config, log, core, inherited, opened);
  core.start();
  using _watchdog = notifier.startWatchdog(() => true);
  if (!notifier.ready(`serving, ${addresses.join(' and ')}`))
    log.warn({}, 'systemd could not be told that berthd is ready');
  log.info({ pid: process.pid, version: VERSION, addresses }, 'berthd is ready');
  opened.defer(keepUp(config, log, store, backups));
  const signal = await Promise.race([endSignal(), lost.promise]);
  log.info({ signal }, 'stopping');
  notifier.stopping();
  if (typeof signal !== 'string') throw new StartError('the state could not be opened again', { cause: signal });
}

/** What goes on in the background as long as the state is open. The answer ends it. */
function keepUp(config: Config, log: Log, store: KeptStore, backups: BackupDirectory): () => Promise<void> {
  const end = new AbortController();
  const parts = { directory: config.dataDir, log, sleep, onDamage: store.reportDamage.bind(store) };
  const work = Promise.all([
    store.trouble?.kind === 'damaged' ? undefined : scrubUntil(end.signal, parts),
    mendUntil(end.signal, store),
    config.backup.everyMs === null ? undefined : backups.takeUntil(end.signal, config.backup.everyMs, sleep),
  ]);
  return async () => {
    end.abort();
    await work;
  };
}

/** A state that could not be written is tried again, also when nobody asks for a change. */
async function mendUntil(signal: AbortSignal, store: KeptStore): Promise<void> {
  while (!signal.aborted) {
    await sleep(mendEveryMs, signal);
    if (!signal.aborted && store.trouble?.kind === 'stalled') await store.ready().catch(() => undefined);
  }
}

async function makeDirectory(path: string, mode: number, otherwise: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    throw new StartError(`the directory ${path} cannot be made: ${(error as Error).message}. ${otherwise}`, {
      cause: error,
    });
  }
}

async function openVolumes(config: Config, log: Log): Promise<VolumeHost> {
  const { backend: choice, directory } = config.volumes;
  const host = await probeVolumes({ choice, directory, mayTry: true });
  const { backend, reason, growsInUse } = host.support();
  log.info({ backend, directory, growsInUse }, `volumes with a size: ${reason}`);
  return host;
}

/** How volumes with a size would be made, without a trial. */
async function explainVolumes({ volumes }: Config): Promise<string> {
  const host = await probeVolumes({ choice: volumes.backend, directory: volumes.directory, mayTry: false });
  return `volumes with a size: ${host.support().reason}`;
}

async function openCore(
  config: Config,
  log: Log,
  given: Pick<CoreParts, 'store' | 'backups' | 'volumes' | 'onEffect'>,
): Promise<Core> {
  const now = (): Date => new Date();
  return assembleCore({
    ...given,
    engine: new DockerEngine(config.dockerHost),
    source: await probeGpuSource({ choice: config.gpus, nvidiaSmi: config.nvidiaSmi, clock: { now }, log }),
    tasks: hostTasks,
    files: hostFiles,
    logFiles: logFilesIn(join(config.dataDir, 'logs')),
    settings: config.settings,
    log,
    now,
    bootedAt: new Date(Date.now() - uptime() * 1000),
    newId: monotonicFactory(),
    sleep,
    about: { version: VERSION, node: process.version, pid: process.pid },
  });
}

/** The addresses, in words. */
async function openDoors(
  config: Config,
  log: Log,
  core: Core,
  inherited: ReadonlyMap<string, number>,
  opened: AsyncDisposableStack,
): Promise<readonly string[]> {
  const names = await readUserNames();
  const token = await loadAdminToken(config.dataDir);
  const { services } = core;
  const rpc = await createTrpcServer({
    services,
    identify: (socket) => identify(socket, names),
    exec: (open, caller) => core.openExec(open, caller),
    attach: (open, caller) => core.attach(open, caller),
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
  opened.defer(async () => {
    await Promise.all([rpc.close(), rest.close()]);
  });
  return [
    await listenOrSayWhy(rpc, at('rpc', { path: config.socket, mode: config.socketMode })),
    await listenOrSayWhy(rest, at('rest', { host: config.rest.host, port: config.rest.port })),
  ];
}

async function listenOrSayWhy(app: Parameters<typeof listen>[0], where: Where): Promise<string> {
  try {
    return await listen(app, where);
  } catch (error) {
    throw new StartError((error as Error).message, { cause: error });
  }
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

/** Runs one command line to its end: the exit code. `onEffect` lets tests end the daemon between two effects. */
export async function main(argv: readonly string[], onEffect?: CoreParts['onEffect']): Promise<number> {
  try {
    const invocation = loadConfig({ argv, env: process.env, readFile: readConfigFile });
    if (invocation.command === 'help') process.stdout.write(invocation.text);
    else if (invocation.command === 'version') process.stdout.write(`berthd ${VERSION}\n`);
    else if (invocation.command === 'check-config') {
      const { config, origins } = invocation;
      process.stdout.write(`${explainConfig(config, origins)}\n${await explainVolumes(config)}\n`);
    } else if (invocation.command === 'serve') await serve(invocation.config, onEffect);
    else {
      const print = (text: string): void => void process.stdout.write(`${text}\n`);
      return await runTool(invocation.command, { ...invocation, print });
    }
    return 0;
  } catch (error) {
    const expected = error instanceof StartError;
    process.stderr.write(
      `berthd: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    return expected ? error.exitCode : 1;
  }
}

// A program that hangs in the GPU driver must not keep berthd from ending.
if (import.meta.main) process.exit(await main(process.argv.slice(2)));
