/**
 * Every setting, once: its key, its kind, what it is when nobody says anything, and what it is for.
 *
 * Names follow from the key: `portRange` is `portRange` in the file, `BERTH_PORT_RANGE` in the environment and, where
 * a setting has one, `--port-range` as a flag; `rest.legacyStatus` is `legacyStatus` in `[rest]` and
 * `BERTH_REST_LEGACY_STATUS`.
 *
 * Not here: where values come from and who wins (config.ts).
 */
import { z } from 'zod';
import * as values from './configValues.ts';

interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  /** As it would stand in the file. */
  readonly fallback: unknown;
  readonly about: string;
  /** What the flag's value is called in the help; without it there is no flag. */
  readonly flag?: string;
}

const setting = <S extends z.ZodType>(schema: S, fallback: unknown, about: string, flag?: string): Setting<S> => ({
  schema,
  fallback,
  about,
  flag,
});

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** `memoryBytes`: of the host. */
export const settingsOf = (memoryBytes: number) => ({
  socket: setting(values.socketPath, '/run/berth/berth.sock', 'Unix socket for berth and tRPC clients', 'PATH'),
  socketMode: setting(values.fileMode, '0660', 'Mode of that socket'),
  addr: setting(values.loopbackAddress, '127.0.0.1:2378', 'Address of the REST API', 'HOST:PORT'),
  'rest.legacyStatus': setting(values.yesOrNo, false, 'Answer HTTP 200 to failures too, as the older server did'),
  data: setting(values.path, '/var/lib/berth', 'Directory of the state', 'DIR'),
  dockerHost: setting(values.dockerHost, 'unix:///var/run/docker.sock', 'Docker Engine', 'URL'),
  nvidiaSmi: setting(values.path, 'nvidia-smi', 'Program that knows the GPUs', 'PATH'),
  gpus: setting(values.gpuChoice, 'auto', 'GPUs to serve: the real ones, N simulated ones, or none', 'auto|sim:N|none'),
  portRange: setting(values.portRange, '40000-65535', 'Host ports that may be granted', 'FROM-TO'),
  'ports.bind': setting(
    values.orNone(values.ipAddress, addressForm),
    'none',
    'Address that published ports are bound to unless they name one; none: every address',
  ),
  logLevel: setting(
    z.enum(logLevels, { error: `one of ${logLevels.join(', ')}` }),
    'info',
    'Least level that is logged',
    'LEVEL',
  ),
  bindRoots: setting(values.pathList, [], 'Host directories below which users may bind'),
  'backup.every': setting(
    values.orNone(values.duration, 'a duration such as "1h"'),
    '1h',
    'How often the state is backed up, if it has changed',
  ),
  'backup.keep': setting(values.wholeNumber(1, 'a number from 1 on'), 48, 'How many backups are kept'),
  'backup.dir': setting(values.path, 'backups', 'Directory of the backups; relative to `data`'),
  'volumes.dir': setting(values.path, 'volumes', 'Directory of volumes with a size; relative to `data`'),
  'volumes.backend': setting(
    values.volumeBackend,
    'auto',
    'What makes that size hold: XFS project quotas, image files',
  ),
  exitGrace: setting(values.duration, '10min', 'How long a set that ended with an error keeps GPUs and ports'),
  'defaults.stopTimeout': setting(values.duration, '10s', 'How long a container may take to stop before it is killed'),
  // The kernel's own default for a tmpfs. It is a bound, not a reservation: unused, it costs nothing.
  'defaults.shm': setting(values.orNone(values.sizeOrShare(memoryBytes), sizeForm), '50%', 'Size of /dev/shm'),
  'defaults.memoryPerGpu': setting(values.orNone(values.size, sizeForm), 'none', 'Memory limit for each GPU granted'),
  'defaults.cpusPerGpu': setting(
    values.orNone(values.positiveNumber(cpuForm), cpuForm),
    'none',
    'CPU limit for each GPU granted',
  ),
  // Threads count. Far above what data loaders of many workers start, far below what a fork bomb needs.
  'defaults.pids': setting(values.orNone(values.wholeNumber(1, pidForm), pidForm), 32_768, 'Processes and threads'),
  // Docker writes each line as JSON and drops half of it at a time: this leaves the last 10 MB of text when it ends.
  'defaults.logSize': setting(values.size, '32MiB', "Docker's log of each container, in its own form"),
});

const addressForm = 'an IP address of this host, such as "127.0.0.1"';
const sizeForm = 'a size such as "64GiB"';
const cpuForm = 'a number of CPUs, such as 8 or 1.5';
const pidForm = 'a number from 1 on';

export type SettingTable = ReturnType<typeof settingsOf>;
export type SettingKey = keyof SettingTable;
export type SettingValues = { readonly [K in SettingKey]: z.infer<SettingTable[K]['schema']> };

/** `portRange` → `port-range`. */
export const flagName = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `rest.legacyStatus` → `BERTH_REST_LEGACY_STATUS`. */
export const variableName = (key: string): string =>
  `BERTH_${flagName(key).replaceAll('.', '_').replaceAll('-', '_').toUpperCase()}`;
