/**
 * What a late answer of the engine left behind: containers, snapshots and volumes of operations that were undone.
 *
 * Invariants
 *  - Removes only what names an operation that is known to have ended, and holds nothing of a user's: made by an
 *    operation that was undone, never started, or of a set that was deleted.
 *  - What carries our labels and fits no record is reported, once, and left alone.
 */
import { lateAnswerMs } from '../../common/limits.ts';
import { engine, readAudit } from './effects.ts';
import { type ContainerState, type ContainerSummary, EngineError, type VolumeSummary } from './engine.ts';
import type { Log } from './host.ts';
import { LABEL, snapshotParts, volumePrefix } from './labels.ts';
import { ensureRemoved, ensureUntagged, ensureVolumeRemoved } from './operations/settle.ts';
import { operationIn, recordFrom } from './recordLabel.ts';
import type { AuditRecord, Change } from './records.ts';
import { look, quietly, type Round } from './round.ts';
import type { State } from './state.ts';

export interface StraysParts {
  readonly state: State;
  readonly instance: string;
  readonly log: Log;
  readonly now: () => Date;
}

export class Strays {
  readonly #parts: StraysParts;
  readonly #reported = new Set<string>();
  /** Only an undone operation or a delete leaves snapshots and volumes: a look at all of them is not always worth it. */
  #lateUntilMs: number;

  constructor(parts: StraysParts) {
    this.#parts = parts;
    this.#lateUntilMs = parts.now().getTime() + lateAnswerMs;
    parts.state.onCommitted((changes) => {
      if (changes.some(leavesTraces)) this.#expectLateAnswers();
    });
  }

  /** Throws only when the engine is down. */
  *sweep(): Round<void> {
    for (const container of yield* look(engine('listContainers'))) {
      yield* this.#tolerating(this.#sweepContainer(container));
    }
    if (this.#parts.now().getTime() >= this.#lateUntilMs) return;
    const images = yield* look(engine('listImages'));
    for (const tag of images.flatMap((image) => image.tags)) yield* this.#tolerating(this.#sweepSnapshot(tag));
    for (const { id, tags } of images) if (tags.length === 0) yield* this.#tolerating(this.#sweepUnnamed(id));
    for (const volume of yield* look(engine('listVolumes'))) yield* this.#tolerating(this.#sweepVolume(volume));
  }

  #expectLateAnswers(): void {
    this.#lateUntilMs = this.#parts.now().getTime() + lateAnswerMs;
  }

  *#sweepContainer(container: ContainerSummary): Round<void> {
    const { state, log, instance } = this.#parts;
    const operation = container.labels[LABEL.operation];
    const name = container.labels[LABEL.replicaSet];
    if (container.labels[LABEL.instance] !== instance || operation === undefined || name === undefined) return;
    const owner = state.byUid(container.labels[LABEL.uid])?.name ?? name;
    if (state.current(owner)?.containerId === container.id || state.openIntents(owner).length > 0) return;
    const ended = yield* look(readAudit(operation));
    const details = yield* look(engine('inspectContainer', container.id));
    if (details === undefined) return;
    if (!isOfNoUse(ended, container, details)) return this.#report(container);
    const volumes = volumesOfNobody(state, details);
    yield* quietly(owner, function* (ctx) {
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
    const isSetThere = state.byUid(parts.uid) !== undefined;
    if (isSetThere && ended.result !== 'failed') return;
    yield* quietly(ended.subject, () => ensureUntagged(tag));
    log.info({ image: tag, operation: ended.id }, 'removed a snapshot that no version refers to');
  }

  /** A snapshot that the engine did not live to give its name. Its operation made another one, or was undone. */
  *#sweepUnnamed(image: string): Round<void> {
    const { log, instance } = this.#parts;
    const comment = (yield* look(engine('inspectImage', image)))?.comment;
    const operation = operationIn(comment);
    if (operation === undefined || recordFrom(comment)?.instance !== instance) return;
    const ended = yield* look(readAudit(operation));
    if (ended === undefined) return;
    yield* quietly(ended.subject, () => ensureUntagged(image));
    const isGone = (yield* look(engine('inspectImage', image))) === undefined;
    if (isGone) log.info({ image, operation }, 'removed a snapshot that never got its name');
  }

  /** One that stands for a VOLUME line of an image, of a set that never came to be or was deleted. */
  *#sweepVolume({ name, labels }: VolumeSummary): Round<void> {
    const { state, log, instance } = this.#parts;
    const uid = labels[LABEL.uid];
    const operation = labels[LABEL.operation];
    if (labels[LABEL.instance] !== instance || uid === undefined || operation === undefined) return;
    const ended = name.startsWith(volumePrefix(uid)) ? yield* look(readAudit(operation)) : undefined;
    if (ended === undefined || state.byUid(uid) !== undefined) return;
    yield* quietly(ended.subject, () => ensureVolumeRemoved(name));
    log.info({ volume: name, operation }, 'removed a volume that came after its operation had ended');
  }

  #report({ id, name }: ContainerSummary): void {
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    this.#parts.log.warn(
      { container: name, id },
      'a container carries our labels but belongs to no record; left alone',
    );
  }

  /** What cannot be dealt with now is tried again with the next sweep. */
  *#tolerating(work: Round<void>): Round<void> {
    try {
      yield* work;
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'down') throw error;
      this.#parts.log.warn({ error }, 'something left behind could not be removed; tried again later');
      this.#expectLateAnswers();
    }
  }
}

/** Whether a container is of an operation that ended in vain, or of one that never started it: nothing of a user's is in it. */
export function isOfNoUse(
  ended: AuditRecord | undefined,
  { name, labels }: Pick<ContainerSummary, 'name' | 'labels'>,
  { startedAt }: Pick<ContainerState, 'startedAt'>,
): boolean {
  const set = labels[LABEL.replicaSet];
  const isItsOwn = ended !== undefined && ended.subject === set && name === `${set}-${ended.after}`;
  return isItsOwn && (ended.result === 'failed' || startedAt === null);
}

const leavesTraces = (change: Change): boolean =>
  change.table === 'audit' &&
  !('del' in change) &&
  (change.value.result === 'failed' || change.value.verb === 'delete');

/** Volumes that the engine made for a container whose set never came to be, or is gone. */
function volumesOfNobody(state: State, { labels, binds }: ContainerState): string[] {
  const uid = labels[LABEL.uid] ?? '';
  if (state.byUid(uid) !== undefined) return [];
  return binds.map((bind) => bind.split(':')[0] ?? '').filter((source) => source.startsWith(volumePrefix(uid)));
}
