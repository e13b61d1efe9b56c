/** The configuration of a container as the older contract shows it, with Go's zero values, for faked answers. */
import type { ContainerInfo } from '../../common/contract/info.ts';
import type { PortGrant } from '../../common/contract/views.ts';

export interface FakeInfo {
  readonly name: string;
  readonly version: number;
  readonly image: string;
  readonly gpus: readonly string[];
  readonly ports: readonly PortGrant[];
}

const config = (it: FakeInfo): ContainerInfo['config'] => ({
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  ExposedPorts: Object.fromEntries(it.ports.map((port) => [port.containerPort, {}])),
  Tty: true,
  OpenStdin: true,
  StdinOnce: false,
  Env: [`CONTAINER_VERSION=${it.version}`],
  Cmd: null,
  Image: it.image,
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
});

const deviceRequests = (gpus: readonly string[]): ContainerInfo['hostConfig']['DeviceRequests'] =>
  gpus.length === 0
    ? null
    : [{ Driver: 'nvidia', Count: 0, DeviceIDs: [...gpus], Capabilities: [['gpu']], Options: null }];

const hostConfig = (it: FakeInfo): ContainerInfo['hostConfig'] => ({
  Binds: [],
  ContainerIDFile: '',
  LogConfig: { Type: '', Config: null },
  NetworkMode: '',
  PortBindings: Object.fromEntries(
    it.ports.map((port) => [port.containerPort, [{ HostIp: '', HostPort: String(port.hostPort) }]]),
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
  DeviceRequests: deviceRequests(it.gpus),
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

export const fakeContainerInfo = (it: FakeInfo): ContainerInfo => ({
  version: it.version,
  createTime: '2026-01-22 07:36:04',
  config: config(it),
  hostConfig: hostConfig(it),
  networkingConfig: { EndpointsConfig: null },
  platform: { architecture: '', os: '' },
  containerName: `${it.name}-${it.version}`,
});
