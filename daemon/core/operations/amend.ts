/**
 * Amendments: live changes, recorded on the current version. They stand in its spec, so the next version and a
 * rollback to this one have them too; who made them, when and what is kept beside it.
 */
import { type Change, put, type VersionRecord, type VersionSpec, versionKey } from '../records.ts';
import { type OperationContext, stamp } from './context.ts';

export function amended(
  ctx: OperationContext,
  version: VersionRecord,
  spec: VersionSpec,
  changes: readonly string[],
): Change {
  const amendment = { at: stamp(ctx), actor: ctx.actor, operation: ctx.id, changes };
  const amendments = [...version.amendments, amendment];
  return put('version', versionKey(version.name, version.version), { ...version, spec, amendments });
}
