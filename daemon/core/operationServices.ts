/**
 * The operation procedures: what runs comes from memory with its steps, what has ended from the audit, which lasts.
 */
import { type OperationView, Verb } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { Services } from '../../common/router.ts';
import type { Journal } from './journal.ts';
import type { OperationLog } from './operationLog.ts';
import type { AuditRecord } from './records.ts';
import type { Store } from './store.ts';

export interface OperationParts {
  readonly operations: OperationLog;
  readonly store: Store;
  readonly journal: Journal;
}

export const operationServices = (parts: OperationParts): Services['operation'] => ({
  list: (input) => list(parts, input),
  get: ({ id }) => get(parts, id),
  cancel: async ({ id }, { actor }) => {
    const before = await get(parts, id);
    const isInTime = await parts.journal.cancel(id, actor);
    if (isInTime === undefined) throw new AppError('OPERATION_ENDED', `${words(before)} has ended already`);
    if (!isInTime) throw new AppError('OPERATION_COMMITTED', `${words(before)} is past its commit`);
    return get(parts, id);
  },
});

const words = ({ verb, name, id }: OperationView): string => `${verb} ${name} (${id})`;

/** The audit may hold more of them than memory, memory those that never got as far as an intent. */
async function list(
  { operations, store }: Pick<OperationParts, 'operations' | 'store'>,
  { name, limit }: { readonly name?: string | undefined; readonly limit: number },
): Promise<OperationView[]> {
  const known = operations.list();
  const ids = new Set(known.map(({ id }) => id));
  const audited = (await store.newest('audit', name === undefined ? limit : AUDIT_SEARCHED)).flatMap(viewAudit);
  const ended = [...known.filter(hasEnded), ...audited.filter(({ id }) => !ids.has(id))];
  return [...known.filter((it) => !hasEnded(it)), ...ended.toSorted(newestFirst)]
    .filter((operation) => name === undefined || operation.name === name)
    .slice(0, limit);
}

/** Those that ended from one moment to the other, the oldest first; those that run, where there is no other. */
export async function operationsSince(
  parts: Pick<OperationParts, 'operations' | 'store'>,
  span: { readonly name?: string | undefined; readonly fromMs: number; readonly toMs: number | undefined },
): Promise<OperationView[]> {
  const { name, fromMs, toMs } = span;
  const isWanted = ({ endedAt }: OperationView): boolean => {
    if (endedAt === null) return toMs === undefined;
    const ms = Date.parse(endedAt);
    return ms >= fromMs && (toMs === undefined || ms <= toMs);
  };
  return (await list(parts, { name, limit: AUDIT_SEARCHED })).filter(isWanted).toReversed();
}

/** The audit is kept in order of time alone. */
const AUDIT_SEARCHED = 5_000;

const hasEnded = ({ state }: OperationView): boolean => state !== 'running';
const newestFirst = (a: OperationView, b: OperationView): number => (a.id > b.id ? -1 : 1);

async function get({ operations, store }: OperationParts, id: string): Promise<OperationView> {
  const audit = operations.find(id) === undefined ? await store.get('audit', id) : undefined;
  const found = operations.find(id) ?? (audit === undefined ? undefined : viewAudit(audit)[0]);
  if (found === undefined) throw new AppError('OPERATION_NOT_FOUND', `there is no operation ${id}`);
  return found;
}

/** Empty for what is no operation: draining a GPU is one batch. */
function viewAudit({ id, verb, subject, actor, startedAt, at, result, message }: AuditRecord): OperationView[] {
  const known = Verb.safeParse(verb);
  if (!known.success) return [];
  const state = result === 'ok' ? 'succeeded' : 'undone';
  return [
    { id, verb: known.data, name: subject, actor, state, startedAt: startedAt ?? at, endedAt: at, steps: [], message },
  ];
}
