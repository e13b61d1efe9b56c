/** What the user is told when the engine failed: one of our codes, with the engine's own reason. */
import { AppError, type ErrorCode } from '../../common/errors.ts';
import { EngineError, type EngineErrorKind } from './engine.ts';

const CODE: Readonly<Record<EngineErrorKind, ErrorCode>> = {
  down: 'ENGINE_DOWN',
  unknown: 'OUTCOME_UNKNOWN',
  notFound: 'ENGINE_FAILED',
  imageNotFound: 'IMAGE_NOT_FOUND',
  conflict: 'ENGINE_FAILED',
  portTaken: 'PORTS_BUSY',
  device: 'DEVICE_FAILED',
  noSpace: 'ENGINE_NO_SPACE',
  limits: 'ENGINE_FAILED',
  command: 'COMMAND_NOT_STARTED',
  failed: 'ENGINE_FAILED',
};

/** Anything else passes through. */
export const toAppError = (error: unknown): unknown =>
  error instanceof EngineError ? new AppError(CODE[error.kind], error.message, { cause: error }) : error;
