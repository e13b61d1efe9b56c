/**
 * From what was asked for to the container that is made. Built from zero: nothing a client sends is merged in.
 *
 * Commit bakes Env, Cmd and Entrypoint into a snapshot, so every container is given all of them again, from the
 * original image's values and the user's.
 */
import type { PortGrant } from '../../common/contract/views.ts';
import type { ContainerLimits, ContainerSpec } from './engine.ts';
import { labelsOf } from './labels.ts';
import { endpointsOf } from './networkLinks.ts';
import type { VersionRecord } from './records.ts';
import type { Settings } from './settings.ts';

type Blueprint = Pick<
  VersionRecord,
  | 'name'
  | 'version'
  | 'operation'
  | 'spec'
  | 'defaults'
  | 'implicitVolumes'
  | 'gpus'
  | 'ports'
  | 'containerName'
  | 'startedFrom'
>;

/** `binds` are the user's, with host paths already resolved to real ones. */
export function containerSpec(
  version: Blueprint,
  at: {
    readonly instance: string;
    readonly uid: string;
    readonly settings: Settings;
    readonly binds: readonly string[];
  },
): ContainerSpec {
  const { spec, defaults } = version;
  return {
    name: version.containerName,
    image: version.startedFrom,
    cmd: commandOf(version),
    entrypoint: spec.entrypoint ?? defaults.entrypoint,
    ...identity(spec.user ?? defaults.user),
    workingDir: spec.workDir ?? defaults.workingDir,
    hostname: spec.hostname,
    init: spec.init ?? true,
    stopTimeoutS: stopTimeoutOf(version, at.settings),
    env: mergeEnv(defaults.env, [...spec.env, `CONTAINER_VERSION=${version.version}`]),
    labels: { ...Object.fromEntries(spec.labels.map(splitOnce)), ...labelsOf(at.instance, at.uid, version) },
    binds: [...at.binds, ...implicitBinds(version)],
    ports: version.ports.map((grant) => boundPort(grant, at.settings)),
    network: endpointsOf(version).first,
    gpus: version.gpus,
    limits: limitsFor(version, at.settings),
    stopSignal: defaults.stopSignal ?? stopSignalFor(version),
    healthcheck: defaults.healthcheck,
  };
}

/** As with Docker, the image's command belongs to the image's entrypoint, and goes with it. */
const commandOf = ({ spec, defaults }: Pick<Blueprint, 'spec' | 'defaults'>): readonly string[] | null =>
  spec.cmd.length > 0 ? spec.cmd : spec.entrypoint === null ? defaults.cmd : null;

function boundPort({ containerPort, hostPort, hostIp }: PortGrant, { portAddress }: Settings) {
  const address = hostIp ?? portAddress;
  return { containerPort, hostPort, ...(address === null ? {} : { hostIp: address }) };
}

/** `1000:1000+27,44` → user and further groups. */
export function identity(user: string): Pick<ContainerSpec, 'user' | 'groups'> {
  const [own = '', more] = user.split('+');
  return { user: own, groups: more === undefined ? [] : more.split(',') };
}

export const stopTimeoutOf = ({ spec }: Pick<Blueprint, 'spec'>, settings: Settings): number =>
  spec.stopTimeoutS ?? settings.stopTimeoutS;

/** `KEY=value` → both. */
export function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'ash', 'bash', 'dash', 'fish', 'ksh', 'zsh']);

/** A shell on a terminal ignores SIGTERM, and would be killed only when its time to stop is over. */
function stopSignalFor({ spec, defaults }: Pick<Blueprint, 'spec' | 'defaults'>): string | null {
  const command = [...(spec.entrypoint ?? defaults.entrypoint ?? []), ...(commandOf({ spec, defaults }) ?? [])];
  const [program = '', ...options] = command;
  const isInteractive = options.every((option) => /^-(i|l|-login)$/.test(option));
  return isInteractive && SHELLS.has(program.split('/').at(-1) ?? '') ? 'SIGHUP' : null;
}

/** Volumes for the image's own VOLUME lines, except where the user bound something there. */
function implicitBinds(version: Pick<Blueprint, 'spec' | 'implicitVolumes'>): string[] {
  const bound = new Set(version.spec.binds.map((bind) => plainPath(bind.dest)));
  return version.implicitVolumes
    .filter((volume) => !bound.has(plainPath(volume.dest)))
    .map((volume) => `${volume.name}:${volume.dest}`);
}

/** `/a//b/./` and `/a/b` are one place. */
export const plainPath = (path: string): string =>
  `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;

/** What was asked for, else the configuration's defaults, some of them for each GPU. */
export function limitsFor({ spec, gpus }: Pick<Blueprint, 'spec' | 'gpus'>, settings: Settings): ContainerLimits {
  const perGpu = (amount: number | null): number | null =>
    amount === null || gpus.length === 0 ? null : amount * gpus.length;
  const { limits } = spec;
  const cpus = perGpu(settings.cpusPerGpu);
  const memoryBytes = limits.memoryBytes ?? perGpu(settings.memoryPerGpuBytes);
  return {
    shmBytes: spec.shmBytes ?? settings.shmBytes,
    memoryBytes,
    memorySwapBytes: limits.memorySwapBytes ?? memoryBytes,
    nanoCpus: limits.nanoCpus ?? (cpus === null ? null : Math.round(cpus * 1e9)),
    cpuShares: limits.cpuShares,
    cpusetCpus: limits.cpusetCpus,
    pidsMax: limits.pidsMax ?? settings.pidsMax,
    logBytesMax: settings.logBytesMax,
  };
}

/** Later entries replace earlier ones of the same key; the last new key stands last. */
export function mergeEnv(base: readonly string[], over: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of [...base, ...over]) {
    const key = entry.split('=', 1)[0] ?? '';
    if (over.includes(entry)) merged.delete(key);
    merged.set(key, entry);
  }
  return [...merged.values()];
}
