/**
 * Whether a volume can be given another size, and what that takes. Pure: the operation and its plan judge alike.
 *
 * Not here: looking (operations/resizeVolume.ts), doing it (volumeHost.ts).
 */
import { AppError } from '../../common/errors.ts';
import { formatBytes } from '../../common/units.ts';
import { volumeSizeBytes } from '../../common/volumeSize.ts';
import type { VersionRecord, VolumeRecord } from './records.ts';
import type { VolumeLook, VolumeSupport } from './volumeHost.ts';

export interface ResizeWish {
  readonly size: string;
  /** Sets that use it may be stopped for it. */
  readonly restartUsers?: boolean | null | undefined;
}

export interface ResizeFacts {
  /** Undefined: the host knows nothing of it. */
  readonly look: VolumeLook | undefined;
  readonly freeBytes: number;
  /** Sets whose containers have it open. */
  readonly running: readonly VersionRecord[];
  readonly support: VolumeSupport;
}

export interface ResizeVerdict {
  readonly sizeBytes: number;
  /** It stays mounted, and whoever uses it notices nothing. */
  readonly inPlace: boolean;
  /** What has to be stopped, and is brought back. */
  readonly stops: readonly VersionRecord[];
}

/** Throws SIZE_NOT_ENFORCEABLE, SAME_SIZE, SIZE_BELOW_USED, VOLUME_NO_ROOM, VOLUME_IN_USE. */
export function judgeResize(volume: VolumeRecord, wish: ResizeWish, facts: ResizeFacts): ResizeVerdict {
  const { name } = volume;
  const sizeBytes = volumeSizeBytes(wish.size) ?? 0;
  if (volume.sizeBytes === null)
    throw new AppError(
      'SIZE_NOT_ENFORCEABLE',
      `volume ${name} was made without a size, as a Docker volume, which can be given none; make another with a size and copy`,
    );
  if (sizeBytes === volume.sizeBytes) throw new AppError('SAME_SIZE', `volume ${name} has ${volume.size} already`);
  const usedBytes = facts.look?.usedBytes ?? 0;
  if (sizeBytes < usedBytes)
    throw new AppError(
      'SIZE_BELOW_USED',
      `volume ${name} holds ${formatBytes(usedBytes)}; asked for are ${wish.size}`,
      {
        details: { usedBytes, askedBytes: sizeBytes },
      },
    );
  refuseWithoutRoom(volume, wish, sizeBytes, facts);
  const grows = sizeBytes > volume.sizeBytes;
  const inPlace = volume.backend === 'quota' || (grows && facts.support.growsInUse);
  const stops = inPlace ? [] : facts.running;
  if (stops.length > 0 && wish.restartUsers !== true) throw inUse(volume, grows, stops);
  return { sizeBytes, inPlace, stops };
}

function refuseWithoutRoom(volume: VolumeRecord, { size }: ResizeWish, sizeBytes: number, facts: ResizeFacts): void {
  const moreBytes = sizeBytes - (volume.sizeBytes ?? 0);
  if (volume.thin || moreBytes <= facts.freeBytes) return;
  const free = formatBytes(facts.freeBytes);
  throw new AppError(
    'VOLUME_NO_ROOM',
    `volume ${volume.name} would take ${formatBytes(moreBytes)} more for ${size}; the disk that holds the volumes has ${free} free`,
    { details: { askedBytes: moreBytes, freeBytes: facts.freeBytes } },
  );
}

function inUse({ name }: VolumeRecord, grows: boolean, stops: readonly VersionRecord[]): AppError {
  const sets = stops.map((version) => version.name);
  const what = grows ? 'grow' : 'shrink';
  return new AppError(
    'VOLUME_IN_USE',
    `volume ${name} cannot ${what} while ${sets.join(', ')} ${sets.length === 1 ? 'runs' : 'run'} on it: stop them first, ` +
      'or ask for restartUsers (--restart-users), which brings them back as their next versions',
    { details: { sets } },
  );
}

/** Where the bytes went. */
export function resizedNote(before: VolumeRecord, after: VolumeRecord): string {
  const grew = (after.sizeBytes ?? 0) > (before.sizeBytes ?? 0);
  const how =
    after.backend === 'quota'
      ? 'its limit was changed, every file stayed where it was'
      : grew
        ? 'grown in place, every file stayed where it was'
        : 'every file was copied into a smaller image, and the larger one removed';
  return `from ${before.size}: ${how}`;
}
