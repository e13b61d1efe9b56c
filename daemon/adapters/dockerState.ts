/** What Docker says of containers and images, in the core's words. Pure. */
import type { ContainerState, ImageInfo } from '../core/engine.ts';
import type { ContainerInspectInfo, ImageInspectInfo } from './dockerConnection.ts';
import { endpointsOf } from './dockerNetworks.ts';

/** Go's time zero: it never happened. */
const NEVER = '0001-01-01T00:00:00Z';

export function containerState(info: ContainerInspectInfo): ContainerState {
  const { State: state, Config: config, HostConfig: host } = info;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    status: state.Status as ContainerState['status'],
    running: state.Running,
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    error: state.Error,
    startedAt: timeOf(state.StartedAt),
    finishedAt: timeOf(state.FinishedAt),
    labels: config.Labels ?? {},
    image: config.Image,
    env: config.Env ?? [],
    binds: bindsOf(host),
    ports: hostPorts(host.PortBindings as Bindings | null),
    networks: endpointsOf(info),
    ...gpusAskedFor(info),
  };
}

/** Whoever made it may have used either form. */
const bindsOf = ({ Binds, Mounts }: ContainerInspectInfo['HostConfig']): string[] => [
  ...(Binds ?? []),
  ...(Mounts ?? []).flatMap(({ Source, Target }) => (Source ? [`${Source}:${Target}`] : [])),
];

type Bindings = Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>>;

const timeOf = (time: string | undefined): string | null => (time === undefined || time === NEVER ? null : time);

function hostPorts(bindings: Bindings | null): ContainerState['ports'] {
  return Object.entries(bindings ?? {}).flatMap(([containerPort, hosts]) =>
    (hosts ?? [])
      .map(({ HostPort }) => ({ containerPort, hostPort: Number(HostPort ?? 0) }))
      .filter(({ hostPort }) => hostPort > 0),
  );
}

/** `--gpus`, a CDI device, or NVIDIA's runtime with the variable it reads. */
function gpusAskedFor({ HostConfig: host, Config: config }: ContainerInspectInfo) {
  const requests = (host.DeviceRequests ?? []).filter(
    ({ Driver, Capabilities }) =>
      Driver === 'nvidia' || Driver === 'cdi' || (Capabilities ?? []).flat().includes('gpu'),
  );
  const ids = requests.flatMap(({ DeviceIDs }) => DeviceIDs ?? []).map((id) => id.replace(/^nvidia\.com\/gpu=/, ''));
  const visible = host.Runtime === 'nvidia' ? visibleDevices(config.Env ?? []) : [];
  const named = [...ids, ...visible];
  const counts = requests.map(({ Count }) => Count ?? 0);
  const isAll = named.includes('all') || counts.some((count) => count < 0);
  return {
    gpuIds: named.filter((id) => id !== 'all'),
    gpuCount: isAll ? -1 : counts.reduce((sum, count) => sum + count, 0),
  };
}

function visibleDevices(env: readonly string[]): string[] {
  const value = env.findLast((entry) => entry.startsWith('NVIDIA_VISIBLE_DEVICES='))?.split('=')[1] ?? '';
  return value.split(',').filter((id) => !['', 'void', 'none'].includes(id));
}

export function imageInfo(info: ImageInspectInfo): ImageInfo {
  // Newer engines leave out what is empty.
  const config = (info.Config ?? {}) as Partial<ImageInspectInfo['Config']> & { readonly StopSignal?: string };
  return {
    id: info.Id,
    layers: info.RootFS.Layers?.length ?? 0,
    sizeBytes: info.Size,
    comment: info.Comment ?? '',
    cmd: config.Cmd ?? null,
    entrypoint: listOf(config.Entrypoint),
    user: config.User ?? '',
    workingDir: config.WorkingDir ?? '',
    env: config.Env ?? [],
    volumes: Object.keys(config.Volumes ?? {}),
    labels: config.Labels ?? {},
    stopSignal: config.StopSignal ?? null,
    healthcheck: config.Healthcheck ?? null,
  };
}

const listOf = (command: string | readonly string[] | null | undefined): readonly string[] | null =>
  command === undefined || command === null ? null : typeof command === 'string' ? [command] : command;
