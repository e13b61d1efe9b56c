/**
 * The configuration: flags before environment before file before defaults, checked as a whole before anything starts.
 *
 * Invariants
 *  - Every problem is reported at once, each with its key, where it was said and what is allowed.
 *  - Nothing here reads the process: arguments, environment and files are handed in.
 *
 * Not here: the settings themselves (configSettings.ts).
 */
import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { formatBytes, formatDuration } from '../common/units.ts';
import { parseCommandLine, type ToolOptions } from './configFlags.ts';
import { type logLevels, type SettingKey, type SettingValues, settingsOf } from './configSettings.ts';
import { fromEnvironment, fromFile, type Given, type Source } from './configSources.ts';
import type { GpuChoice, VolumeBackendChoice } from './configValues.ts';
import type { Settings } from './core/settings.ts';
import { StartError } from './core/startError.ts';

export interface Config {
  readonly socket: string;
  readonly socketMode: number;
  readonly rest: { readonly host: string; readonly port: number; readonly legacyStatus: boolean };
  readonly dataDir: string;
  readonly dockerHost: string;
  readonly nvidiaSmi: string;
  readonly gpus: GpuChoice;
  readonly logLevel: (typeof logLevels)[number];
  readonly backup: { readonly everyMs: number | null; readonly keep: number; readonly directory: string };
  readonly volumes: { readonly directory: string; readonly backend: VolumeBackendChoice };
  readonly settings: Settings;
}

/** Where each setting came from, as a person would say it. */
export type Origins = Readonly<Record<SettingKey, string>>;

export interface ConfigInput {
  /** What follows the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, undefined where there is none; throws where it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  readonly memoryBytes?: number;
}

export type Invocation =
  | {
      readonly command: 'serve' | 'check-config' | 'backup' | 'restore' | 'doctor';
      readonly config: Config;
      readonly origins: Origins;
      readonly options: ToolOptions;
    }
  | { readonly command: 'version' }
  | { readonly command: 'help'; readonly text: string };

const usualFile = '/etc/berth/berth.toml';

/** Throws StartError, exit code 2, naming everything that is wrong. */
export function loadConfig({ argv, env, readFile, memoryBytes = totalmem() }: ConfigInput): Invocation {
  const settings = settingsOf(memoryBytes);
  const line = parseCommandLine(argv, settings);
  if ('help' in line) return { command: 'help', text: line.help };
  if (line.command === 'version') return { command: 'version' };
  const keys = Object.keys(settings) as SettingKey[];
  const environment = fromEnvironment(env, keys);
  const file = readConfigFile(line.configFile ?? (env.BERTH_CONFIG || undefined), readFile, keys);
  const defaults = keys.map((key): Given => ({ key, raw: settings[key].fallback, origin: 'default' }));
  const weakestFirst = [...defaults, ...dockersOwn(env), ...file.given, ...environment.given, ...line.given];
  const chosen = new Map(weakestFirst.map((given) => [given.key, given]));
  const { values, problems } = check([...chosen.values()], settings);
  const all = [...environment.problems, ...file.problems, ...problems];
  if (all.length > 0) throw new StartError(`the configuration is wrong:\n  ${all.join('\n  ')}`, { exitCode: 2 });
  const origins = Object.fromEntries([...chosen].map(([key, { origin }]) => [key, origin])) as Origins;
  return { command: line.command, config: toConfig(values as SettingValues), options: line.options, origins };
}

/** What every other Docker client obeys. */
const dockersOwn = (env: ConfigInput['env']): readonly Given[] =>
  env.DOCKER_HOST ? [{ key: 'dockerHost', raw: env.DOCKER_HOST, origin: 'DOCKER_HOST' }] : [];

/** The usual file may be missing; one that was named may not. */
function readConfigFile(named: string | undefined, readFile: ConfigInput['readFile'], keys: readonly string[]): Source {
  const path = named ?? usualFile;
  try {
    const text = readFile(path);
    if (text !== undefined) return fromFile(path, text, keys);
    return { given: [], problems: named === undefined ? [] : [`the configuration file ${path} does not exist`] };
  } catch (error) {
    return { given: [], problems: [`the configuration file ${path} cannot be read: ${(error as Error).message}`] };
  }
}

function check(chosen: readonly Given[], settings: ReturnType<typeof settingsOf>) {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const { key, raw, origin } of chosen) {
    const result = settings[key as SettingKey].schema.safeParse(raw);
    if (result.success) values[key] = result.data;
    else problems.push(`${key} (${origin}) is ${JSON.stringify(raw)}; allowed: ${result.error.issues[0]?.message}`);
  }
  return { values, problems };
}

function toConfig(values: SettingValues): Config {
  return {
    socket: values.socket,
    socketMode: values.socketMode,
    rest: { ...values.addr, legacyStatus: values['rest.legacyStatus'] },
    dataDir: values.data,
    dockerHost: values.dockerHost,
    nvidiaSmi: values.nvidiaSmi,
    gpus: values.gpus,
    logLevel: values.logLevel,
    backup: {
      everyMs: values['backup.every'],
      keep: values['backup.keep'],
      directory: resolve(values.data, values['backup.dir']),
    },
    volumes: { directory: resolve(values.data, values['volumes.dir']), backend: values['volumes.backend'] },
    settings: {
      portRange: values.portRange,
      portAddress: values['ports.bind'],
      bindRoots: values.bindRoots,
      stopTimeoutS: Math.ceil(values['defaults.stopTimeout'] / 1000),
      shmBytes: values['defaults.shm'],
      memoryPerGpuBytes: values['defaults.memoryPerGpu'],
      cpusPerGpu: values['defaults.cpusPerGpu'],
      pidsMax: values['defaults.pids'],
      logBytesMax: values['defaults.logSize'],
      exitGraceMs: values.exitGrace,
    },
  };
}

/** One line for each setting: key, value in force, where it came from. */
export function explainConfig(config: Config, origins: Origins): string {
  const shown = Object.entries(inWords(config)) as [SettingKey, string][];
  const keyWidth = Math.max(...shown.map(([key]) => key.length));
  const valueWidth = Math.max(...shown.map(([, value]) => value.length));
  return shown
    .map(([key, value]) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${origins[key]}`)
    .join('\n');
}

function inWords(config: Config): Readonly<Record<SettingKey, string>> {
  const { rest, gpus, settings } = config;
  const host = rest.host.includes(':') ? `[${rest.host}]` : rest.host;
  const bytes = (amount: number | null): string => (amount === null ? 'none' : formatBytes(amount));
  return {
    socket: config.socket,
    socketMode: `0${config.socketMode.toString(8)}`,
    addr: `${host}:${rest.port}`,
    'rest.legacyStatus': String(rest.legacyStatus),
    data: config.dataDir,
    dockerHost: config.dockerHost,
    nvidiaSmi: config.nvidiaSmi,
    gpus: typeof gpus === 'string' ? gpus : `sim:${gpus.simulated}`,
    portRange: `${settings.portRange.start}-${settings.portRange.end}`,
    'ports.bind': settings.portAddress ?? 'none',
    logLevel: config.logLevel,
    bindRoots: settings.bindRoots.join(', ') || 'none',
    'backup.every': config.backup.everyMs === null ? 'none' : formatDuration(config.backup.everyMs),
    'backup.keep': String(config.backup.keep),
    'backup.dir': config.backup.directory,
    'volumes.dir': config.volumes.directory,
    'volumes.backend': config.volumes.backend,
    exitGrace: formatDuration(settings.exitGraceMs),
    'defaults.stopTimeout': formatDuration(settings.stopTimeoutS * 1000),
    'defaults.shm': bytes(settings.shmBytes),
    'defaults.memoryPerGpu': bytes(settings.memoryPerGpuBytes),
    'defaults.cpusPerGpu': settings.cpusPerGpu === null ? 'none' : String(settings.cpusPerGpu),
    'defaults.pids': settings.pidsMax === null ? 'none' : String(settings.pidsMax),
    'defaults.logSize': bytes(settings.logBytesMax),
  };
}
