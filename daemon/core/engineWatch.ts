/**
 * Knows whether the engine answers, and does what follows: recovery when it comes back, a look at every set, and a
 * look at one set whenever its container ends.
 *
 * Invariants
 *  - Changes are refused until recovery has run on an engine that answers.
 *  - Nothing is settled or compared from a state that is damaged: what it says may be wrong.
 *  - Never gives up: an engine that is away is asked again every second.
 */
import type { BerthEvent, EngineView } from '../../common/contract/event.ts';
import { AppError } from '../../common/errors.ts';
import type { Engine, EngineEvent, EngineInfo } from './engine.ts';
import type { Log } from './host.ts';
import type { Inventory } from './inventory.ts';
import type { Journal } from './journal.ts';
import { LABEL } from './labels.ts';
import { Reconciler } from './reconciler.ts';
import type { Round } from './round.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { VolumeCare } from './volumeCare.ts';

const RETRY_MS = 1000;
const INVENTORY_MS = 15_000;
const NOT_ASKED = 'not asked yet';
/** What happens to a container that can change who uses its GPUs, or whether its set is as it should be. */
const LOOKED_AT: ReadonlySet<string> = new Set(['start', 'die', 'destroy', 'pause', 'unpause']);

type ContainerEvent = Extract<BerthEvent, { type: 'containerDied' | 'outOfMemory' }>;

export interface EngineWatchParts {
  readonly state: State;
  readonly engine: Engine;
  readonly store: Pick<Store, 'trouble'>;
  readonly instance: string;
  readonly journal: Journal;
  readonly reconciler: Reconciler;
  readonly care: VolumeCare;
  /** Called from time to time. */
  readonly lookAtVolumes: () => Promise<void>;
  readonly inventory: Inventory;
  readonly log: Log;
  readonly now: () => Date;
  /** When the host was started. */
  readonly bootedAt: Date;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class EngineWatch {
  readonly #parts: EngineWatchParts;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(view: EngineView) => void>();
  readonly #containerListeners = new Set<(event: ContainerEvent) => void>();
  #view: EngineView;
  /** When the engine was last seen to go; null until then. */
  #lostAt: Date | null = null;
  #loop: Promise<unknown> | undefined;

  constructor(parts: EngineWatchParts) {
    this.#parts = parts;
    this.#view = { state: 'down', version: null, reason: NOT_ASKED, since: parts.now().toISOString() };
    parts.journal.refuse(new AppError('STARTING', 'berthd has just started'));
  }

  view = (): EngineView => this.#view;

  onChange(listener: (view: EngineView) => void): void {
    this.#listeners.add(listener);
  }

  /** Of our sets alone. */
  onContainer(listener: (event: ContainerEvent) => void): void {
    this.#containerListeners.add(listener);
  }

  start(): void {
    this.#loop = Promise.all([
      this.#follow(),
      this.#every(Reconciler.intervalMs, this.#routine),
      this.#every(INVENTORY_MS, () => this.#parts.inventory.refresh()),
      this.#every(VolumeCare.watchedEveryMs, () => this.#parts.lookAtVolumes()),
    ]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#parts.journal.refuse(new AppError('STOPPING', 'berthd is stopping'));
    await this.#loop;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#connected();
      } catch (error) {
        if (signal.aborted) return;
        this.#down(error);
      }
      await this.#parts.sleep(RETRY_MS, signal);
    }
  }

  /** From the first answer until the stream of events breaks. */
  async #connected(): Promise<void> {
    const info = await this.#parts.engine.info();
    const stream = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, stream.signal]);
    try {
      const events = this.#parts.engine.events(signal)[Symbol.asyncIterator]();
      const first = events.next();
      first.catch(() => {});
      await this.#welcome(info);
      for (let next = await first; !next.done; next = await events.next()) this.#onEvent(next.value);
    } finally {
      stream.abort();
    }
    throw new Error('the engine ended its stream of events');
  }

  async #welcome(info: EngineInfo): Promise<void> {
    const { journal, reconciler, care, inventory, log } = this.#parts;
    const lostAt = this.#lostAt;
    await this.#round(care.mountAll());
    await this.#round(reconciler.recover());
    await inventory.refresh();
    if (this.#stop.signal.aborted) return;
    journal.refuse(undefined);
    this.#show({ state: 'up', version: info.version, reason: null });
    log.info({ version: info.version, api: info.apiVersion }, 'the engine answers');
    await this.#round(reconciler.reconcile({ lostAt, bootedAt: this.#parts.bootedAt }));
  }

  async #round(round: Round<void>): Promise<void> {
    const { journal, store } = this.#parts;
    if (store.trouble?.kind !== 'damaged') await journal.round(round);
  }

  /** A container may end before its operation does; the look at its set waits for that. */
  #onEvent(event: EngineEvent): void {
    const { action, labels } = event;
    const { instance, reconciler, inventory, log } = this.#parts;
    const name = this.#parts.state.byUid(labels[LABEL.uid])?.name ?? labels[LABEL.replicaSet];
    if (name !== undefined && labels[LABEL.instance] === instance) this.#tell(event, name);
    if (!LOOKED_AT.has(action)) return;
    if (name === undefined || labels[LABEL.instance] !== instance) void inventory.refresh();
    else {
      this.#round(reconciler.checkSet(name, 'routine')).catch((error) =>
        log.warn({ name, error }, 'could not look at a replicaSet'),
      );
    }
  }

  #tell({ action, labels, exitCode }: EngineEvent, name: string): void {
    if (action !== 'die' && action !== 'oom') return;
    const facts = { at: this.#parts.now().toISOString(), name, version: Number(labels[LABEL.version]) };
    const event: ContainerEvent =
      action === 'oom' ? { type: 'outOfMemory', ...facts } : { type: 'containerDied', ...facts, exitCode };
    for (const listener of this.#containerListeners) listener(event);
  }

  #routine = async (): Promise<void> => {
    if (this.#view.state !== 'up') return;
    const { reconciler, care } = this.#parts;
    await this.#round(care.mountAll());
    await this.#round(reconciler.recover());
    await this.#round(reconciler.reconcile('routine'));
  };

  async #every(intervalMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await this.#parts.sleep(intervalMs, signal);
      if (signal.aborted) return;
      await work().catch((error) => this.#parts.log.warn({ error }, 'a routine look failed'));
    }
  }

  #down(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#parts.journal.refuse(new AppError('ENGINE_DOWN', `Docker does not answer: ${reason}`));
    if (this.#view.state === 'down' && this.#view.reason === reason) return;
    const isNews = this.#view.state === 'up' || this.#view.reason === NOT_ASKED;
    if (this.#view.state === 'up') this.#lostAt = this.#parts.now();
    this.#show({ state: 'down', version: null, reason });
    if (isNews) this.#parts.log.warn({ reason }, 'the engine does not answer; reads go on from the store');
  }

  #show(view: Omit<EngineView, 'since'>): void {
    this.#view = { ...view, since: this.#parts.now().toISOString() };
    for (const listener of this.#listeners) listener(this.#view);
  }
}
