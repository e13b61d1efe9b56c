/** Answers that show every state there is, for golden texts. */
import type { GpuView, PortView } from '../../../../../common/contract/resource.ts';
import type { PlanView, SetView, VersionView } from '../../../../../common/contract/views.ts';
import { fakeGpu, fakeSet } from '../../../../rig/fakeServices.ts';

const ago = (hours: number): string => new Date(Date.parse('2026-01-22T10:36:04Z') - hours * 3_600_000).toISOString();

export const sets: readonly SetView[] = [
  fakeSet({ stateSince: ago(3), cmd: ['python', 'train.py', '--lr', '1e-4'], env: ['A=1', 'B=2'] }),
  fakeSet({
    name: 'a_rather_long_name_that_somebody_chose_for_a_set',
    state: 'running',
    busy: 'patch',
    version: 117,
    imageName: 'images.example.org/team/with/a/long/path/pytorch:2.9.1-cuda13.0-cudnn9-devel',
    owner: 'someone.else@example.org',
    stateSince: ago(0.01),
    gpus: [2, 3, 4, 5].map((index) => ({ uuid: `GPU-${index}`, index, name: 'H100' })),
    gpuCount: 4,
    ports: [
      { containerPort: '22/tcp', hostPort: 40_001 },
      { containerPort: '6006/tcp', hostPort: 40_002 },
      { containerPort: '53/udp', hostPort: 40_003 },
    ],
  }),
  fakeSet({ name: '模型', state: 'paused', gpus: [{ uuid: 'GPU-0123456789abcdef', index: null, name: 'H100' }] }),
  fakeSet({ name: 'idle', state: 'stopped', gpus: [], ports: [], stateSince: ago(50) }),
  fakeSet({ name: 'cold', state: 'frozen', gpuCount: 0, gpus: [], ports: [] }),
  fakeSet({
    name: 'evil\u001b[2J\u202e',
    state: 'exited',
    reason: 'exit code 137: out of memory \u001b]0;x\u0007',
    gpuCount: 0,
    gpus: [],
  }),
];

const version = (number: number, parent: number | null, over: Partial<VersionView> = {}): VersionView => ({
  version: number,
  current: false,
  parent,
  cause: parent === null ? 'run' : 'patch',
  amendments: [],
  changes: [],
  createdAt: ago(100 - number),
  actor: 'alice',
  imageName: 'pytorch:latest',
  gpuCount: 1,
  gpus: [],
  ports: [],
  binds: [],
  restorable: true,
  snapshotBytes: 4096 * number,
  ...over,
});

/** v1 ─ v2 ┬ v3 ─ v4 ┬ v6, v7   and v2 ─ v5 ─ v8, the current one. */
export const versions: readonly VersionView[] = [
  version(8, 5, { current: true, changes: ['gpus 2 > 3'], gpuCount: 3, snapshotBytes: null }),
  version(7, 4, { cause: 'restart', restorable: false }),
  version(6, 4, { changes: ['bind data:/data > data2:/data', 'gpus 1 > 0'], gpuCount: 0 }),
  version(5, 2, { cause: 'rollback', snapshotBytes: 3 * 1024 ** 3, actor: 'bob\u001b[31m' }),
  version(4, 3, { snapshotBytes: null }),
  version(3, 2, { changes: ['gpus 1 > 2'], gpuCount: 2 }),
  version(2, 1),
  version(1, null),
];

export const gpus: readonly GpuView[] = [
  { ...fakeGpu(0, 'train'), since: ago(3) },
  { ...fakeGpu(1), telemetry: null },
  { ...fakeGpu(2, 'python3 (pid 4711)'), state: 'foreign', owner: 'bob', reason: 'used by pid 4711 of bob' },
  { ...fakeGpu(3), state: 'quarantined', reason: 'start of train-3 failed: unknown device', since: ago(26) },
  { ...fakeGpu(4, 'sdxl'), state: 'drained', reason: 'fan is loud' },
  { ...fakeGpu(5), state: 'missing', index: null, since: null, memoryBytes: null, telemetry: null },
];

export const ports: readonly PortView[] = [
  { hostPort: 40_000, state: 'granted', holder: 'train', containerPort: '22/tcp', since: ago(3), reason: null },
  { hostPort: 40_001, state: 'foreign', holder: null, containerPort: null, since: ago(1), reason: 'address in use' },
];

export const plan: PlanView = {
  verb: 'patch',
  name: 'train',
  currentVersion: 2,
  nextVersion: 3,
  endsProcesses: [
    { command: 'python train.py\u001b[2J', pid: 4711, elapsedMs: 273_600_000 },
    { command: 'sh', pid: 4712, elapsedMs: null },
  ],
  changes: ['gpus 2 > 3'],
  keeps: ['files', 'port 40000 > 22/tcp'],
  steps: ['stop', 'commit', 'create', 'start'],
};
