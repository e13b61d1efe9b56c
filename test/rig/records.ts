/** Complete records for tests that care about a few fields of them. */
import { type ReplicaSetRecord, type VersionRecord, type VersionSpec, versionKey } from '../../daemon/core/records.ts';
import { LEFT_OPEN } from '../../daemon/core/versionSpec.ts';

export const aSet = (name: string, differing: Partial<ReplicaSetRecord> = {}): ReplicaSetRecord => ({
  name,
  uid: '01J0000000000000000000000A',
  owner: 'ada',
  createdAt: '2026-01-01T00:00:00.000Z',
  current: 1,
  desired: 'running',
  stateSince: '2026-01-01T00:00:00.000Z',
  reason: null,
  deleting: null,
  ...differing,
});

export const aSpec = (differing: Partial<VersionSpec> = {}): VersionSpec => ({
  imageName: 'busybox:1',
  gpuCount: 0,
  binds: [],
  env: [],
  containerPorts: [],
  cmd: [],
  ...LEFT_OPEN,
  ...differing,
});

export const aVersion = (name: string, version: number, differing: Partial<VersionRecord> = {}): VersionRecord => ({
  name,
  version,
  parent: version === 1 ? null : version - 1,
  cause: version === 1 ? 'run' : 'patch',
  actor: 'ada',
  operation: `01J000000000000000000000${String(version).padStart(2, '0')}`,
  createdAt: '2026-01-01T00:00:00.000Z',
  changes: [],
  spec: aSpec(),
  defaults: {
    imageId: `sha256:${'0'.repeat(64)}`,
    cmd: null,
    entrypoint: null,
    user: '',
    workingDir: '',
    env: [],
    stopSignal: null,
    healthcheck: null,
  },
  implicitVolumes: [],
  gpus: [],
  ports: [],
  containerName: `${name}-${version}`,
  containerId: versionKey(name, version),
  startedFrom: 'busybox:1',
  amendments: [],
  snapshot: null,
  ...differing,
});
