/**
 * Every failure a user can meet, in one table: code → REST number, HTTP status, tRPC key, hint.
 *
 * A number `'route'` means: the number that the route declares as its fallback (unknown set on stop: 1010), and where it
 * declares none the HTTP status itself.
 * A number `'http'` means: the HTTP status itself, for failures that the numbered contract does not know.
 *
 * Not here: who throws what. Broken invariants are plain `Error`s and show as INTERNAL.
 */

interface ErrorRow {
  readonly number: number | 'route' | 'http';
  readonly http: number;
  readonly trpc: TrpcKey;
  /** What to do, as a sentence; empty where the message already says it. */
  readonly hint: string;
  /** Seconds for `Retry-After`, where trying again later can help. */
  readonly retryAfterS?: number;
}

export type TrpcKey =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_SUPPORTED'
  | 'NOT_IMPLEMENTED'
  | 'CONFLICT'
  | 'UNPROCESSABLE_CONTENT'
  | 'TIMEOUT'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'SERVICE_UNAVAILABLE'
  | 'BAD_GATEWAY'
  | 'INTERNAL_SERVER_ERROR';

const row = (number: ErrorRow['number'], http: number, trpc: TrpcKey, hint = '', retryAfterS?: number): ErrorRow => ({
  number,
  http,
  trpc,
  hint,
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

export const ERRORS = {
  // The request itself, in the order in which several faults of one request are reported.
  BAD_INPUT: row(1000, 400, 'BAD_REQUEST'),
  IMAGE_NAME_EMPTY: row(1001, 400, 'BAD_REQUEST', 'Name an image that is on this host.'),
  NAME_EMPTY: row(1002, 400, 'BAD_REQUEST', 'Give the replicaSet a name.'),
  GPU_COUNT_NEGATIVE: row(1012, 400, 'BAD_REQUEST', 'Ask for 0 or more GPUs.'),
  NAME_HAS_DASH: row(1003, 400, 'BAD_REQUEST', 'Berth appends -VERSION itself; use letters, digits, _ and . instead.'),
  VOLUME_NAME_EMPTY: row(1024, 400, 'BAD_REQUEST', 'Give the volume a name.'),
  VOLUME_NAME_SLASH: row(1032, 400, 'BAD_REQUEST', 'Host directories are bound by their path; a volume has a name.'),
  VOLUME_NAME_DASH: row(
    1031,
    400,
    'BAD_REQUEST',
    'Berth appends -VERSION itself; use letters, digits, _ and . instead.',
  ),
  SIZE_NOT_SUPPORTED: row(1029, 400, 'BAD_REQUEST', 'Write a number and KB, MB, GB or TB, such as 20GB or 1.5TB.'),
  VERSION_NEGATIVE: row(1020, 400, 'BAD_REQUEST', 'Versions start at 1; `berth history NAME` lists them.'),
  BIND_REFUSED: row('route', 400, 'BAD_REQUEST'),
  ARCHIVE_INVALID: row('route', 400, 'BAD_REQUEST', 'Send a whole tar archive, as `tar cf -` writes it.'),
  NETWORK_REFUSED: row('http', 400, 'BAD_REQUEST', '`berth networks` lists the networks that a set can be on.'),
  PATH_NOT_DIRECTORY: row('route', 400, 'BAD_REQUEST', 'An archive is unpacked into a directory that is there.'),

  // What it names.
  NOT_FOUND: row('route', 404, 'NOT_FOUND', '`berth ls` lists the replicaSets.'),
  VERSION_NOT_FOUND: row('route', 404, 'NOT_FOUND', '`berth history NAME` lists the versions.'),
  IMAGE_NOT_FOUND: row('route', 404, 'NOT_FOUND', 'Images are not pulled by themselves: `docker pull` it first.'),
  OPERATION_NOT_FOUND: row(
    'http',
    404,
    'NOT_FOUND',
    '`berth ops` lists the running operations and the last that ended.',
  ),
  VOLUME_NOT_FOUND: row(
    'route',
    404,
    'NOT_FOUND',
    '`berth volume ls` lists the volumes; Berth never lets Docker invent one.',
  ),
  NETWORK_NOT_FOUND: row(
    'route',
    404,
    'NOT_FOUND',
    '`berth networks` lists the networks; `docker network create` makes one.',
  ),
  PATH_NOT_FOUND: row('route', 404, 'NOT_FOUND', '`berth exec NAME -- ls -la DIRECTORY` shows what is there.'),
  EXEC_NOT_FOUND: row('http', 404, 'NOT_FOUND', '`berth sessions` lists the sessions.'),
  LOGS_NOT_KEPT: row('http', 410, 'NOT_FOUND', 'The log of the current version is read without a version.'),
  GPU_NOT_FOUND: row('http', 404, 'NOT_FOUND', '`berth gpus` lists the GPUs.'),

  // The state it meets.
  NAME_TAKEN: row(1008, 409, 'CONFLICT', 'Choose another name, or `berth rm` the set first.'),
  SAME_VERSION: row(1022, 409, 'CONFLICT'),
  WRONG_STATE: row('route', 409, 'CONFLICT'),
  BIND_NOT_FOUND: row('route', 409, 'CONFLICT', '`berth info NAME` shows the binds.'),
  NETWORK_NOT_ATTACHED: row('http', 409, 'CONFLICT', '`berth networks of NAME` lists the networks it is on.'),
  SNAPSHOT_MISSING: row(
    'route',
    409,
    'CONFLICT',
    'Its files were removed from Docker by hand; roll back to another version.',
  ),
  LEASES_TAKEN: row('route', 409, 'CONFLICT', 'Use restart: it takes other GPUs and ports.'),
  COMMAND_NOT_STARTED: row(
    'route',
    409,
    'CONFLICT',
    'Check that the command exists in the container and may be executed.',
  ),
  OPERATION_COMMITTED: row(
    'http',
    409,
    'CONFLICT',
    'Its outcome stands; `berth rollback` takes a change of a set back.',
  ),
  OPERATION_ENDED: row('http', 409, 'CONFLICT', '`berth ops show ID` tells how it ended.'),
  CANCELLED: row('route', 409, 'CONFLICT', 'Everything is as it was before; ask again when it is wanted.'),
  KEY_REUSED: row('http', 422, 'UNPROCESSABLE_CONTENT', 'Take a new idempotency key for each new request.'),
  VOLUME_TAKEN: row(1026, 409, 'CONFLICT', 'Choose another name, or `berth volume rm` the volume first.'),
  SAME_SIZE: row(1028, 409, 'CONFLICT'),
  SIZE_BELOW_USED: row(1030, 409, 'CONFLICT', 'Delete files in it first, or ask for more.'),
  SIZE_NOT_ENFORCEABLE: row('route', 409, 'CONFLICT'),
  VOLUME_NO_ROOM: row('route', 409, 'CONFLICT', 'Ask for less, or make room on the disk that holds the volumes.'),
  VOLUME_IN_USE: row('route', 409, 'CONFLICT'),
  VOLUME_BUSY: row('route', 503, 'SERVICE_UNAVAILABLE', 'Try again when that has ended; `berth events` shows it.', 5),
  GPUS_BUSY: row(1013, 503, 'SERVICE_UNAVAILABLE', '`berth gpus` shows who holds what.', 30),
  GPUS_IMPOSSIBLE: row(1013, 409, 'CONFLICT', 'No waiting will help: ask for fewer.'),
  PORTS_BUSY: row(1014, 503, 'SERVICE_UNAVAILABLE', '`berth ports` shows who holds what.', 30),
  PORTS_IMPOSSIBLE: row(1014, 409, 'CONFLICT', 'Ask for fewer, or widen the port range in the configuration.'),

  // The host.
  ENGINE_DOWN: row('route', 503, 'SERVICE_UNAVAILABLE', 'Start Docker; Berth goes on by itself once it answers.', 5),
  ENGINE_FAILED: row('route', 502, 'BAD_GATEWAY'),
  ENGINE_REFUSED: row('route', 400, 'BAD_REQUEST'),
  ENGINE_NO_SPACE: row('route', 502, 'BAD_GATEWAY', 'Make room on the disk that holds Docker, then try again.'),
  OUTCOME_UNKNOWN: row('route', 502, 'BAD_GATEWAY', 'Look with `berth info NAME` before you try again.'),
  VOLUME_FAILED: row('route', 502, 'BAD_GATEWAY', 'See the log of berthd.'),
  DEVICE_FAILED: row('route', 502, 'BAD_GATEWAY', 'The GPU is quarantined; `berth gpus` shows why.'),
  STARTING: row('route', 503, 'SERVICE_UNAVAILABLE', 'berthd is still recovering; try again in a moment.', 2),
  STOPPING: row('route', 503, 'SERVICE_UNAVAILABLE', 'Try again once it runs again.', 5),
  STORE_DAMAGED: row(
    'route',
    503,
    'SERVICE_UNAVAILABLE',
    'Nothing was changed, and reads go on. `berthd doctor` says what is damaged and what to do.',
  ),
  BACKUP_FAILED: row(
    'http',
    503,
    'SERVICE_UNAVAILABLE',
    'Make room there, or set backup.dir; the log of berthd has the details.',
  ),
  STORE_FAILED: row(
    'route',
    503,
    'SERVICE_UNAVAILABLE',
    'Nothing was changed. See the log of berthd; is the disk full?',
    30,
  ),

  // The face.
  NOT_OFFERED: row(
    'http',
    501,
    'NOT_IMPLEMENTED',
    'Publish the port on one address of the host: `--port ADDRESS:PORT`.',
  ),
  UNAUTHENTICATED: row(
    'http',
    401,
    'UNAUTHORIZED',
    'Send `Authorization: Bearer TOKEN`; the first one is in DATA/admin.token.',
  ),
  FORBIDDEN: row('http', 403, 'FORBIDDEN'),
  NO_ROUTE: row('http', 404, 'NOT_FOUND', '/docs lists every route.'),
  METHOD_NOT_ALLOWED: row('http', 405, 'METHOD_NOT_SUPPORTED'),
  TOO_SLOW: row('http', 408, 'TIMEOUT'),
  TOO_LARGE: row('http', 413, 'PAYLOAD_TOO_LARGE'),
  MEDIA_TYPE: row('http', 415, 'UNSUPPORTED_MEDIA_TYPE', 'Send `Content-Type: application/json`.'),
  INTERNAL: row(500, 500, 'INTERNAL_SERVER_ERROR', 'The log of berthd has the details.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** The text that belongs to each number, to the letter of the REST contract. */
export const NUMBER_TEXT: Readonly<Record<number, string>> = {
  500: 'Server busy',
  1000: 'Failed to parse body',
  1001: 'Image name cannot be empty',
  1002: 'Container name cannot be empty',
  1003: 'Container name cannot contain dash',
  1004: 'Failed to start container',
  1005: 'Failed to delete container',
  1006: 'Failed to execute a command',
  1007: 'Failed to patch container',
  1008: 'Container already exists',
  1009: "Container doesn't need patch",
  1010: 'Failed to stop container',
  1011: 'Failed to restart container',
  1012: 'GPU count must be greater than or equal to 0',
  1013: 'Not enough GPU resources',
  1014: 'Not enough port resources',
  1015: 'Failed to commit image',
  1016: 'Failed to get container info, container not found',
  1017: 'Failed to get container history, container not found',
  1018: 'Failed to shut down container',
  1019: 'Failed to start up container',
  1020: 'Container version must be greater than or equal to 0',
  1021: 'Failed to rollback container',
  1022: "Container doesn't need rollback, the current version is the same as the requested version",
  1023: 'Failed to create volume',
  1024: 'Volume name cannot be empty',
  1025: 'Failed to delete volume',
  1026: 'Volume already exists',
  1027: 'Volume name must contain the version number',
  1028: "Volume doesn't need patch, as it is the same size before and after the update",
  1029: 'Volume size units are not supported, supported units: KB, MB, GB, TB',
  1030: 'Failed to patch volume size, the patch size is smaller than the used size',
  1031: 'Volume name cannot contain dash',
  1032: 'Volume name must not begin with /',
  1033: 'Failed to get volume info',
  1034: 'Failed to get volume history',
  1035: 'Failed to patch volume',
};

/** Facts a program may want beside the message; plain JSON. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | readonly number[]>>;

/** An expected failure. `message` says what failed, on what and why; the table adds what to do. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}

/** What every face tells of a failure; the same on all of them. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly number: number;
  readonly httpStatus: number;
  readonly message: string;
  readonly hint: string;
  readonly details: ErrorDetails;
  readonly retryAfterS?: number;
}

/** `fallback`: the number of the route or procedure that failed; the HTTP status where it declares none. */
export function reportOf(error: unknown, fallback?: number): ErrorReport {
  const known = error instanceof AppError ? error : new AppError('INTERNAL', 'an unexpected failure', { cause: error });
  const { number, http, hint, retryAfterS } = ERRORS[known.code] as ErrorRow;
  return {
    code: known.code,
    number: number === 'route' ? (fallback ?? http) : number === 'http' ? http : number,
    httpStatus: http,
    message: known.message,
    hint,
    details: known.details,
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  };
}

/** The `msg` of the REST envelope: the number's own text, then what happened and what to do. */
export function envelopeMessage(report: ErrorReport): string {
  const detail = [report.message, report.hint].filter(Boolean).join('. ');
  const text = NUMBER_TEXT[report.number];
  return text === undefined ? detail : `${text}: ${detail}`;
}
