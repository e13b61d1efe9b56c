/** Records → what the native procedures show. Pure over the state. */
import type { StoreView } from '../../common/contract/event.ts';
import type { GpuState, GpuTelemetry, GpuView, PortView } from '../../common/contract/resource.ts';
import type { Amendment as AmendmentView, SetView, VersionView } from '../../common/contract/views.ts';
import type { GpuTelemetrySample } from './gpuSource.ts';
import type { ForeignUse } from './ledger.ts';
import { isPortTaken } from './ledger.ts';
import type { Amendment, GpuRecord, ReplicaSetRecord, VersionRecord, VersionSpec } from './records.ts';
import type { State } from './state.ts';
import type { StoreTrouble } from './store.ts';

export function viewSet(state: State, set: ReplicaSetRecord, version: VersionRecord, busy: string | null): SetView {
  const gpus = state.gpusOf(set.name);
  const ports = state.portsOf(set.name);
  return {
    name: set.name,
    uid: set.uid,
    owner: set.owner,
    state: set.desired,
    reason: set.reason,
    busy,
    version: version.version,
    containerName: version.containerName,
    containerId: version.containerId,
    imageName: version.spec.imageName,
    gpuCount: version.spec.gpuCount,
    gpus: gpus.map((lease) => gpuRef(state, lease.uuid)).toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)),
    ports: version.ports.filter((grant) => ports.some((lease) => lease.hostPort === grant.hostPort)),
    leasesHeld: gpus.length + ports.length > 0 || (set.desired !== 'stopped' && set.desired !== 'exited'),
    binds: [...version.spec.binds],
    env: [...version.spec.env],
    cmd: [...version.spec.cmd],
    ...optionsOf(version.spec),
    createdAt: set.createdAt,
    versionCreatedAt: version.createdAt,
    stateSince: set.stateSince,
  };
}

const optionsOf = (spec: VersionSpec) => ({
  entrypoint: spec.entrypoint === null ? null : [...spec.entrypoint],
  user: spec.user,
  workDir: spec.workDir,
  hostname: spec.hostname,
  init: spec.init,
  stopTimeoutS: spec.stopTimeoutS,
  shmBytes: spec.shmBytes,
  labels: [...spec.labels],
  limits: spec.limits,
  networks: spec.networks?.map((link) => ({ ...link, aliases: [...link.aliases] })) ?? null,
});

function gpuRef(state: State, uuid: string): SetView['gpus'][number] {
  const gpu = state.table('gpu').get(uuid);
  return { uuid, index: gpu?.index ?? null, name: gpu?.name ?? 'unknown' };
}

export const viewAmendment = (amendment: Amendment): AmendmentView => ({
  ...amendment,
  changes: [...amendment.changes],
});

export const viewVersion = (version: VersionRecord, current: number): VersionView => ({
  version: version.version,
  current: version.version === current,
  parent: version.parent,
  cause: version.cause,
  changes: [...version.changes],
  amendments: version.amendments.map(viewAmendment),
  createdAt: version.createdAt,
  actor: version.actor,
  imageName: version.spec.imageName,
  gpuCount: version.spec.gpuCount,
  gpus: [...version.gpus],
  ports: [...version.ports],
  binds: [...version.spec.binds],
  restorable: version.snapshot !== null,
  snapshotBytes: version.snapshot?.sizeBytes ?? null,
});

interface GpuFacts {
  readonly state: GpuState;
  readonly holder: string | null;
  readonly owner: string | null;
  readonly since: string | null;
  readonly reason: string | null;
}

export function viewGpu(
  state: State,
  gpu: GpuRecord,
  foreign: ForeignUse,
  sample: GpuTelemetrySample | undefined,
): GpuView {
  const telemetry = sample?.gpus.find((it: GpuTelemetry) => it.uuid === gpu.uuid) ?? null;
  const { uuid, index, name, simulated, memoryBytes, busId, numaNode } = gpu;
  return {
    uuid,
    index,
    name,
    simulated,
    memoryBytes,
    busId,
    numaNode,
    ...gpuFacts(state, gpu, foreign),
    telemetry,
    telemetryAt: telemetry === null ? null : (sample?.at ?? null),
  };
}

function gpuFacts(state: State, gpu: GpuRecord, foreign: ForeignUse): GpuFacts {
  const lease = state.table('gpuLease').get(gpu.uuid);
  const use = foreign.get(gpu.uuid);
  if (lease !== undefined) {
    const owner = state.table('set').get(lease.name)?.owner ?? null;
    return { state: 'granted', holder: lease.name, owner, since: lease.since, reason: trouble(gpu, use?.holder) };
  }
  const nobody = { holder: null, owner: null };
  if (gpu.missingSince !== null) {
    return { state: 'missing', ...nobody, since: gpu.missingSince, reason: 'not reported any more' };
  }
  if (gpu.quarantine !== null) return { state: 'quarantined', ...nobody, ...gpu.quarantine };
  if (gpu.drain !== null) return { state: 'drained', ...nobody, since: gpu.drain.since, reason: gpu.drain.reason };
  if (use !== undefined) return { state: 'foreign', ...use, reason: 'in use outside Berth' };
  return { state: 'free', ...nobody, since: null, reason: null };
}

/** What its holder should know of a GPU that is granted. */
function trouble(gpu: GpuRecord, foreignHolder: string | undefined): string | null {
  if (gpu.missingSince !== null) return `missing since ${gpu.missingSince}`;
  if (gpu.quarantine !== null) return `quarantined: ${gpu.quarantine.reason}`;
  if (gpu.drain !== null)
    return `drained${gpu.drain.reason === null ? '' : ` (${gpu.drain.reason})`}: not granted again after this`;
  return foreignHolder === undefined ? null : `also in use outside Berth by ${foreignHolder}`;
}

/** Granted ports, and those known to be somebody else's; by number. */
export const viewPorts = (state: State, now: Date): PortView[] =>
  [...state.table('portLease').values()]
    .filter((lease) => isPortTaken(lease, now))
    .toSorted((a, b) => a.hostPort - b.hostPort)
    .map((lease) => ({
      hostPort: lease.hostPort,
      state: lease.name === null ? 'foreign' : 'granted',
      holder: lease.name,
      containerPort: lease.containerPort,
      since: lease.since,
      reason: lease.reason,
    }));

export const viewStore = (trouble: StoreTrouble | null): StoreView =>
  trouble === null
    ? { state: 'ok', reason: null, since: null }
    : { state: trouble.kind, reason: trouble.reason, since: trouble.since };
