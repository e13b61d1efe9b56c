/**
 * Keeps records and engine the same: settles what was left open, starts again what a reboot ended, notes what ended
 * by itself or was removed from outside.
 *
 * Invariants
 *  - Works on one set at a time, under its lock, never beside an operation.
 *  - Removes a container only when its label names an operation that is known to have been undone.
 *
 * Not here: when it runs (engineWatch.ts), what operations do (operations/).
 */
import { reconcileIntervalMs } from '../../common/limits.ts';
import { commitBatch } from './batch.ts';
import { type ContainerState, type ContainerSummary, type Engine, EngineError } from './engine.ts';
import type { Log } from './host.ts';
import type { Journal } from './journal.ts';
import { LABEL } from './labels.ts';
import { releaseAll } from './ledger.ts';
import { continueSet } from './operations/continueSet.ts';
import { withState } from './operations/intents.ts';
import type { ReplicaSetRecord, VersionRecord } from './records.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface ReconcilerParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly journal: Journal;
  readonly settings: Settings;
  readonly instance: string;
  readonly log: Log;
  readonly now: () => Date;
}

/** How a look came about: after an absence, containers may have been ended by the engine itself. */
export type Occasion = 'reconnect' | 'routine';

/** Exit codes of processes that were killed, or lost with their engine or host (Docker writes 255 then). */
const ENDED_FROM_OUTSIDE: ReadonlySet<number> = new Set([255, 137, 143]);
const ACTOR = 'berthd';

export class Reconciler {
  readonly #parts: ReconcilerParts;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  static readonly intervalMs = reconcileIntervalMs;

  /** Settles every operation that a crash or a lost engine has left open. One that cannot be settled holds up no other. */
  async recover(): Promise<void> {
    for (const intent of this.#parts.state.table('intent').values()) {
      try {
        await this.#parts.journal.settle(intent);
      } catch (error) {
        if (error instanceof EngineError && error.kind === 'down') throw error;
        const { id: operation, verb, name } = intent;
        this.#parts.log.error({ operation, verb, name, error }, 'an unfinished operation cannot be settled yet');
      }
    }
  }

  /** Every set, then the containers that belong to none. */
  async reconcile(occasion: Occasion): Promise<void> {
    for (const set of this.#parts.state.sets()) await this.checkSet(set.name, occasion);
    for (const container of await this.#parts.engine.listContainers()) await this.#checkStray(container);
  }

  /** Compares one set with its container, when its turn has come. */
  async checkSet(name: string, occasion: Occasion): Promise<void> {
    const startAgain = await this.#parts.journal.exclusively(name, () => this.#check(name, occasion));
    if (startAgain) await this.#startAgain(name);
  }

  /** True when the set is to be started again. */
  async #check(name: string, occasion: Occasion): Promise<boolean> {
    const { state, engine } = this.#parts;
    const set = state.table('set').get(name);
    const version = state.current(name);
    if (set === undefined || version === undefined || state.openIntents(name).length > 0) return false;
    if (set.desired === 'exited') await this.#releaseAfterGrace(set);
    if (set.desired !== 'running') return false;
    const container = await engine.inspectContainer(version.containerId);
    if (container?.running) return false;
    if (occasion === 'reconnect' && container !== undefined && wasEndedFromOutside(container)) return true;
    await this.#noteEnd(set, version, container);
    return false;
  }

  async #noteEnd(set: ReplicaSetRecord, version: VersionRecord, container: ContainerState | undefined): Promise<void> {
    const { state, store, log, now } = this.#parts;
    const reason = whyEnded(version, container);
    const free = container === undefined || container.exitCode === 0;
    const released = free ? releaseAll(state, set.name) : [];
    await commitBatch(state, store, [withState(set, 'exited', now().toISOString(), reason), ...released]);
    log.info({ name: set.name, reason }, 'a replicaSet ended by itself');
  }

  async #releaseAfterGrace(set: ReplicaSetRecord): Promise<void> {
    const { state, store, settings, now } = this.#parts;
    if (now().getTime() - Date.parse(set.stateSince) < settings.exitGraceMs) return;
    await commitBatch(state, store, releaseAll(state, set.name));
  }

  async #startAgain(name: string): Promise<void> {
    const { journal, log } = this.#parts;
    try {
      await journal.perform({ verb: 'continue', name, actor: ACTOR }, (ctx) => continueSet(ctx, { name }));
      log.info({ name }, 'started again after the engine was away');
    } catch (error) {
      log.warn({ name, error }, 'could not be started again after the engine was away');
      await journal.exclusively(name, () => this.#check(name, 'routine'));
    }
  }

  /** A late `create` of an operation that was undone long ago is the only stray that may be removed. */
  async #checkStray(container: ContainerSummary): Promise<void> {
    const { state, store, engine, log, instance } = this.#parts;
    const operation = container.labels[LABEL.operation];
    const name = container.labels[LABEL.replicaSet];
    if (container.labels[LABEL.instance] !== instance || operation === undefined || name === undefined) return;
    if (state.current(name)?.containerId === container.id || state.openIntents(name).length > 0) return;
    const ended = await store.get('audit', operation);
    const isOurs = ended?.result === 'failed' && ended.subject === name && container.name === `${name}-${ended.after}`;
    if (!isOurs) {
      log.warn(
        { container: container.name, id: container.id },
        'a container carries our labels but belongs to no record; left alone',
      );
      return;
    }
    await engine.remove(container.id);
    log.info({ container: container.name, operation }, 'removed a container of an operation that was undone');
  }
}

const wasEndedFromOutside = (container: ContainerState): boolean =>
  container.status === 'created' || (ENDED_FROM_OUTSIDE.has(container.exitCode) && !container.oomKilled);

function whyEnded(version: VersionRecord, container: ContainerState | undefined): string {
  if (container === undefined) return `container ${version.containerName} was removed outside Berth`;
  if (container.oomKilled) return 'killed: out of memory';
  return `ended by itself with exit code ${container.exitCode}`;
}
