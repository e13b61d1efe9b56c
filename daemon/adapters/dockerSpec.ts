/**
 * The body of a create call, built from a ContainerSpec alone: what is not named here cannot be asked of Docker.
 *
 * Invariants
 *  - Nothing privileged: no capabilities, devices, host namespaces or security options.
 *  - Without GPUs no device request is sent: an empty one means all of them where the image says so.
 *  - A host directory that is missing fails the start; it is never made.
 *  - Docker restarts nothing by itself; the daemon owns starting.
 */
import type { ContainerSpec } from '../core/engine.ts';
import type { ContainerCreateOptions } from './dockerConnection.ts';
import { endpointBody } from './dockerNetworks.ts';
import { ulimits } from './dockerUlimits.ts';

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;

/** Docker rotates: one file in use and one behind it share the bytes that are kept. */
const LOG_FILES = 2;
/** GPUs of a simulation, which no driver knows. */
const SIMULATED = 'SIM-';
const VISIBLE = 'NVIDIA_VISIBLE_DEVICES';

/** `canRaise`: whether this host lets limits be raised. */
export function createBody(spec: ContainerSpec, canRaise: boolean): ContainerCreateOptions {
  return {
    name: spec.name,
    Image: spec.image,
    ...(spec.cmd === null ? {} : { Cmd: [...spec.cmd] }),
    // An empty text says none; an empty list would be taken for the image's own.
    ...(spec.entrypoint === null ? {} : { Entrypoint: spec.entrypoint.length === 0 ? [''] : [...spec.entrypoint] }),
    User: spec.user,
    WorkingDir: spec.workingDir,
    ...(spec.hostname === null ? {} : { Hostname: spec.hostname }),
    StopTimeout: spec.stopTimeoutS,
    Env: pinnedEnv(spec),
    Labels: { ...spec.labels },
    // A shell as the image's command must neither end at once nor lose its terminal.
    Tty: true,
    OpenStdin: true,
    ExposedPorts: Object.fromEntries(spec.ports.map(({ containerPort }) => [withProtocol(containerPort), {}])),
    ...(spec.stopSignal === null ? {} : { StopSignal: spec.stopSignal }),
    ...(spec.healthcheck === null
      ? {}
      : { Healthcheck: spec.healthcheck as NonNullable<ContainerCreateOptions['Healthcheck']> }),
    HostConfig: hostConfig(spec, canRaise),
    ...(spec.network === null
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [spec.network.network]: endpointBody(spec.network) } } }),
  };
}

function hostConfig(spec: ContainerSpec, canRaise: boolean): HostConfig {
  const { binds, groups, init, ports, gpus, limits } = spec;
  return {
    Init: init,
    ...(groups.length === 0 ? {} : { GroupAdd: [...groups] }),
    Binds: binds.filter((bind) => !bind.startsWith('/')),
    Mounts: binds.filter((bind) => bind.startsWith('/')).map(hostMount),
    PortBindings: portBindings(ports),
    ...(spec.network === null ? {} : { NetworkMode: spec.network.network }),
    RestartPolicy: { Name: 'no' },
    Ulimits: ulimits(canRaise),
    LogConfig: { Type: 'json-file', Config: logConfig(limits.logBytesMax) },
    ...(limits.shmBytes === null ? {} : { ShmSize: limits.shmBytes }),
    ...resources(limits),
    ...deviceRequests(gpus),
  };
}

/** Docker refuses a later change of Memory without MemorySwap; equal values mean no swap. */
function resources(limits: ContainerSpec['limits']): HostConfig {
  const { memoryBytes, memorySwapBytes, nanoCpus, cpuShares, cpusetCpus, pidsMax } = limits;
  return {
    ...(memoryBytes === null ? {} : { Memory: memoryBytes, MemorySwap: memorySwapBytes ?? memoryBytes }),
    ...(nanoCpus === null ? {} : { NanoCpus: nanoCpus }),
    ...(cpuShares === null ? {} : { CpuShares: cpuShares }),
    ...(cpusetCpus === null ? {} : { CpusetCpus: cpusetCpus }),
    ...(pidsMax === null ? {} : { PidsLimit: pidsMax }),
  };
}

/** A bind's directory is made where it is missing; a mount's is not, and the start says so. */
function hostMount(bind: string): NonNullable<HostConfig['Mounts']>[number] {
  const [Source = '', Target = ''] = bind.split(':');
  return { Type: 'bind', Source, Target };
}

function deviceRequests(gpus: readonly string[]): Pick<HostConfig, 'DeviceRequests'> {
  const real = realGpus(gpus);
  if (real.length === 0) return {};
  return { DeviceRequests: [{ Driver: 'nvidia', Count: 0, DeviceIDs: real, Capabilities: [['gpu']] }] };
}

/** CUDA images say NVIDIA_VISIBLE_DEVICES=all, which NVIDIA's runtime believes when it is Docker's default. */
function pinnedEnv({ env, gpus }: ContainerSpec): string[] {
  const others = env.filter((entry) => !entry.startsWith(`${VISIBLE}=`));
  return [...others, `${VISIBLE}=${realGpus(gpus).join(',') || 'void'}`];
}

const realGpus = (gpus: readonly string[]): string[] => gpus.filter((uuid) => !uuid.startsWith(SIMULATED));

function portBindings(ports: ContainerSpec['ports']): Record<string, { HostIp?: string; HostPort: string }[]> {
  const byPort = Map.groupBy(ports, ({ containerPort }) => withProtocol(containerPort));
  return Object.fromEntries([...byPort].map(([port, bindings]) => [port, bindings.map(bindingOf)]));
}

const bindingOf = ({ hostIp, hostPort }: ContainerSpec['ports'][number]) => ({
  ...(hostIp === undefined ? {} : { HostIp: hostIp }),
  HostPort: String(hostPort),
});

const withProtocol = (port: string): string => (port.includes('/') ? port : `${port}/tcp`);

const logConfig = (bytesMax: number): Record<string, string> => ({
  'max-size': String(Math.max(1, Math.ceil(bytesMax / LOG_FILES))),
  'max-file': String(LOG_FILES),
});
