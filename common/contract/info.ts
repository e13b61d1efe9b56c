/**
 * The container configuration that existing clients read: every key of the older contract, in its order, with Go's
 * zero values for what was not asked for. Source: the API document of mayooot/gpu-docker-api, v1.0.0, "Get version info
 * about replicaSet"; its example is in test/golden/contract/replicaSet.info.json.
 */
import { z } from 'zod';

const zero = {
  text: z.literal(''),
  no: z.literal(false),
  number: z.literal(0),
  none: z.null(),
};
const HostPort = z.object({ HostIp: z.string(), HostPort: z.string() });

const Config = z.object({
  Hostname: z.string(),
  Domainname: zero.text,
  User: z.string(),
  AttachStdin: zero.no,
  AttachStdout: zero.no,
  AttachStderr: zero.no,
  ExposedPorts: z.record(z.string(), z.object({})),
  Tty: z.boolean(),
  OpenStdin: z.boolean(),
  StdinOnce: zero.no,
  Env: z.array(z.string()),
  Cmd: z.array(z.string()).nullable(),
  Image: z.string(),
  Volumes: zero.none,
  WorkingDir: z.string(),
  Entrypoint: z.array(z.string()).nullable(),
  OnBuild: zero.none,
  Labels: z.record(z.string(), z.string()).nullable(),
});

const DeviceRequest = z.object({
  Driver: z.string(),
  Count: z.int(),
  DeviceIDs: z.array(z.string()),
  Capabilities: z.array(z.array(z.string())),
  Options: zero.none,
});

const HostConfig = z.object({
  Binds: z.array(z.string()),
  ContainerIDFile: zero.text,
  LogConfig: z.object({ Type: zero.text, Config: zero.none }),
  NetworkMode: zero.text,
  PortBindings: z.record(z.string(), z.array(HostPort)),
  RestartPolicy: z.object({ Name: zero.text, MaximumRetryCount: zero.number }),
  AutoRemove: zero.no,
  VolumeDriver: zero.text,
  VolumesFrom: zero.none,
  ConsoleSize: z.tuple([zero.number, zero.number]),
  CapAdd: zero.none,
  CapDrop: zero.none,
  CgroupnsMode: zero.text,
  Dns: zero.none,
  DnsOptions: zero.none,
  DnsSearch: zero.none,
  ExtraHosts: zero.none,
  GroupAdd: z.array(z.string()).nullable(),
  IpcMode: zero.text,
  Cgroup: zero.text,
  Links: zero.none,
  OomScoreAdj: zero.number,
  PidMode: zero.text,
  Privileged: zero.no,
  PublishAllPorts: zero.no,
  ReadonlyRootfs: zero.no,
  SecurityOpt: zero.none,
  UTSMode: zero.text,
  UsernsMode: zero.text,
  ShmSize: z.int(),
  Isolation: zero.text,
  CpuShares: z.int(),
  Memory: z.int(),
  NanoCpus: z.int(),
  CgroupParent: zero.text,
  BlkioWeight: zero.number,
  BlkioWeightDevice: zero.none,
  BlkioDeviceReadBps: zero.none,
  BlkioDeviceWriteBps: zero.none,
  BlkioDeviceReadIOps: zero.none,
  BlkioDeviceWriteIOps: zero.none,
  CpuPeriod: zero.number,
  CpuQuota: zero.number,
  CpuRealtimePeriod: zero.number,
  CpuRealtimeRuntime: zero.number,
  CpusetCpus: z.string(),
  CpusetMems: zero.text,
  Devices: zero.none,
  DeviceCgroupRules: zero.none,
  DeviceRequests: z.array(DeviceRequest).nullable(),
  MemoryReservation: zero.number,
  MemorySwap: z.int(),
  MemorySwappiness: zero.none,
  OomKillDisable: zero.none,
  PidsLimit: z.int().nullable(),
  Ulimits: zero.none,
  CpuCount: zero.number,
  CpuPercent: zero.number,
  IOMaximumIOps: zero.number,
  IOMaximumBandwidth: zero.number,
  MaskedPaths: zero.none,
  ReadonlyPaths: zero.none,
});

const Endpoint = z.object({
  IPAMConfig: z.object({ IPv4Address: z.string() }).nullable(),
  Links: zero.none,
  Aliases: z.array(z.string()).nullable(),
  NetworkID: zero.text,
  EndpointID: zero.text,
  Gateway: zero.text,
  IPAddress: zero.text,
  IPPrefixLen: zero.number,
  IPv6Gateway: zero.text,
  GlobalIPv6Address: zero.text,
  GlobalIPv6PrefixLen: zero.number,
  MacAddress: zero.text,
  DriverOpts: zero.none,
});

export const ContainerInfo = z
  .object({
    version: z.int(),
    createTime: z.string().describe("The daemon's local time, YYYY-MM-DD HH:MM:SS"),
    config: Config,
    hostConfig: HostConfig,
    networkingConfig: z.object({ EndpointsConfig: z.record(z.string(), Endpoint).nullable() }),
    platform: z.object({ architecture: zero.text, os: zero.text }),
    containerName: z.string(),
  })
  .meta({ id: 'ContainerInfo' });
export type ContainerInfo = z.output<typeof ContainerInfo>;
