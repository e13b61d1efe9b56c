/**
 * rename: every record of a set under another name, in one batch. Its container keeps the old name until the next
 * version, and its snapshots theirs for good; labels find the set by its uid.
 *
 * Invariant: no container name is ever used twice. The old name keeps its high-water mark, since a container of that
 * name is still there; the new one goes on from the higher of both, since versions of a set only rise.
 *
 * Effects: one batch, so there is nothing to undo.
 */
import { AppError } from '../../../common/errors.ts';
import { type Operation, readVersions, write } from '../effects.ts';
import { type Change, del, put, type VersionRecord, versionKey } from '../records.ts';
import { amended } from './amend.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, intentOf, requireSet } from './intents.ts';

export interface RenameInput {
  readonly name: string;
  readonly newName: string;
}

export function* rename(ctx: OperationContext, { name, newName }: RenameInput): Operation<{ name: string }> {
  const { state } = ctx;
  const { set, version } = requireSet(ctx, name);
  if (newName === name) throw new AppError('NAME_TAKEN', `${name} has that name already`);
  if (state.table('set').has(newName) || state.openIntents(newName).length > 0)
    throw new AppError('NAME_TAKEN', `a replicaSet ${newName} exists`);
  const versions = yield* readVersions(name);
  const answer = { name: newName };
  const intent = intentOf(ctx, 'rename', name, { answer });
  yield* write(
    del('set', name),
    put('set', newName, { ...set, name: newName }),
    put('hw', newName, Math.max(state.highWater(newName), state.highWater(name))),
    ...versions.flatMap((it) => movedVersion(it, newName)),
    amended(ctx, { ...version, name: newName }, version.spec, [`name ${name} > ${newName}`]),
    ...movedRows(ctx, name, newName),
    ...close(intent, stamp(ctx), { before: version.version }),
  );
  return answer;
}

const movedVersion = (version: VersionRecord, name: string): Change[] => [
  del('version', versionKey(version.name, version.version)),
  put('version', versionKey(name, version.version), { ...version, name }),
];

/** Leases, starts of unknown outcome, and operations that were committed and could not be finished yet. */
const movedRows = ({ state }: OperationContext, from: string, name: string): Change[] => [
  ...state.gpusOf(from).map((lease) => put('gpuLease', lease.uuid, { ...lease, name })),
  ...state.portsOf(from).map((lease) => put('portLease', String(lease.hostPort), { ...lease, name })),
  ...[...state.table('unknown').values()]
    .filter((start) => start.name === from)
    .map((start) => put('unknown', start.container, { ...start, name })),
  ...state.openIntents(from).map((intent) => put('intent', intent.id, { ...intent, name })),
];
