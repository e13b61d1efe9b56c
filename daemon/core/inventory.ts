/**
 * Which GPUs the host has, and which of them something outside Berth uses.
 *
 * Invariants
 *  - A source that does not answer changes nothing: what was known stays known.
 *  - A GPU that is leased is never forgotten, only marked missing.
 *  - Foreign use is what the engine and nvidia-smi say now; it is never written down.
 *
 * Not here: granting (ledger.ts), load figures (telemetry.ts).
 */
import { commitBatch } from './batch.ts';
import type { ContainerState, Engine } from './engine.ts';
import type { GpuDevice, GpuProcess, GpuSource } from './gpuSource.ts';
import type { Log } from './host.ts';
import { LABEL } from './labels.ts';
import type { ForeignUse } from './ledger.ts';
import { type Change, del, type GpuRecord, put } from './records.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface InventoryParts {
  readonly source: GpuSource;
  readonly engine: Engine;
  readonly state: State;
  readonly store: Store;
  readonly instance: string;
  readonly log: Log;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A cold nvidia-smi takes seconds; a run should not. */
const QUICK_MS = 500;

type Use = { readonly holder: string; readonly owner: string | null; readonly since: string };

export class Inventory {
  readonly #parts: InventoryParts;
  readonly #listeners = new Set<(uuids: readonly string[]) => void>();
  #byContainers: ReadonlyMap<string, Use> = new Map();
  #byProcesses: ReadonlyMap<string, Use> = new Map();
  /** Looks overlap, and one that began earlier must not hide what a later one has seen. */
  #turns = 0;
  #containersSeenAt = 0;
  #processesSeenAt = 0;
  #foreign: ForeignUse = new Map();
  #refreshing: Promise<void> | undefined;

  constructor(parts: InventoryParts) {
    this.#parts = parts;
  }

  foreign = (): ForeignUse => this.#foreign;

  notice(): string | null {
    return this.#parts.source.notice();
  }

  get sourceKind(): GpuSource['kind'] {
    return this.#parts.source.kind;
  }

  /** Told the GPUs whose foreign use changed. */
  onForeignChange(listener: (uuids: readonly string[]) => void): void {
    this.#listeners.add(listener);
  }

  /** Looks again; callers that come while a look is under way share it. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** A look before something is granted: nvidia-smi is given little time, and what it last said counts otherwise. */
  async refreshQuickly(): Promise<void> {
    const processes = this.#lookAtProcesses();
    await Promise.all([this.#lookAtContainers(), Promise.race([processes, this.#parts.sleep(QUICK_MS)])]);
    this.#showForeign();
  }

  async #refresh(): Promise<void> {
    try {
      await this.#recordDevices(await this.#parts.source.devices());
    } catch (error) {
      this.#parts.log.debug({ error }, 'GPUs could not be listed');
    }
    await Promise.all([this.#lookAtContainers(), this.#lookAtProcesses()]);
    this.#showForeign();
  }

  #showForeign(): void {
    const found = new Map([...this.#byContainers, ...this.#byProcesses]);
    const before = this.#foreign;
    this.#foreign = new Map([...found].map(([uuid, use]) => [uuid, keepSince(before.get(uuid), use)]));
    const changed = [...new Set([...before.keys(), ...found.keys()])].filter(
      (uuid) => before.get(uuid)?.holder !== found.get(uuid)?.holder,
    );
    if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
  }

  async #recordDevices(devices: readonly GpuDevice[]): Promise<void> {
    const { state, store, source, now } = this.#parts;
    const simulated = source.kind === 'simulated';
    const at = now().toISOString();
    const known = state.table('gpu');
    const seen = devices.flatMap((device) => upsert(known.get(device.uuid), device, simulated));
    const here = new Set(devices.map((device) => device.uuid));
    const gone = [...known.values()].flatMap((gpu) => (here.has(gpu.uuid) ? [] : retire(state, gpu, simulated, at)));
    await commitBatch(state, store, [...seen, ...gone]);
  }

  /** Running containers that are not ours and were given GPUs. */
  async #lookAtContainers(): Promise<void> {
    const { engine, log } = this.#parts;
    const used = new Map<string, Use>();
    const turn = this.#nextTurn();
    try {
      for (const summary of await engine.listContainers()) {
        if (!summary.running || this.#isOurs(summary.id, summary.labels)) continue;
        const container = await engine.inspectContainer(summary.id);
        for (const uuid of container?.running ? this.#gpusOf(container) : []) {
          used.set(uuid, { holder: `container ${summary.name}`, owner: null, since: this.#stamp() });
        }
      }
      if (turn > this.#containersSeenAt) [this.#byContainers, this.#containersSeenAt] = [used, turn];
    } catch (error) {
      log.debug({ error }, 'containers could not be listed for foreign GPU use');
    }
  }

  async #lookAtProcesses(): Promise<void> {
    const used = new Map<string, Use>();
    const turn = this.#nextTurn();
    try {
      for (const process of await this.#parts.source.processes()) {
        if (process.containerId !== null && this.#isOurs(process.containerId, {})) continue;
        used.set(process.uuid, { holder: describeProcess(process), owner: process.user, since: this.#stamp() });
      }
      if (turn > this.#processesSeenAt) [this.#byProcesses, this.#processesSeenAt] = [used, turn];
    } catch (error) {
      this.#parts.log.debug({ error }, 'GPU processes could not be listed');
    }
  }

  /**
   * A container of a set that holds GPUs: of its current version, or made by an operation under way. One that runs
   * although its set was stopped uses GPUs that others may be granted, so it counts as foreign.
   */
  #isOurs(containerId: string, labels: Readonly<Record<string, string>>): boolean {
    const { state, instance } = this.#parts;
    const isHolder = (name: string): boolean => state.gpusOf(name).length > 0;
    if (state.sets().some(({ name }) => state.current(name)?.containerId === containerId && isHolder(name)))
      return true;
    const operation = labels[LABEL.operation] ?? '';
    return labels[LABEL.instance] === instance && state.table('intent').has(operation);
  }

  #nextTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  #gpusOf(container: ContainerState): string[] {
    const all = [...this.#parts.state.table('gpu').values()].filter((gpu) => !gpu.simulated);
    if (container.gpuCount < 0) return all.map((gpu) => gpu.uuid);
    const counted = all.filter((gpu) => gpu.index !== null && gpu.index < container.gpuCount);
    const named = all.filter((gpu) =>
      container.gpuIds.some((id) => id === String(gpu.index) || gpu.uuid.startsWith(id)),
    );
    return [...counted, ...named].map((gpu) => gpu.uuid);
  }

  #stamp(): string {
    return this.#parts.now().toISOString();
  }
}

const describeProcess = (process: GpuProcess): string =>
  `process ${process.pid} (${process.command})${process.containerId === null ? '' : ` in container ${process.containerId.slice(0, 12)}`}`;

const keepSince = (before: Use | undefined, now: Use): Use => (before?.holder === now.holder ? before : now);

function upsert(known: GpuRecord | undefined, device: GpuDevice, simulated: boolean): Change[] {
  const next: GpuRecord = {
    ...device,
    simulated,
    missingSince: null,
    quarantine: known?.quarantine ?? null,
    drain: known?.drain ?? null,
  };
  return known !== undefined && JSON.stringify(sorted(known)) === JSON.stringify(sorted(next))
    ? []
    : [put('gpu', device.uuid, next)];
}

const sorted = (gpu: GpuRecord): unknown => Object.entries(gpu).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** One that nobody holds and that came from another kind of source is forgotten; any other is missing. */
function retire(state: State, gpu: GpuRecord, simulated: boolean, at: string): Change[] {
  if (gpu.simulated !== simulated && !state.table('gpuLease').has(gpu.uuid)) return [del('gpu', gpu.uuid)];
  return gpu.missingSince === null ? [put('gpu', gpu.uuid, { ...gpu, missingSince: at })] : [];
}
