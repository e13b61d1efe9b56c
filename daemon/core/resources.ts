/** The resource procedures: GPUs and ports, who holds what, and taking a GPU out of use. */
import type { GpuView } from '../../common/contract/resource.ts';
import { AppError } from '../../common/errors.ts';
import type { Caller, Services } from '../../common/router.ts';
import { commitBatch } from './batch.ts';
import type { EventHub } from './eventHub.ts';
import type { Inventory } from './inventory.ts';
import { isPortTaken, whyNotGrantable } from './ledger.ts';
import { answered } from './operations/intents.ts';
import { type GpuRecord, put } from './records.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Telemetry } from './telemetry.ts';
import { viewGpu, viewPorts } from './views.ts';

export interface ResourceParts {
  readonly state: State;
  readonly store: Store;
  readonly inventory: Inventory;
  readonly hub: EventHub;
  readonly settings: Settings;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly telemetry: Telemetry;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Load figures older than this are asked for anew, and waited for no longer than that. */
const FRESH_MS = 3000;
const FRESH_WAIT_MS = 1500;

export function resourceServices(parts: ResourceParts): Services['resource'] {
  const { state, inventory, hub } = parts;
  return {
    gpus: async () => ({ gpus: grantable(parts) }),
    ports: async () => ({ ports: portUsage(parts) }),
    gpuList: async () => {
      await freshLoad(parts);
      return { gpus: hub.gpus(), source: inventory.sourceKind, notice: inventory.notice() };
    },
    portList: async () => {
      const { StartPort: start, EndPort: end, AvailableCount: free } = portUsage(parts);
      return { start, end, free, ports: viewPorts(state, parts.now()) };
    },
    gpuDrain: ({ gpu, reason }, caller) =>
      change(parts, caller, 'drain', gpu, (record) => ({
        ...record,
        drain: { reason: reason ?? null, since: parts.now().toISOString(), actor: caller.actor },
      })),
    gpuUndrain: ({ gpu }, caller) =>
      change(parts, caller, 'undrain', gpu, (record) => ({ ...record, drain: null, quarantine: null })),
  };
}

/** Nobody may be watching; then the figures are those of the last time somebody did. */
export async function freshLoad({
  state,
  telemetry,
  now,
  sleep,
}: Pick<ResourceParts, 'state' | 'telemetry' | 'now' | 'sleep'>): Promise<void> {
  const last = telemetry.last();
  const isFresh = last !== undefined && now().getTime() - Date.parse(last.at) < FRESH_MS;
  if (isFresh || state.table('gpu').size === 0) return;
  const { promise: sampled, resolve } = Promise.withResolvers<void>();
  const leave = telemetry.subscribe(() => resolve());
  await Promise.race([sampled, sleep(FRESH_WAIT_MS)]);
  leave();
}

function grantable({ state, settings, inventory, now }: ResourceParts): Record<string, 0 | 1> {
  const view = { state, settings, foreign: inventory.foreign(), now: now() };
  const all = [...state.table('gpu').values()].toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
  return Object.fromEntries(all.map((gpu) => [gpu.uuid, whyNotGrantable(view, gpu) === undefined ? 0 : 1]));
}

function portUsage({ state, settings, now }: ResourceParts) {
  const { start, end } = settings.portRange;
  const used = [...state.table('portLease').values()]
    .filter((lease) => isPortTaken(lease, now()) && lease.hostPort >= start && lease.hostPort <= end)
    .map((lease) => lease.hostPort)
    .toSorted((a, b) => a - b);
  return {
    StartPort: start,
    EndPort: end,
    AvailableCount: end - start + 1 - used.length,
    UsedPortSet: Object.fromEntries(used.map((port) => [String(port), {}])),
  };
}

async function change(
  parts: ResourceParts,
  { actor, idempotency }: Pick<Caller, 'actor' | 'idempotency'>,
  verb: 'drain' | 'undrain',
  wanted: string,
  next: (record: GpuRecord) => GpuRecord,
): Promise<GpuView> {
  const { state, store, inventory, telemetry } = parts;
  await store.ready();
  const record = next(findGpu(state, wanted));
  const answer = viewGpu(state, record, inventory.foreign(), telemetry.last());
  const id = parts.newId();
  const at = parts.now().toISOString();
  const audit = {
    id,
    at,
    actor,
    verb,
    subject: record.uuid,
    before: null,
    after: null,
    result: 'ok',
    message: null,
  } as const;
  await commitBatch(state, store, [
    put('gpu', record.uuid, record),
    put('audit', id, audit),
    ...answered(idempotency, answer, at),
  ]);
  return answer;
}

/** By UUID, by the beginning of one that only one GPU has, or by index. */
function findGpu(state: State, wanted: string): GpuRecord {
  const all = [...state.table('gpu').values()];
  const found = all.filter((gpu) => gpu.uuid === wanted || String(gpu.index) === wanted);
  const byPrefix = found.length > 0 ? found : all.filter((gpu) => gpu.uuid.startsWith(wanted));
  const [gpu] = byPrefix;
  if (gpu === undefined) throw new AppError('GPU_NOT_FOUND', `there is no GPU ${wanted}`);
  if (byPrefix.length > 1)
    throw new AppError('GPU_NOT_FOUND', `${byPrefix.length} GPUs begin with ${wanted}; write more of the UUID`);
  return gpu;
}
