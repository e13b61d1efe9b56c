/**
 * Turns what becomes durable into events, and hands them to whoever watches.
 *
 * Invariants
 *  - A watcher gets a snapshot first, unless it wants none; everything after it is newer than the snapshot.
 *  - A watcher that does not keep up gets a fresh snapshot instead of a backlog, so its memory is bounded.
 *
 * Not here: the way to the client and its back-pressure (facades).
 */
import type { BerthEvent, EngineView, StoreView } from '../../common/contract/event.ts';
import type { GpuView } from '../../common/contract/resource.ts';
import type { SetView } from '../../common/contract/views.ts';
import type { Inventory } from './inventory.ts';
import { Mailbox } from './mailbox.ts';
import type { OperationLog } from './operationLog.ts';
import type { Change, Table } from './records.ts';
import type { State } from './state.ts';
import type { Telemetry } from './telemetry.ts';
import { viewGpu, viewPorts, viewSet, viewVersion } from './views.ts';
import type { VolumeCare } from './volumeCare.ts';
import { asBound } from './volumeUse.ts';

const BACKLOG_MAX = 1000;

export interface EventHubParts {
  readonly state: State;
  readonly care: VolumeCare;
  readonly inventory: Inventory;
  readonly telemetry: Telemetry;
  readonly operations: OperationLog;
  readonly engineView: () => EngineView;
  readonly storeView: () => StoreView;
  readonly now: () => Date;
}

export interface WatchInput {
  readonly telemetry: boolean;
  readonly name?: string | undefined;
  readonly types?: readonly BerthEvent['type'][] | undefined;
  /** Whether it begins with one. */
  readonly snapshot?: boolean;
}

export class EventHub {
  readonly #parts: EventHubParts;
  readonly #watchers = new Set<(event: BerthEvent) => void>();

  constructor(parts: EventHubParts) {
    this.#parts = parts;
    parts.state.onCommitted((changes) => this.#onCommitted(changes));
    parts.operations.onChange((operation) => {
      this.publish({ type: 'operation', operation });
      if (operation.steps.length > 0 && operation.endedAt === null) return;
      this.#publishSet(operation.name);
      this.#publishVolume(operation.name.replace(/^volume:/, ''));
    });
    parts.inventory.onForeignChange((uuids) => this.#publishGpus(uuids));
  }

  publish(event: BerthEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  async *watch(input: WatchInput, signal: AbortSignal): AsyncGenerator<BerthEvent> {
    const mailbox = new Mailbox<BerthEvent>(BACKLOG_MAX);
    const push = (event: BerthEvent): void => {
      const isWanted = event.type === 'telemetry' || (input.types?.includes(event.type) ?? true);
      if (isWanted && concerns(event, input.name)) mailbox.push(event);
    };
    const stopTelemetry = input.telemetry
      ? this.#parts.telemetry.subscribe((sample) => push({ type: 'telemetry', at: sample.at, gpus: [...sample.gpus] }))
      : undefined;
    this.#watchers.add(push);
    // Nobody has looked while nobody watched; what differs follows the snapshot.
    void this.lookAtVolumes();
    const close = (): void => mailbox.close();
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    try {
      if (input.snapshot !== false) yield this.#snapshot(input.name);
      for (;;) {
        const taken = await mailbox.take();
        if (taken === 'closed') return;
        yield taken === 'overflow' ? this.#snapshot(input.name) : taken.item;
      }
    } finally {
      signal.removeEventListener('abort', close);
      this.#watchers.delete(push);
      stopTelemetry?.();
    }
  }

  gpus(): GpuView[] {
    const { state, inventory, telemetry } = this.#parts;
    return [...state.table('gpu').values()]
      .toSorted((a, b) => (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER))
      .map((gpu) => viewGpu(state, gpu, inventory.foreign(), telemetry.last()));
  }

  sets(): SetView[] {
    return this.#parts.state.sets().flatMap((set) => this.set(set.name) ?? []);
  }

  /** Undefined for an unknown set, and for one that is being deleted. */
  set(name: string): SetView | undefined {
    const { state, operations } = this.#parts;
    const set = state.table('set').get(name);
    const version = state.current(name);
    if (set === undefined || version === undefined || set.deleting !== null) return undefined;
    return viewSet(state, set, asBound(state, version), operations.runningOn(name)?.verb ?? null);
  }

  #snapshot(name: string | undefined): BerthEvent {
    const { state, operations, care, engineView, storeView, now } = this.#parts;
    const mine = <T>(items: T[], nameOf: (item: T) => string | null): T[] =>
      name === undefined ? items : items.filter((item) => nameOf(item) === name);
    return {
      type: 'snapshot',
      at: now().toISOString(),
      engine: engineView(),
      store: storeView(),
      sets: mine(this.sets(), (set) => set.name),
      gpus: mine(this.gpus(), (gpu) => gpu.holder),
      ports: mine(viewPorts(state, now()), (port) => port.holder),
      volumes: care.views().filter((it) => name === undefined || it.usedBy.some((use) => use.name === name)),
      operations: mine(operations.list(), (operation) => operation.name),
    };
  }

  #onCommitted(changes: readonly Change[]): void {
    if (this.#watchers.size === 0) return;
    const { state, now } = this.#parts;
    const keys = (table: Table): string[] =>
      changes.filter((change) => change.table === table).map((change) => change.key);
    for (const change of changes) {
      if (change.table === 'version' && !('del' in change)) {
        const { value } = change;
        const current = state.table('set').get(value.name)?.current ?? 0;
        this.publish({ type: 'version', name: value.name, version: viewVersion(asBound(state, value), current) });
      }
      if (change.table === 'set' && 'del' in change) this.publish({ type: 'setRemoved', name: change.key });
      if (change.table === 'volume' && 'del' in change) this.publish({ type: 'volumeRemoved', name: change.key });
    }
    for (const name of keys('volume')) this.#publishVolume(name);
    if (keys('volume').length > 0) void this.lookAtVolumes();
    for (const name of touchedSets(changes)) this.#publishSet(name);
    const gpus = new Set([...keys('gpuLease'), ...keys('gpu')]);
    if (gpus.size > 0) this.#publishGpus([...gpus]);
    if (keys('portLease').length > 0) this.publish({ type: 'ports', ports: viewPorts(state, now()) });
  }

  #publishSet(name: string): void {
    const set = this.set(name);
    if (set === undefined) return;
    this.publish({ type: 'set', set });
    for (const { src } of set.binds) this.#publishVolume(src);
  }

  /** How full they are is told by nobody: while somebody watches, this is called from time to time. */
  async lookAtVolumes(): Promise<void> {
    if (this.#watchers.size === 0) return;
    const { care } = this.#parts;
    const before = new Set(care.views().map((view) => JSON.stringify(view)));
    await care.refresh();
    for (const volume of care.views()) {
      if (!before.has(JSON.stringify(volume))) this.publish({ type: 'volume', volume });
    }
  }

  #publishVolume(src: string): void {
    const volume = this.#parts.care.view(src);
    if (volume !== undefined) this.publish({ type: 'volume', volume });
  }

  #publishGpus(uuids: readonly string[]): void {
    this.publish({ type: 'gpus', gpus: this.gpus().filter((gpu) => uuids.includes(gpu.uuid)) });
  }
}

/** Sets whose record changed, or whose grants did. */
function touchedSets(changes: readonly Change[]): Set<string> {
  const names = new Set<string>();
  for (const change of changes) {
    if (change.table === 'set') names.add(change.key);
    if (change.table === 'version' && !('del' in change)) names.add(change.value.name);
    if (
      (change.table === 'gpuLease' || change.table === 'portLease') &&
      !('del' in change) &&
      change.value.name !== null
    ) {
      names.add(change.value.name);
    }
  }
  return names;
}

function concerns(event: BerthEvent, name: string | undefined): boolean {
  if (name === undefined) return true;
  switch (event.type) {
    case 'set':
      return event.set.name === name;
    case 'setRemoved':
    case 'version':
    case 'containerDied':
    case 'outOfMemory':
      return event.name === name;
    case 'operation':
      return event.operation.name === name;
    case 'volume':
      return event.volume.usedBy.some((use) => use.name === name);
    case 'volumeRemoved':
      return false;
    case 'gpus':
      return event.gpus.some((gpu) => gpu.holder === name);
    case 'ports':
      return event.ports.some((port) => port.holder === name);
    default:
      return true;
  }
}
