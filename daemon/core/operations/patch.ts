/** patch and restart: the same set, recreated from how it is now, with another number of GPUs or another bind. */
import type { Bind } from '../../../common/contract/fields.ts';
import { AppError } from '../../../common/errors.ts';
import type { Operation } from '../effects.ts';
import type { VersionSpec } from '../records.ts';
import { describeChanges } from '../specChanges.ts';
import type { OperationContext } from './context.ts';
import { requireSet } from './intents.ts';
import { recreate } from './recreate.ts';

export interface PatchInput {
  readonly name: string;
  readonly gpuPatch?: { readonly gpuCount: number } | null | undefined;
  readonly volumePatch?: { readonly oldBind: Bind; readonly newBind: Bind } | null | undefined;
}

export function* patch(ctx: OperationContext, input: PatchInput): Operation<{ containerName: string }> {
  const { version } = requireSet(ctx, input.name);
  const spec = patchedSpec(version.spec, input);
  return yield* recreate(ctx, { name: input.name, verb: 'patch', spec, changes: describeChanges(version.spec, spec) });
}

export function* restart(
  ctx: OperationContext,
  input: { readonly name: string },
): Operation<{ containerName: string }> {
  const { version } = requireSet(ctx, input.name);
  return yield* recreate(ctx, { name: input.name, verb: 'restart', spec: version.spec, changes: [] });
}

/** Throws BIND_NOT_FOUND when `oldBind` is none of the set's binds. */
export function patchedSpec(spec: VersionSpec, patch: PatchInput): VersionSpec {
  const gpuCount = patch.gpuPatch?.gpuCount ?? spec.gpuCount;
  if (patch.volumePatch == null) return { ...spec, gpuCount };
  const { oldBind, newBind } = patch.volumePatch;
  const at = spec.binds.findIndex((bind) => bind.src === oldBind.src && bind.dest === oldBind.dest);
  if (at === -1) throw new AppError('BIND_NOT_FOUND', `${patch.name} has no bind ${oldBind.src}:${oldBind.dest}`);
  return { ...spec, gpuCount, binds: spec.binds.with(at, newBind) };
}
