/**
 * patch and restart: the same set, recreated from how it is now, with whatever a patch changes.
 *
 * Another image begins with that image's files, unless the files are to be kept: then the container's own files go on
 * and only what the image says about its command is taken from the new one.
 */
import type { Operation } from '../effects.ts';
import { describeChanges } from '../specChanges.ts';
import { type PatchInput, patchedSpec } from '../versionSpec.ts';
import { spelledAsBound } from '../volumeUse.ts';
import { requireImage } from './checks.ts';
import type { OperationContext } from './context.ts';
import { imageDefaults } from './imageDefaults.ts';
import { requireSet } from './intents.ts';
import { type Recreation, recreate } from './recreate.ts';

export function* patch(ctx: OperationContext, input: PatchInput): Operation<{ containerName: string }> {
  const { version } = requireSet(ctx, input.name);
  const spec = patchedSpec(version.spec, spelledAsBound(ctx.state, version, input));
  const image = input.imageName == null ? undefined : yield* newImage(input.imageName, input.keepFiles ?? false);
  const changes = [
    ...describeChanges(version.spec, spec),
    ...(image === undefined ? [] : [image.keepFiles ? 'files kept' : `files of ${spec.imageName}`]),
  ];
  return yield* recreate(ctx, { name: input.name, verb: 'patch', spec, changes, ...(image && { image }) });
}

function* newImage(name: string, keepFiles: boolean): Operation<NonNullable<Recreation['image']>> {
  const image = yield* requireImage(name);
  return { defaults: imageDefaults(image), volumes: image.volumes, keepFiles };
}

export function* restart(
  ctx: OperationContext,
  input: { readonly name: string },
): Operation<{ containerName: string }> {
  const { version } = requireSet(ctx, input.name);
  return yield* recreate(ctx, { name: input.name, verb: 'restart', spec: version.spec, changes: [] });
}
