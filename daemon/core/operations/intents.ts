/** Opening and closing intents: the rows that make an operation recoverable. */
import type { Verb } from '../../../common/contract/views.ts';
import { AppError } from '../../../common/errors.ts';
import type { Idempotency } from '../../../common/services.ts';
import { type Operation, write } from '../effects.ts';
import type { ContainerState } from '../engine.ts';
import { releaseAdded } from '../ledger.ts';
import { type Change, del, type IntentRecord, put, type ReplicaSetRecord, type VersionRecord } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';

/** The answer is never left out: a request that is sent again is told it. */
type Facts = Partial<Omit<IntentRecord, 'id' | 'verb' | 'name' | 'actor' | 'startedAt'>> & { readonly answer: unknown };

export const intentOf = (ctx: OperationContext, verb: Verb, name: string, facts: Facts): IntentRecord => ({
  id: ctx.id,
  verb,
  name,
  actor: ctx.actor,
  startedAt: stamp(ctx),
  phase: 'prepared',
  container: null,
  snapshotTag: null,
  newVersion: null,
  previous: null,
  addedGpus: [],
  addedPorts: [],
  volumes: [],
  ...facts,
  answer: ctx.answers?.(facts.answer) ?? facts.answer,
  ...(ctx.idempotency === undefined ? {} : { idempotency: ctx.idempotency }),
});

export const open = (intent: IntentRecord): Change => put('intent', intent.id, intent);

/** The operation is over: its intent goes; its audit row, and its answer to a repetition, stand in the same batch. */
export function close(intent: IntentRecord, at: string, outcome: { failed?: string; before?: number } = {}): Change[] {
  return [
    del('intent', intent.id),
    put('audit', intent.id, {
      id: intent.id,
      at,
      startedAt: intent.startedAt,
      actor: intent.actor,
      verb: intent.verb,
      subject: intent.name,
      before: outcome.before ?? intent.previous?.version ?? null,
      after: intent.newVersion,
      result: outcome.failed === undefined ? 'ok' : 'failed',
      message: outcome.failed ?? null,
    }),
    ...(outcome.failed === undefined ? answered(intent.idempotency, intent.answer, at) : []),
  ];
}

/** What makes a change and its answer to a repetition one batch. */
export const answered = (idempotency: Idempotency | undefined, answer: unknown, at: string): Change[] =>
  idempotency === undefined ? [] : [put('idem', idempotency.key, { hash: idempotency.hash, answer, at })];

/** The answer that its client was given before it could be brought to its end. */
export const givenAnswer = ({ state }: Pick<OperationContext, 'state'>, { idempotency }: IntentRecord): unknown =>
  idempotency === undefined ? undefined : state.table('idem').get(idempotency.key)?.answer;

/** The last step of every undo: what was added is released, the intent ends. */
export function* closeUndone(ctx: OperationContext, intent: IntentRecord, ...more: readonly Change[]): Operation<void> {
  const released = releaseAdded(ctx.state, intent.name, intent.addedGpus, intent.addedPorts);
  yield* write(
    ...released,
    ...more,
    ...settledStarts(ctx, intent.name),
    ...close(intent, stamp(ctx), { failed: ctx.failure ?? 'cut off' }),
  );
}

/** Starts of a set whose outcome was not known: by now they are stopped, or their containers are gone. */
export const settledStarts = ({ state }: Pick<OperationContext, 'state'>, name: string): Change[] =>
  [...state.table('unknown').values()].filter((it) => it.name === name).map((it) => del('unknown', it.container));

/** The set and its current version; NOT_FOUND for an unknown name and for one that is being deleted. */
export function requireSet(
  ctx: Pick<OperationContext, 'state'>,
  name: string,
): { set: ReplicaSetRecord; version: VersionRecord } {
  const set = ctx.state.table('set').get(name);
  const version = ctx.state.current(name);
  if (set === undefined || version === undefined || set.deleting !== null) {
    const base = name.replace(/-\d+$/, '');
    const meant =
      base !== name && ctx.state.table('set').has(base) ? `; did you mean ${base}? Names carry no version` : '';
    throw new AppError('NOT_FOUND', `there is no replicaSet ${name}${meant}`);
  }
  return { set, version };
}

/** Where an operation begins. A container that runs although its set should not is not to run again afterwards. */
export const startingPoint = (
  { set, version }: { readonly set: ReplicaSetRecord; readonly version: VersionRecord },
  container: ContainerState | undefined,
): NonNullable<IntentRecord['previous']> => ({
  container: version.containerId,
  version: version.version,
  ran: container?.running === true && (set.desired === 'running' || set.desired === 'frozen'),
});

export const withState = (
  set: ReplicaSetRecord,
  desired: ReplicaSetRecord['desired'],
  at: string,
  reason: string | null = null,
): Change => put('set', set.name, { ...set, desired, stateSince: at, reason });
