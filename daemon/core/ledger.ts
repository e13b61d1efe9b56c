/**
 * Who holds which GPU and host port: choosing, and the changes that grant and release.
 *
 * Invariants
 *  - Choosing and building the batch is one synchronous step; the caller yields that batch at once.
 *  - A GPU is grantable only when it is here, not leased, not quarantined, not drained and not in foreign use.
 *
 * Not here: which of several is best (chooseGpus.ts, choosePorts.ts), durability (journal.ts).
 */
import type { PortGrant } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import { foreignPortTtlMs } from '../../common/limits.ts';
import { chooseGpus, keepGpus } from './chooseGpus.ts';
import { choosePorts } from './choosePorts.ts';
import { hostIpOf, withProtocol } from './publishedPort.ts';
import { type Change, del, type GpuRecord, type PortLease, put, type VersionRecord } from './records.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

/** GPUs that something outside Berth uses: UUID → who. Known from the engine and nvidia-smi, never stored. */
export type ForeignUse = ReadonlyMap<
  string,
  { readonly holder: string; readonly owner: string | null; readonly since: string }
>;

export interface LedgerView {
  readonly state: State;
  readonly settings: Settings;
  readonly foreign: ForeignUse;
  readonly now: Date;
}

/** What a set asks for, and what it had before. */
export interface Wish {
  readonly name: string;
  readonly operation: string;
  readonly gpuCount: number;
  readonly containerPorts: readonly string[];
  /** Grants of its version before, held still or not. */
  readonly formerGpus: readonly string[];
  readonly formerPorts: readonly PortGrant[];
}

export interface Grant {
  readonly gpus: readonly string[];
  readonly ports: readonly PortGrant[];
  readonly addedGpus: readonly string[];
  readonly addedPorts: readonly number[];
  /** Held before, not needed any more: to be released with the commit. */
  readonly droppedGpus: readonly string[];
  readonly droppedPorts: readonly number[];
  readonly changes: readonly Change[];
}

export function whyNotGrantable(view: LedgerView, gpu: GpuRecord): string | undefined {
  const lease = view.state.table('gpuLease').get(gpu.uuid);
  if (lease !== undefined) return `held by ${lease.name}`;
  const sick = whySick(gpu);
  if (sick !== undefined) return sick;
  if (gpu.drain !== null) return 'drained';
  const foreign = view.foreign.get(gpu.uuid);
  return foreign === undefined ? undefined : `in use outside Berth by ${foreign.holder}`;
}

/** A sick GPU is not started on again, and swapped at the next recreation. */
function whySick(gpu: GpuRecord): string | undefined {
  if (gpu.missingSince !== null) return `missing since ${gpu.missingSince}`;
  return gpu.quarantine === null ? undefined : `quarantined: ${gpu.quarantine.reason}`;
}

/** Foreign marks age: the port may be free again, and only the engine can tell. */
export const isPortTaken = (lease: PortLease | undefined, now: Date): boolean =>
  lease !== undefined && (lease.name !== null || now.getTime() - Date.parse(lease.since) < foreignPortTtlMs);

/** Chooses GPUs and ports for a set and leases what it does not hold yet. Throws GPUS_… and PORTS_… errors. */
export function reserve(view: LedgerView, wish: Wish): Grant {
  const gpus = grantGpus(view, wish);
  const ports = grantPorts(view, wish);
  const since = view.now.toISOString();
  const leases = [
    ...gpus.added.map((uuid) => put('gpuLease', uuid, { uuid, name: wish.name, operation: wish.operation, since })),
    ...ports.added.map((grant) => portLease(wish, grant, since)),
  ];
  return {
    gpus: gpus.granted,
    ports: ports.granted,
    addedGpus: gpus.added,
    addedPorts: ports.added.map((grant) => grant.hostPort),
    droppedGpus: gpus.dropped,
    droppedPorts: ports.dropped,
    changes: leases,
  };
}

const portLease = (
  wish: Pick<Wish, 'name' | 'operation'>,
  { hostPort, containerPort }: PortGrant,
  since: string,
): Change =>
  put('portLease', String(hostPort), {
    hostPort,
    containerPort,
    name: wish.name,
    operation: wish.operation,
    since,
    reason: null,
  });

const isHealthy = (gpu: GpuRecord): boolean => whySick(gpu) === undefined;

function grantGpus(view: LedgerView, wish: Wish) {
  const inventory = view.state.table('gpu');
  const held = view.state.gpusOf(wish.name).flatMap((lease) => inventory.get(lease.uuid) ?? []);
  const kept = keepGpus(held.filter(isHealthy), wish.gpuCount);
  const free = [...inventory.values()].filter((gpu) => whyNotGrantable(view, gpu) === undefined);
  const former = free.filter((gpu) => wish.formerGpus.includes(gpu.uuid)).map((gpu) => gpu.uuid);
  const again = former.slice(0, wish.gpuCount - kept.length);
  const rest = free.filter((gpu) => !again.includes(gpu.uuid));
  const near = [...kept, ...again].flatMap((uuid) => inventory.get(uuid) ?? []);
  const fresh = chooseGpus(rest, wish.gpuCount - near.length, near);
  if (fresh === undefined) throw tooFewGpus(view, wish, held.filter(isHealthy).length + free.length);
  const granted = [...kept, ...again, ...fresh];
  return {
    granted: inIndexOrder(view, granted),
    added: [...again, ...fresh],
    dropped: held.map((gpu) => gpu.uuid).filter((uuid) => !granted.includes(uuid)),
  };
}

const inIndexOrder = (view: LedgerView, uuids: readonly string[]): string[] => {
  const index = (uuid: string): number => view.state.table('gpu').get(uuid)?.index ?? Number.MAX_SAFE_INTEGER;
  return uuids.toSorted((a, b) => index(a) - index(b));
};

function tooFewGpus(view: LedgerView, wish: Wish, reachable: number): AppError {
  const all = [...view.state.table('gpu').values()];
  const details = { asked: wish.gpuCount, available: reachable, total: all.length };
  if (wish.gpuCount > all.length) {
    return new AppError('GPUS_IMPOSSIBLE', `${wish.name} asks for ${wish.gpuCount} GPUs, the host has ${all.length}`, {
      details,
    });
  }
  const others = all.flatMap((gpu) => {
    const isHeld = view.state.table('gpuLease').get(gpu.uuid)?.name === wish.name;
    const why = isHeld ? whySick(gpu) : whyNotGrantable(view, gpu);
    return why === undefined ? [] : [`GPU ${gpu.index ?? gpu.uuid} ${why}`];
  });
  const message = `${wish.name} asks for ${wish.gpuCount} GPUs, ${reachable} of ${all.length} can be had (${others.join('; ')})`;
  return new AppError('GPUS_BUSY', message, { details });
}

function grantPorts(view: LedgerView, wish: Wish) {
  const addresses = new Map(wish.containerPorts.map((port) => [withProtocol(port), hostIpOf(port)]));
  const asked = [...addresses.keys()];
  const held = view.state.portsOf(wish.name);
  const kept = held.flatMap((lease) =>
    lease.containerPort !== null && asked.includes(lease.containerPort)
      ? [{ containerPort: lease.containerPort, hostPort: lease.hostPort }]
      : [],
  );
  const missing = asked.filter((port) => !kept.some((grant) => grant.containerPort === port));
  const chosen = freePorts(
    view,
    wish.name,
    missing.map((port) => formerPort(wish, port)),
  );
  if (chosen === undefined) throw tooFewPorts(view, wish, missing.length);
  const added = missing.map((containerPort, at) => ({ containerPort, hostPort: chosen[at] as number }));
  return {
    granted: [...kept, ...added]
      .toSorted((a, b) => asked.indexOf(a.containerPort) - asked.indexOf(b.containerPort))
      .map((grant) => ({ ...grant, ...addresses.get(grant.containerPort) })),
    added,
    dropped: held.map((lease) => lease.hostPort).filter((port) => !kept.some((grant) => grant.hostPort === port)),
  };
}

const formerPort = (wish: Wish, containerPort: string): number | undefined =>
  wish.formerPorts.find((grant) => grant.containerPort === containerPort)?.hostPort;

function freePorts(view: LedgerView, name: string, wishes: readonly (number | undefined)[]): number[] | undefined {
  const leases = view.state.table('portLease');
  return choosePorts({
    range: view.settings.portRange,
    taken: (port) => isPortTaken(leases.get(String(port)), view.now),
    reserved: rememberedByOthers(view.state, name),
    wishes,
  });
}

/** Ports that other sets had when they were stopped. */
function rememberedByOthers(state: State, name: string): ReadonlySet<number> {
  const others = state.sets().filter((set) => set.name !== name);
  return new Set(others.flatMap((set) => state.current(set.name)?.ports.map((grant) => grant.hostPort) ?? []));
}

function tooFewPorts(view: LedgerView, wish: Wish, count: number): AppError {
  const { start, end } = view.settings.portRange;
  const details = { asked: wish.containerPorts.length, rangeStart: start, rangeEnd: end };
  if (wish.containerPorts.length > end - start + 1) {
    return new AppError(
      'PORTS_IMPOSSIBLE',
      `${wish.name} asks for ${wish.containerPorts.length} ports, the range ${start}-${end} is smaller`,
      { details },
    );
  }
  return new AppError('PORTS_BUSY', `${wish.name} asks for ${count} more host ports, ${start}-${end} has fewer free`, {
    details,
  });
}

/** Replaces a port that turned out to be somebody else's: marks it foreign and leases the next one. */
export function replacePort(
  view: LedgerView,
  wish: Pick<Wish, 'name' | 'operation'>,
  lost: PortGrant,
): { grant: PortGrant; changes: Change[] } {
  const since = view.now.toISOString();
  const next = freePorts(view, wish.name, [undefined])?.[0];
  if (next === undefined)
    throw new AppError('PORTS_BUSY', `host port ${lost.hostPort} is taken by somebody else and no other is free`);
  const grant = { ...lost, hostPort: next };
  return { grant, changes: [foreignPort(lost.hostPort, since), portLease(wish, grant, since)] };
}

const FOREIGN = { name: null, containerPort: null, operation: null, reason: 'somebody outside Berth listens on it' };

export const foreignPort = (hostPort: number, since: string): Change =>
  put('portLease', String(hostPort), { hostPort, since, ...FOREIGN });

/** Leases exactly these again, or says who has them. */
export function reserveExactly(view: LedgerView, wish: Wish): Grant {
  const heldGpus = view.state.gpusOf(wish.name).map((lease) => lease.uuid);
  const heldPorts = view.state.portsOf(wish.name).map((lease) => lease.hostPort);
  const addedGpus = wish.formerGpus.filter((uuid) => !heldGpus.includes(uuid));
  const addedPorts = wish.formerPorts.filter((grant) => !heldPorts.includes(grant.hostPort));
  const obstacles = [
    ...wish.formerGpus.flatMap((uuid) => gpuObstacle(view, wish.name, uuid)),
    ...addedPorts.flatMap((grant) => portObstacle(view, grant)),
  ];
  if (obstacles.length > 0)
    throw new AppError('LEASES_TAKEN', `${wish.name} cannot have its GPUs and ports back: ${obstacles.join('; ')}`);
  const since = view.now.toISOString();
  return {
    gpus: wish.formerGpus,
    ports: wish.formerPorts,
    addedGpus,
    addedPorts: addedPorts.map((grant) => grant.hostPort),
    droppedGpus: [],
    droppedPorts: [],
    changes: [
      ...addedGpus.map((uuid) => put('gpuLease', uuid, { uuid, name: wish.name, operation: wish.operation, since })),
      ...addedPorts.map((grant) => portLease(wish, grant, since)),
    ],
  };
}

function gpuObstacle(view: LedgerView, name: string, uuid: string): string[] {
  const gpu = view.state.table('gpu').get(uuid);
  if (gpu === undefined) return [`GPU ${uuid} is not on this host any more`];
  const isHeld = view.state.table('gpuLease').get(uuid)?.name === name;
  const why = isHeld ? whySick(gpu) : whyNotGrantable(view, gpu);
  return why === undefined ? [] : [`GPU ${gpu.index ?? uuid} ${why}`];
}

function portObstacle(view: LedgerView, grant: PortGrant): string[] {
  const lease = view.state.table('portLease').get(String(grant.hostPort));
  if (!isPortTaken(lease, view.now)) return [];
  return [
    `host port ${grant.hostPort} ${lease?.name == null ? 'taken by somebody outside Berth' : `held by ${lease.name}`}`,
  ];
}

/** Whether the set still has what its version was granted; a port that turned out to be foreign is lost. */
export function holdsItsGrants(state: State, version: VersionRecord): boolean {
  const gpus = state.gpusOf(version.name).map((lease) => lease.uuid);
  const ports = state.portsOf(version.name).map((lease) => lease.hostPort);
  return (
    version.gpus.every((uuid) => gpus.includes(uuid)) && version.ports.every((grant) => ports.includes(grant.hostPort))
  );
}

/** Everything that a set holds, given back. */
export const releaseAll = (state: State, name: string): Change[] => [
  ...state.gpusOf(name).map((lease) => del('gpuLease', lease.uuid)),
  ...state.portsOf(name).map((lease) => del('portLease', String(lease.hostPort))),
];

/** Leases that an operation added, unless they changed hands or turned out to be foreign since. */
export const releaseAdded = (
  state: State,
  name: string,
  gpus: readonly string[],
  ports: readonly number[],
): Change[] => [
  ...gpus.filter((uuid) => state.table('gpuLease').get(uuid)?.name === name).map((uuid) => del('gpuLease', uuid)),
  ...ports
    .filter((port) => state.table('portLease').get(String(port))?.name === name)
    .map((port) => del('portLease', String(port))),
];
