/** rollback: an earlier version's files and configuration become the next version. Volumes stay as they are. */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, readVersion } from '../effects.ts';
import type { Snapshot, VersionRecord } from '../records.ts';
import { describeChanges } from '../specChanges.ts';
import type { OperationContext } from './context.ts';
import { requireSet } from './intents.ts';
import { recreate } from './recreate.ts';

export interface RollbackInput {
  readonly name: string;
  readonly version: number;
}

export interface RolledBack {
  readonly containerName: string;
  diff: string[];
}

/** To the version as it was last amended. */
export function* rollback(ctx: OperationContext, input: RollbackInput): Operation<RolledBack> {
  const { version: current } = requireSet(ctx, input.name);
  const target = checkTarget(current, input.version, yield* readVersion(input.name, input.version));
  const snapshot = requireSnapshot(target);
  if ((yield* engine('inspectImage', snapshot.tag)) === undefined) throw snapshotMissing(target);
  const diff = describeChanges(current.spec, target.spec);
  const recreated = yield* recreate(ctx, {
    name: input.name,
    verb: 'rollback',
    spec: target.spec,
    changes: diff,
    from: { version: target, snapshot },
  });
  return { ...recreated, diff };
}

/** The version to return to. Throws SAME_VERSION for the current one, VERSION_NOT_FOUND for one that never was. */
export function checkTarget(current: VersionRecord, wanted: number, target: VersionRecord | undefined): VersionRecord {
  if (wanted === current.version) throw new AppError('SAME_VERSION', `${current.name} is at version ${wanted} already`);
  if (target === undefined) throw new AppError('VERSION_NOT_FOUND', `${current.name} has no version ${wanted}`);
  return target;
}

/** Throws SNAPSHOT_MISSING for a version whose files were never saved. */
export function requireSnapshot(target: VersionRecord): Snapshot {
  if (target.snapshot === null) throw snapshotMissing(target);
  return target.snapshot;
}

const snapshotMissing = ({ name, version }: VersionRecord): AppError =>
  new AppError('SNAPSHOT_MISSING', `the snapshot of ${name} version ${version} is gone`);
