/**
 * What a late answer of the engine left behind: containers, snapshots and volumes of operations that were undone.
 *
 * Invariants
 *  - Removes only what names an operation that is known to have ended, and holds nothing of a user's: made by an
 *    operation that was undone, never started, or of a set that was deleted.
 *  - What carries our labels and fits no record is reported, once, and left alone.
 */
import { engine, readAudit } from './effects.ts';
import { type ContainerState, type ContainerSummary, EngineError } from './engine.ts';
import type { Log } from './host.ts';
import { LABEL, snapshotParts, volumePrefix } from './labels.ts';
import { ensureRemoved, ensureUntagged, ensureVolumeRemoved } from './operations/settle.ts';
import { look, quietly, type Round } from './round.ts';
import type { State } from './state.ts';

export interface StraysParts {
  readonly state: State;
  readonly instance: string;
  readonly log: Log;
}

export class Strays {
  readonly #parts: StraysParts;
  readonly #reported = new Set<string>();
  /** Only an operation that was undone can leave a snapshot, so a look at every image is not always worth it. */
  #someUndone = true;

  constructor(parts: StraysParts) {
    this.#parts = parts;
    parts.state.onCommitted((changes) => {
      const undone = changes.some((it) => it.table === 'audit' && !('del' in it) && it.value.result === 'failed');
      if (undone) this.#someUndone = true;
    });
  }

  /** Throws only when the engine is down. */
  *sweep(): Round<void> {
    for (const container of yield* look(engine('listContainers'))) {
      yield* this.#tolerating(this.#sweepContainer(container));
    }
    if (!this.#someUndone) return;
    this.#someUndone = false;
    const images = yield* look(engine('listImages'));
    for (const tag of images.flatMap((image) => image.tags)) {
      if (!(yield* this.#tolerating(this.#sweepSnapshot(tag)))) this.#someUndone = true;
    }
  }

  *#sweepContainer(container: ContainerSummary): Round<void> {
    const { state, log, instance } = this.#parts;
    const operation = container.labels[LABEL.operation];
    const name = container.labels[LABEL.replicaSet];
    if (container.labels[LABEL.instance] !== instance || operation === undefined || name === undefined) return;
    if (state.current(name)?.containerId === container.id || state.openIntents(name).length > 0) return;
    const ended = yield* look(readAudit(operation));
    const details = yield* look(engine('inspectContainer', container.id));
    if (details === undefined) return;
    const isItsOwn = ended?.subject === name && container.name === `${name}-${ended.after}`;
    const isOfNoUse = isItsOwn && (ended.result === 'failed' || details.startedAt === null);
    if (!isOfNoUse) return this.#report(container);
    const volumes = volumesOfNobody(state, name, details);
    yield* quietly(name, function* (ctx) {
      yield* ensureRemoved(ctx, container.id);
      for (const volume of volumes) yield* ensureVolumeRemoved(volume);
    });
    log.info({ container: container.name, operation }, 'removed a container that came after its operation had ended');
  }

  *#sweepSnapshot(tag: string): Round<void> {
    const { state, log } = this.#parts;
    const parts = snapshotParts(tag);
    const ended = parts === undefined ? undefined : yield* look(readAudit(parts.operation));
    if (parts === undefined || ended === undefined) return;
    const isSetThere = state.table('set').get(ended.subject)?.uid === parts.uid;
    if (isSetThere && ended.result !== 'failed') return;
    yield* quietly(ended.subject, () => ensureUntagged(tag));
    log.info({ image: tag, operation: ended.id }, 'removed a snapshot that no version refers to');
  }

  #report({ id, name }: ContainerSummary): void {
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    this.#parts.log.warn(
      { container: name, id },
      'a container carries our labels but belongs to no record; left alone',
    );
  }

  /** Whether it went through. */
  *#tolerating(work: Round<void>): Round<boolean> {
    try {
      yield* work;
      return true;
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'down') throw error;
      this.#parts.log.warn({ error }, 'something left behind could not be removed; tried again later');
      return false;
    }
  }
}

/** Volumes that the engine made for a container whose set never came to be, or is gone. */
function volumesOfNobody(state: State, name: string, { labels, binds }: ContainerState): string[] {
  const uid = labels[LABEL.uid] ?? '';
  if (state.table('set').get(name)?.uid === uid) return [];
  return binds.map((bind) => bind.split(':')[0] ?? '').filter((source) => source.startsWith(volumePrefix(uid)));
}
