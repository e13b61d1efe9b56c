/**
 * What a container's binds come to: the directory of a volume with a size, the name of a Docker volume, a host path.
 *
 * A volume is mounted before a container that has it bound is made or started: unmounted, its directory is not there,
 * the start fails, and nothing is written to the host's disk in its place.
 */
import type { Bind } from '../../../common/contract/fields.ts';
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, volumeHost } from '../effects.ts';
import { LABEL } from '../labels.ts';
import type { VolumeRecord } from '../records.ts';
import { findVolume, hostIdOf, requireVolume, volumeNameOf } from '../volumeUse.ts';
import type { OperationContext } from './context.ts';

/** The source of a bind that names a volume, mounted. Throws VOLUME_NOT_FOUND before anything is made. */
export function* volumeSource(ctx: OperationContext, src: string): Operation<string> {
  if (!ctx.state.table('volume').has(volumeNameOf(src))) return yield* foreignVolume(src);
  const volume = requireVolume(ctx, src);
  if (volume.dockerName !== null) return yield* plainVolume(volume, volume.dockerName);
  yield* volumeHost('mount', hostIdOf(volume));
  return ctx.volumes.path(hostIdOf(volume));
}

/** Docker would silently make an empty one of that name. */
function* plainVolume({ name }: VolumeRecord, dockerName: string): Operation<string> {
  if ((yield* engine('inspectVolume', dockerName)) !== undefined) return dockerName;
  throw new AppError('VOLUME_NOT_FOUND', `the Docker volume ${dockerName} of volume ${name} was removed outside Berth`);
}

/** One that somebody made with Docker. Those that Berth made for a set's own VOLUME lines are the set's alone. */
function* foreignVolume(name: string): Operation<string> {
  const volume = yield* engine('inspectVolume', name);
  if (volume === undefined) throw new AppError('VOLUME_NOT_FOUND', `volume ${name} does not exist`);
  if (LABEL.instance in volume.labels) throw new AppError('BIND_REFUSED', `volume ${name} belongs to Berth itself`);
  return name;
}

/** Before a container that is there already is started again. */
export function* mountVolumes(ctx: OperationContext, binds: readonly Bind[]): Operation<void> {
  for (const { src } of binds) {
    const volume = findVolume(ctx.state, src);
    if (volume !== undefined && volume.dockerName === null) yield* volumeHost('mount', hostIdOf(volume));
  }
}
