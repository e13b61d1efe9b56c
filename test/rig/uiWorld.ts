/** A host at work, as the daemon tells of it: eight GPUs in every state, five sets, a history that branches. */
import type { BerthEvent } from '../../common/contract/event.ts';
import type { GpuTelemetry, GpuView, PortView } from '../../common/contract/resource.ts';
import type { OperationView, PlanView, SetView, VersionView } from '../../common/contract/views.ts';
import type { VolumeView } from '../../common/contract/volume.ts';
import { fakeEngine, fakeGpuUuid, fakeOperation, fakeSet, fakeStore } from './fakeServices.ts';

export const uiNow = Date.parse('2026-01-22T10:36:04.000Z');
const GIB = 1024 ** 3;
const ago = (minutes: number): string => new Date(uiNow - minutes * 60_000).toISOString();

type Holding = Pick<GpuView, 'state' | 'holder' | 'owner' | 'reason'>;
const held = (holder: string, owner: string): Holding => ({ state: 'granted', holder, owner, reason: null });

const HOLDINGS: readonly Holding[] = [
  held('llama', 'alice'),
  held('llama', 'alice'),
  held('llama', 'alice'),
  held('whisper', 'bob'),
  { state: 'foreign', holder: 'python3 (pid 4711)', owner: 'carol', reason: 'in use outside Berth' },
  { state: 'free', holder: null, owner: null, reason: null },
  held('notebook', 'kim'),
  { state: 'quarantined', holder: null, owner: null, reason: 'unknown device at the start of sdxl-2' },
];
const MEMORY_GIB = [120, 118, 96, 40, 137, 0, 22, 0] as const;

/** Load of a GPU at a second, in percent. */
const loadAt = (index: number, second: number): number =>
  index >= 5 ? 0 : Math.round(50 + 45 * Math.sin((second + index * 7) / 5));

export const telemetryAt = (second: number): GpuTelemetry[] =>
  HOLDINGS.map((_, index) => ({
    uuid: fakeGpuUuid(index),
    utilizationPercent: loadAt(index, second),
    memoryUsedBytes: (MEMORY_GIB[index] ?? 0) * GIB,
    temperatureC: 30 + Math.round(loadAt(index, second) / 2),
    powerW: 74 + 6 * loadAt(index, second),
    powerLimitW: 700,
  }));

export const uiGpus = (): GpuView[] =>
  HOLDINGS.map((holding, index) => ({
    ...holding,
    uuid: fakeGpuUuid(index),
    index,
    name: 'NVIDIA H200',
    simulated: false,
    memoryBytes: 141 * GIB,
    busId: `00000000:0${index}:00.0`,
    numaNode: index < 4 ? 0 : 1,
    since: ago(190),
    telemetry: telemetryAt(0)[index] ?? null,
    telemetryAt: ago(0),
  }));

const gpuRefs = (...indexes: readonly number[]): SetView['gpus'] =>
  indexes.map((index) => ({ uuid: fakeGpuUuid(index), index, name: 'NVIDIA H200' }));

export const uiSets = (): SetView[] => [
  fakeSet({
    name: 'llama',
    version: 5,
    containerName: 'llama-5',
    imageName: 'images.example.org/team/pytorch:2.9',
    gpuCount: 3,
    gpus: gpuRefs(0, 1, 2),
    ports: [
      { containerPort: '22/tcp', hostPort: 40_001 },
      { containerPort: '6006/tcp', hostPort: 40_002 },
    ],
    binds: [
      { src: 'data', dest: '/data' },
      { src: '/srv/models', dest: '/models' },
    ],
    cmd: ['python', 'train.py'],
    stateSince: ago(74 * 60),
  }),
  fakeSet({
    name: 'notebook',
    owner: 'kim',
    state: 'paused',
    version: 1,
    imageName: 'jupyter:5',
    gpuCount: 1,
    gpus: gpuRefs(6),
    ports: [{ containerPort: '8888/tcp', hostPort: 40_004 }],
    binds: [{ src: 'home_kim', dest: '/home' }],
    stateSince: ago(20),
  }),
  fakeSet({
    name: 'oldeval',
    owner: 'bob',
    state: 'exited',
    reason: 'exit code 137: out of memory at 64 GiB',
    version: 3,
    imageName: 'eval:1',
    gpuCount: 2,
    gpus: [],
    ports: [],
    binds: [],
    leasesHeld: false,
    stateSince: ago(3),
  }),
  fakeSet({
    name: 'sdxl',
    owner: 'dora',
    busy: 'patch',
    version: 2,
    imageName: 'sdxl:7',
    gpuCount: 0,
    gpus: [],
    ports: [],
    binds: [{ src: 'data', dest: '/in' }],
    stateSince: ago(600),
  }),
  fakeSet({
    name: 'whisper',
    owner: 'bob',
    version: 1,
    imageName: 'whisper:1',
    gpuCount: 1,
    gpus: gpuRefs(3),
    ports: [{ containerPort: '8000/tcp', hostPort: 40_003 }],
    binds: [],
    stateSince: ago(2900),
  }),
];

const version = (number: number, parent: number | null, over: Partial<VersionView> = {}): VersionView => ({
  version: number,
  current: false,
  parent,
  cause: parent === null ? 'run' : 'patch',
  amendments: [],
  changes: [],
  createdAt: ago(9000 - number * 1000),
  actor: 'alice',
  imageName: 'images.example.org/team/pytorch:2.8',
  gpuCount: 1,
  gpus: [fakeGpuUuid(0)],
  ports: [{ containerPort: '22/tcp', hostPort: 40_001 }],
  binds: [{ src: 'data', dest: '/data' }],
  restorable: true,
  snapshotBytes: number * 3 * GIB,
  ...over,
});

export const uiVersions = (): VersionView[] => [
  version(5, 2, {
    current: true,
    cause: 'rollback',
    changes: ['gpus 2 > 3'],
    gpuCount: 3,
    gpus: [0, 1, 2].map(fakeGpuUuid),
    snapshotBytes: null,
  }),
  version(4, 3, { changes: ['image 2.8 > 2.9'], gpuCount: 2, imageName: 'images.example.org/team/pytorch:2.9' }),
  version(3, 2, { changes: ['bind data:/data > data2:/data'], gpuCount: 2, binds: [{ src: 'data2', dest: '/data' }] }),
  version(2, 1, { changes: ['gpus 1 > 2'], gpuCount: 2, gpus: [0, 1].map(fakeGpuUuid) }),
  version(1, null),
];

export const uiPorts = (): PortView[] => [
  ...[
    ['llama', '22/tcp', 40_001],
    ['llama', '6006/tcp', 40_002],
    ['whisper', '8000/tcp', 40_003],
    ['notebook', '8888/tcp', 40_004],
  ].map(([holder, containerPort, hostPort]) => ({
    hostPort: Number(hostPort),
    state: 'granted' as const,
    holder: String(holder),
    containerPort: String(containerPort),
    since: ago(74 * 60),
    reason: null,
  })),
  { hostPort: 40_005, state: 'foreign', holder: null, containerPort: null, since: ago(5), reason: 'address in use' },
];

const volume = (name: string, over: Partial<VolumeView>): VolumeView => ({
  name,
  uid: `uid-${name}`,
  owner: 'alice',
  version: 1,
  versionName: `${name}-${over.version ?? 1}`,
  backend: 'loop',
  thin: false,
  size: '500GB',
  sizeBytes: 500 * GIB,
  usedBytes: 120 * GIB,
  mounted: true,
  usedBy: [],
  busy: null,
  reason: null,
  createdAt: ago(30 * 24 * 60),
  versionCreatedAt: ago(24 * 60),
  ...over,
});

export const uiVolumes = (): VolumeView[] => [
  volume('data', {
    version: 2,
    usedBytes: 470 * GIB,
    usedBy: [
      { name: 'llama', dest: '/data', state: 'running' },
      { name: 'sdxl', dest: '/in', state: 'running' },
    ],
  }),
  volume('home_kim', { owner: 'kim', size: '20GB', sizeBytes: 20 * GIB, usedBytes: 3 * GIB, thin: true }),
  volume('scratch', {
    owner: 'bob',
    backend: 'plain',
    size: null,
    sizeBytes: null,
    usedBytes: null,
    mounted: null,
    reason: 'its Docker volume is gone',
  }),
];

export const uiOperations = (): OperationView[] => [
  fakeOperation({
    id: '01K3',
    name: 'sdxl',
    actor: 'dora',
    state: 'running',
    startedAt: ago(0.5),
    endedAt: null,
    message: null,
    steps: [
      { name: 'stop container', startedAt: ago(0.5), endedAt: ago(0.4), bytes: null },
      { name: 'commit', startedAt: ago(0.4), endedAt: null, bytes: 5 * GIB },
    ],
  }),
  fakeOperation({ id: '01K2', verb: 'rollback', name: 'llama', startedAt: ago(74 * 60), endedAt: ago(74 * 60 - 0.05) }),
  fakeOperation({
    id: '01K1',
    verb: 'run',
    name: 'bad',
    actor: 'kim',
    state: 'failed',
    message: 'image nosuch:1 is not on this host',
    startedAt: ago(80 * 60),
    endedAt: ago(80 * 60),
  }),
];

export const uiSnapshot = (): BerthEvent => ({
  type: 'snapshot',
  at: ago(0),
  engine: fakeEngine(),
  store: fakeStore(),
  sets: uiSets(),
  gpus: uiGpus(),
  ports: uiPorts(),
  volumes: uiVolumes(),
  operations: uiOperations(),
});

export const uiPlan = (over: Partial<PlanView> = {}): PlanView => ({
  verb: 'stop',
  name: 'llama',
  currentVersion: 5,
  nextVersion: null,
  endsProcesses: [
    { command: 'python train.py --data /data --epochs 300 --resume latest', pid: 4711, elapsedMs: 273_600_000 },
  ],
  changes: ['GPUs 0, 1, 2 freed', 'host ports 40001, 40002 freed'],
  keeps: ['all files of the container'],
  steps: ['stop container'],
  ...over,
});
