/**
 * A version as existing clients read it: every key of the older contract in its order, with Go's zero values.
 * Shows what was asked for, never the defaults that Berth adds. Pure.
 */
import type { ContainerInfo } from '../../common/contract/info.ts';
import { formatLocalTime } from '../../common/units.ts';
import { identity, splitOnce } from './containerSpec.ts';
import type { NetworkLink, VersionRecord } from './records.ts';

export function infoOf(version: VersionRecord): ContainerInfo {
  return {
    version: version.version,
    createTime: formatLocalTime(new Date(version.createdAt)),
    config: configOf(version),
    hostConfig: hostConfigOf(version),
    networkingConfig: { EndpointsConfig: endpointsOf(version) },
    platform: { architecture: '', os: '' },
    containerName: version.containerName,
  };
}

const configOf = ({ spec, ports, version }: VersionRecord): ContainerInfo['config'] => ({
  Hostname: spec.hostname ?? '',
  Domainname: '',
  User: identity(spec.user ?? '').user,
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  ExposedPorts: Object.fromEntries(ports.map((grant) => [grant.containerPort, {}])),
  Tty: true,
  OpenStdin: true,
  StdinOnce: false,
  Env: [...spec.env, `CONTAINER_VERSION=${version}`],
  Cmd: spec.cmd.length > 0 ? [...spec.cmd] : null,
  Image: spec.imageName,
  Volumes: null,
  WorkingDir: spec.workDir ?? '',
  Entrypoint: spec.entrypoint === null ? null : [...spec.entrypoint],
  OnBuild: null,
  Labels: spec.labels.length === 0 ? null : Object.fromEntries(spec.labels.map(splitOnce)),
});

const hostConfigOf = ({ spec, ports, gpus }: VersionRecord): ContainerInfo['hostConfig'] => ({
  Binds: spec.binds.map((bind) => `${bind.src}:${bind.dest}`),
  ContainerIDFile: '',
  LogConfig: { Type: '', Config: null },
  NetworkMode: '',
  PortBindings: Object.fromEntries(
    ports.map((grant) => [grant.containerPort, [{ HostIp: grant.hostIp ?? '', HostPort: String(grant.hostPort) }]]),
  ),
  RestartPolicy: { Name: '', MaximumRetryCount: 0 },
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: '',
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: groupsOf(spec),
  IpcMode: '',
  Cgroup: '',
  Links: null,
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: '',
  UsernsMode: '',
  ShmSize: spec.shmBytes ?? 0,
  Isolation: '',
  CpuShares: spec.limits.cpuShares ?? 0,
  Memory: spec.limits.memoryBytes ?? 0,
  NanoCpus: spec.limits.nanoCpus ?? 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: spec.limits.cpusetCpus ?? '',
  CpusetMems: '',
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: deviceRequests(gpus),
  MemoryReservation: 0,
  MemorySwap: spec.limits.memorySwapBytes ?? 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: spec.limits.pidsMax,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  MaskedPaths: null,
  ReadonlyPaths: null,
});

const endpointsOf = ({ spec }: VersionRecord): ContainerInfo['networkingConfig']['EndpointsConfig'] =>
  spec.networks === null ? null : Object.fromEntries(spec.networks.map((link) => [link.network, endpointOf(link)]));

const endpointOf = ({ aliases, ipv4 }: NetworkLink) => ({
  IPAMConfig: ipv4 === null ? null : { IPv4Address: ipv4 },
  Links: null,
  Aliases: aliases.length === 0 ? null : [...aliases],
  NetworkID: '' as const,
  EndpointID: '' as const,
  Gateway: '' as const,
  IPAddress: '' as const,
  IPPrefixLen: 0 as const,
  IPv6Gateway: '' as const,
  GlobalIPv6Address: '' as const,
  GlobalIPv6PrefixLen: 0 as const,
  MacAddress: '' as const,
  DriverOpts: null,
});

function groupsOf({ user }: VersionRecord['spec']): string[] | null {
  const { groups } = identity(user ?? '');
  return groups.length === 0 ? null : [...groups];
}

const deviceRequests = (gpus: readonly string[]): ContainerInfo['hostConfig']['DeviceRequests'] =>
  gpus.length === 0
    ? null
    : [{ Driver: 'nvidia', Count: 0, DeviceIDs: [...gpus], Capabilities: [['gpu']], Options: null }];
