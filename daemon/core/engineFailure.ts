/** What the user is told when engine or host failed: one of our codes, with their own reason. */
import { AppError, type ErrorCode } from '../../common/errors.ts';
import { EngineError, type EngineErrorKind } from './engine.ts';
import { VolumeHostError, type VolumeHostErrorKind } from './volumeHost.ts';

const CODE: Readonly<Record<EngineErrorKind, ErrorCode>> = {
  down: 'ENGINE_DOWN',
  unknown: 'OUTCOME_UNKNOWN',
  notFound: 'ENGINE_FAILED',
  pathNotFound: 'PATH_NOT_FOUND',
  notDirectory: 'PATH_NOT_DIRECTORY',
  badArchive: 'ARCHIVE_INVALID',
  imageNotFound: 'IMAGE_NOT_FOUND',
  conflict: 'ENGINE_FAILED',
  portTaken: 'PORTS_BUSY',
  device: 'DEVICE_FAILED',
  invalid: 'ENGINE_REFUSED',
  noSpace: 'ENGINE_NO_SPACE',
  limits: 'ENGINE_FAILED',
  command: 'COMMAND_NOT_STARTED',
  failed: 'ENGINE_FAILED',
};

const VOLUME_CODE: Readonly<Record<VolumeHostErrorKind, ErrorCode>> = {
  noRoom: 'VOLUME_NO_ROOM',
  tooSmall: 'SIZE_BELOW_USED',
  inUse: 'VOLUME_IN_USE',
  missing: 'VOLUME_FAILED',
  failed: 'VOLUME_FAILED',
};

/** Anything else passes through. */
export function toAppError(error: unknown): unknown {
  if (error instanceof EngineError) return new AppError(CODE[error.kind], error.message, { cause: error });
  if (error instanceof VolumeHostError) return new AppError(VOLUME_CODE[error.kind], error.message, { cause: error });
  return error;
}
