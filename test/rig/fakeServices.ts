/**
 * Services that answer data shaped by the contract: two replicaSets, four GPUs, no engine behind them.
 * For tests of what stands before the services: faces and command line.
 *
 * Not here: behaviour. A test that wants a failure or looks at its input overrides that one procedure.
 */
import type { BerthEvent, EngineView, StoreView } from '../../common/contract/event.ts';
import type { ContainerInfo } from '../../common/contract/info.ts';
import type { GpuView, PortView } from '../../common/contract/resource.ts';
import type { BackupView } from '../../common/contract/system.ts';
import type { OperationView, PlanView, SetView, VersionView } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { Services } from '../../common/router.ts';
import { infoOf as infoOfVersion } from '../../daemon/core/infoView.ts';
import { LEFT_OPEN } from '../../daemon/core/versionSpec.ts';
import { type FakeLooks, fakeExecs, fakeLooks } from './fakeLooks.ts';
import { fakeNetworks } from './fakeNetworks.ts';
import { fakeVolume, fakeVolumes } from './fakeVolumes.ts';
import { aSpec, aVersion } from './records.ts';

export type ServiceOverrides = { readonly [G in keyof Services]?: Partial<Services[G]> };

const AT = '2026-01-22T07:36:04.000Z';

export const fakeGpuUuid = (index: number): string => `GPU-0000000${index}-0357-185f-a56c-afb49572bdbe`;

export const fakeGpu = (index: number, holder: string | null = null): GpuView => ({
  uuid: fakeGpuUuid(index),
  index,
  name: 'NVIDIA H100 80GB HBM3',
  simulated: false,
  memoryBytes: 85_520_809_984,
  busId: `00000000:0${index}:00.0`,
  numaNode: index < 2 ? 0 : 1,
  state: holder === null ? 'free' : 'granted',
  holder,
  owner: holder === null ? null : 'alice',
  since: AT,
  reason: null,
  telemetry: {
    uuid: fakeGpuUuid(index),
    utilizationPercent: holder === null ? 0 : 93,
    memoryUsedBytes: 1_073_741_824,
    temperatureC: 41,
    powerW: 118.5,
    powerLimitW: 700,
  },
  telemetryAt: AT,
});

export const fakeSet = (over: Partial<SetView> = {}): SetView => ({
  name: 'train',
  uid: '01HMRT0000000000000000TRAN',
  owner: 'alice',
  state: 'running',
  reason: null,
  busy: null,
  version: 2,
  containerName: 'train-2',
  containerId: 'f00d'.repeat(16),
  imageName: 'pytorch:latest',
  gpuCount: 2,
  gpus: [0, 1].map((index) => ({ uuid: fakeGpuUuid(index), index, name: 'NVIDIA H100 80GB HBM3' })),
  ports: [{ containerPort: '22/tcp', hostPort: 40_000 }],
  leasesHeld: true,
  binds: [{ src: '/data/train', dest: '/data' }],
  env: ['USER=alice'],
  cmd: [],
  entrypoint: null,
  user: null,
  workDir: null,
  hostname: null,
  init: null,
  stopTimeoutS: null,
  shmBytes: null,
  labels: [],
  limits: LEFT_OPEN.limits,
  networks: null,
  createdAt: AT,
  versionCreatedAt: AT,
  stateSince: AT,
  ...over,
});

const fakeVersion = (version: number): VersionView => ({
  version,
  current: version === 2,
  parent: version === 1 ? null : version - 1,
  cause: version === 1 ? 'run' : 'patch',
  changes: version === 1 ? [] : ['gpus 1 > 2'],
  amendments: [],
  createdAt: AT,
  actor: 'alice',
  imageName: 'pytorch:latest',
  gpuCount: version,
  gpus: [0, 1].slice(0, version).map(fakeGpuUuid),
  ports: [{ containerPort: '22/tcp', hostPort: 40_000 }],
  binds: [{ src: '/data/train', dest: '/data' }],
  restorable: true,
  snapshotBytes: version === 1 ? 4096 : null,
});

const fakePort = (hostPort: number): PortView => ({
  hostPort,
  state: 'granted',
  holder: 'train',
  containerPort: '22/tcp',
  since: AT,
  reason: null,
});

export const fakeEngine = (): EngineView => ({ state: 'up', version: '20.10.24', reason: null, since: AT });

export const fakeStore = (): StoreView => ({ state: 'ok', reason: null, since: null });

export const fakeOperation = (over: Partial<OperationView> = {}): OperationView => ({
  id: '01HMRT00000000000000000PER',
  verb: 'patch',
  name: 'train',
  actor: 'alice',
  state: 'succeeded',
  startedAt: AT,
  endedAt: AT,
  steps: [{ name: 'stop', startedAt: AT, endedAt: AT, bytes: null }],
  message: 'train is version 2 now',
  ...over,
});

const fakePlan = (name: string, verb: PlanView['verb']): PlanView => ({
  verb,
  name,
  currentVersion: 2,
  nextVersion: 3,
  endsProcesses: [{ command: 'python train.py', pid: 4711, elapsedMs: 3_600_000 }],
  changes: ['gpus 2 > 3'],
  keeps: ['files', 'port 40000 > 22/tcp'],
  steps: ['stop', 'commit', 'create', 'start'],
});

const sets = [
  fakeSet(),
  fakeSet({ name: 'probe', containerName: 'probe-1', version: 1, state: 'stopped', gpuCount: 0, gpus: [], ports: [] }),
];

function find(name: string): SetView {
  const found = sets.find((set) => set.name === name);
  if (found === undefined) throw new AppError('NOT_FOUND', `there is no replicaSet "${name}"`);
  return found;
}

const infoOf = (set: SetView, version = set.version): ContainerInfo => {
  const { imageName, gpuCount, ports } = set;
  const spec = aSpec({ imageName, gpuCount });
  return infoOfVersion(aVersion(set.name, version, { spec, ports, gpus: set.gpus.map((gpu) => gpu.uuid) }));
};

const nextContainer = async ({ name }: { name: string }) => ({
  containerName: `${find(name).name}-${find(name).version + 1}`,
});
const nothing = async ({ name }: { name: string }) => {
  find(name);
  return null;
};
const allGpus = () => [0, 1, 2, 3].map((index) => fakeGpu(index, index < 2 ? 'train' : null));
const snapshot = (): BerthEvent => ({
  type: 'snapshot',
  at: AT,
  engine: fakeEngine(),
  store: fakeStore(),
  sets,
  gpus: allGpus(),
  ports: [fakePort(40_000)],
  volumes: [fakeVolume()],
  operations: [fakeOperation()],
});

const replicaSet: Omit<Services['replicaSet'], keyof FakeLooks> = {
  run: async ({ replicaSetName }) => ({ name: `${replicaSetName}-1` }),
  list: async ({ state }) => sets.filter((set) => state === undefined || set.state === state),
  info: async ({ name }) => ({ info: infoOf(find(name)) }),
  status: async ({ name }) => find(name),
  history: async ({ name }) => ({
    history: [2, 1].map((version) => {
      const status = infoOf(find(name), version);
      return { version, createTime: status.createTime, status };
    }),
  }),
  versions: async ({ name }) => {
    find(name);
    return [2, 1].map((version) => fakeVersion(version));
  },
  patch: nextContainer,
  rollback: async (input) => ({ ...(await nextContainer(input)), diff: ['gpus 2 > 1'] }),
  restart: nextContainer,
  stop: nothing,
  reboot: nothing,
  freeze: nothing,
  thaw: nothing,
  kill: nothing,
  resources: async ({ name }) => {
    find(name);
    return { changes: ['cpu default > 4'], applied: true };
  },
  ingress: async ({ name }) => {
    find(name);
    return { rules: [] };
  },
  setIngress: async ({ name, rules }) => {
    find(name);
    return { rules };
  },
  rename: async ({ name, newName }) => {
    find(name);
    return { name: newName };
  },
  pause: nothing,
  continueSet: nothing,
  remove: nothing,
  start: async ({ name }) => ({ containerName: find(name).containerName, newVersion: false, action: 'continued' }),
  execute: async ({ name, cmd }) => {
    const output = `${find(name).name}: ${cmd.join(' ')}\n`;
    return { stdout: output, stderr: '', output, exitCode: 0, truncated: false };
  },
  commit: async ({ name, newImageName }) => {
    find(name);
    return { imageName: newImageName };
  },
  plan: async ({ name, verb }) => fakePlan(find(name).name, verb),
};

const resource: Services['resource'] = {
  gpus: async () => ({ gpus: Object.fromEntries(allGpus().map((gpu) => [gpu.uuid, gpu.holder === null ? 0 : 1])) }),
  ports: async () => ({
    ports: { StartPort: 40_000, EndPort: 65_535, AvailableCount: 25_535, UsedPortSet: { '40000': {} } },
  }),
  gpuList: async () => ({ gpus: allGpus(), source: 'nvidia-smi', notice: null }),
  portList: async () => ({ start: 40_000, end: 65_535, free: 25_535, ports: [fakePort(40_000)] }),
  gpuDrain: async ({ gpu, reason }) => ({ ...findGpu(gpu), state: 'drained', reason: reason ?? null }),
  gpuUndrain: async ({ gpu }) => findGpu(gpu),
};

function findGpu(wanted: string): GpuView {
  const found = allGpus().find((gpu) => gpu.uuid.startsWith(wanted) || String(gpu.index) === wanted);
  if (found === undefined) throw new AppError('GPU_NOT_FOUND', `there is no GPU "${wanted}"`);
  return found;
}

const operation: Services['operation'] = {
  list: async () => [fakeOperation()],
  get: async ({ id }) => fakeOperation({ id }),
  cancel: async ({ id }) => fakeOperation({ id, state: 'undone', message: 'the operation was cancelled by alice' }),
};

/** The snapshot, one change, then quiet until the client leaves. */
async function* watch(_input: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<BerthEvent> {
  yield snapshot();
  yield { type: 'operation', operation: fakeOperation({ id: '01HMRT0000000000000000PER2', verb: 'stop' }) };
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

const version: Services['system']['version'] = async () => ({
  berthd: '0.1.0',
  node: 'v24.0.0',
  pid: 4242,
  startedAt: AT,
  engine: fakeEngine(),
  store: fakeStore(),
  gpuSource: 'nvidia-smi',
  instance: '01HMRT0000000000000NSTANCE',
});

export const fakeBackup = (): BackupView => ({
  path: '/var/lib/berth/backups/berth-20260122T073604Z-1234.backup',
  at: AT,
  sequence: 1234,
  sizeBytes: 65_536,
});

const system: Services['system'] = {
  version,
  backup: async () => fakeBackup(),
  backups: async () => [fakeBackup()],
  strays: async () => [{ kind: 'container', name: 'lost-4', why: 'no record here tells of it; left alone' }],
};

export function fakeServices(overrides: ServiceOverrides = {}): Services {
  return {
    replicaSet: { ...replicaSet, ...fakeLooks(find), ...overrides.replicaSet },
    volume: { ...fakeVolumes, ...overrides.volume },
    network: { ...fakeNetworks(find), ...overrides.network },
    resource: { ...resource, ...overrides.resource },
    operation: { ...operation, ...overrides.operation },
    exec: { ...fakeExecs(find), ...overrides.exec },
    event: { watch, ...overrides.event },
    system: { ...system, ...overrides.system },
  };
}
