/**
 * A version as existing clients read it: every key of the older contract in its order, with Go's zero values.
 * Shows what was asked for, never the defaults that Berth adds. Pure.
 */
import type { ContainerInfo } from '../../common/contract/info.ts';
import { formatLocalTime } from '../../common/units.ts';
import type { VersionRecord } from './records.ts';

export function infoOf(version: VersionRecord): ContainerInfo {
  return {
    version: version.version,
    createTime: formatLocalTime(new Date(version.createdAt)),
    config: configOf(version),
    hostConfig: hostConfigOf(version),
    networkingConfig: { EndpointsConfig: null },
    platform: { architecture: '', os: '' },
    containerName: version.containerName,
  };
}

const configOf = ({ spec, ports, version }: VersionRecord): ContainerInfo['config'] => ({
  Hostname: '',
  Domainname: '',
  User: '',
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
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
});

const hostConfigOf = ({ spec, ports, gpus }: VersionRecord): ContainerInfo['hostConfig'] => ({
  Binds: spec.binds.map((bind) => `${bind.src}:${bind.dest}`),
  ContainerIDFile: '',
  LogConfig: { Type: '', Config: null },
  NetworkMode: '',
  PortBindings: Object.fromEntries(
    ports.map((grant) => [grant.containerPort, [{ HostIp: '', HostPort: String(grant.hostPort) }]]),
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
  GroupAdd: null,
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
  ShmSize: 0,
  Isolation: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
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
  CpusetCpus: '',
  CpusetMems: '',
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: deviceRequests(gpus),
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  MaskedPaths: null,
  ReadonlyPaths: null,
});

const deviceRequests = (gpus: readonly string[]): ContainerInfo['hostConfig']['DeviceRequests'] =>
  gpus.length === 0
    ? null
    : [{ Driver: 'nvidia', Count: 0, DeviceIDs: [...gpus], Capabilities: [['gpu']], Options: null }];
