/**
 * From what was asked for to the container that is made. Built from zero: nothing a client sends is merged in.
 *
 * Commit bakes Env, Cmd and Entrypoint into a snapshot, so every container is given all of them again, from the
 * original image's values and the user's.
 */
import type { ContainerSpec } from './engine.ts';
import { labelsOf } from './labels.ts';
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
    cmd: spec.cmd.length > 0 ? spec.cmd : defaults.cmd,
    entrypoint: defaults.entrypoint,
    user: defaults.user,
    workingDir: defaults.workingDir,
    env: mergeEnv(defaults.env, [...spec.env, `CONTAINER_VERSION=${version.version}`]),
    labels: labelsOf(at.instance, at.uid, version),
    binds: [...at.binds, ...implicitBinds(version)],
    ports: version.ports,
    gpus: version.gpus,
    limits: limitsFor(version.gpus.length, at.settings),
    stopSignal: defaults.stopSignal ?? stopSignalFor(version),
    healthcheck: defaults.healthcheck,
  };
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'ash', 'bash', 'dash', 'fish', 'ksh', 'zsh']);

/** A shell on a terminal ignores SIGTERM, and would be killed only when its time to stop is over. */
function stopSignalFor({ spec, defaults }: Pick<Blueprint, 'spec' | 'defaults'>): string | null {
  const command = [...(defaults.entrypoint ?? []), ...(spec.cmd.length > 0 ? spec.cmd : (defaults.cmd ?? []))];
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

function limitsFor(gpuCount: number, settings: Settings): ContainerSpec['limits'] {
  const perGpu = (amount: number | null): number | null =>
    amount === null || gpuCount === 0 ? null : amount * gpuCount;
  const cpus = perGpu(settings.cpusPerGpu);
  return {
    shmBytes: settings.shmBytes,
    memoryBytes: perGpu(settings.memoryPerGpuBytes),
    nanoCpus: cpus === null ? null : Math.round(cpus * 1e9),
    pidsMax: settings.pidsMax,
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
