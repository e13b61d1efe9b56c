/**
 * What a failed call to Docker means. Docker's texts differ from version to version, so a failure is known by its HTTP
 * status and by fragments that all versions from 20.10 on share.
 *
 * Invariant: a call that was sent and not answered is `unknown`, never a failure; it may still take effect.
 */
import { EngineError, type EngineErrorKind } from '../core/engine.ts';

/** The first that matches decides. */
const BY_TEXT: readonly (readonly [fragment: RegExp, kind: EngineErrorKind])[] = [
  [/port is already allocated|address already in use|ports are not available/i, 'portTaken'],
  [/no space left on device|disk quota exceeded/i, 'noSpace'],
  [/could not select device driver|unknown device|nvidia-container|nvml|CDI device/i, 'device'],
  [/error setting rlimit/i, 'limits'],
  [/no such image/i, 'imageNotFound'],
  [/already exists in network|already connected to network|already attached to network/i, 'conflict'],
  [/is not connected to (the )?network/i, 'notFound'],
  [/user specified IP address|network-scoped alias|no configured subnet|Address already in use/i, 'invalid'],
  // Said with status 500 by Docker 20.10.
  [/is not paused/i, 'conflict'],
  [/: exec: "|chdir to cwd|unable to find user|unable to find group/i, 'command'],
];

const BY_STATUS: Readonly<Record<number, EngineErrorKind>> = { 400: 'invalid', 404: 'notFound', 409: 'conflict' };

/** Failures of a connection that was never made. */
const NOT_CONNECTED = [
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'EPERM',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/** A refusal of Docker, as dockerode reports it. */
interface Refusal {
  readonly statusCode: number;
  readonly json?: { readonly message?: string } | null;
}

interface SystemFailure extends Error {
  readonly code?: string;
  readonly syscall?: string;
}

/** `what` completes "Docker could not …". */
export function engineErrorOf(failure: unknown, what: string, address: string): EngineError {
  if (failure instanceof EngineError) return failure;
  const action = withShortIds(what);
  const cause = failure instanceof Error ? failure : new Error(String(failure));
  if (isRefusal(cause)) return refusalOf(cause, action);
  if (wasNeverSent(cause))
    return new EngineError('down', `nothing answers at ${address} (${cause.message})`, { cause });
  const message = `Docker did not say whether it could ${action}: ${cause.message}`;
  return new EngineError('unknown', message, { cause });
}

/** As `docker ps` shows them: nobody knows a container by its 64 digits. */
const withShortIds = (text: string): string => text.replaceAll(/\b[0-9a-f]{64}\b/g, (id) => id.slice(0, 12));

/** What Docker says in the stream of an exec, or of an import, instead of in a status. */
export function kindOfText(text: string): EngineErrorKind | undefined {
  return BY_TEXT.find(([fragment]) => fragment.test(text))?.[1];
}

export const isNotModified = (failure: unknown): boolean =>
  (failure as { readonly statusCode?: unknown } | null)?.statusCode === 304;

function refusalOf(refusal: Error & Refusal, what: string): EngineError {
  const text = refusal.json?.message ?? refusal.message.replace(/^\(HTTP code \d+\) .*? - /, '');
  const kind = kindOfText(text) ?? BY_STATUS[refusal.statusCode] ?? 'failed';
  const port = kind === 'portTaken' ? portIn(text) : undefined;
  const message = `Docker could not ${what}: ${text.trim()}`;
  return new EngineError(kind, message, { cause: refusal, ...(port === undefined ? {} : { port }) });
}

/** `Bind for :::8080 failed`, `listen tcp4 0.0.0.0:8080: bind`, `host port for 0.0.0.0:8080:172.17.0.2:80/tcp`. */
function portIn(text: string): number | undefined {
  const [, port] = /(?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]*\]|::):(\d+)/i.exec(text) ?? [];
  return port === undefined ? undefined : Number(port);
}

const isRefusal = (failure: Error): failure is Error & Refusal =>
  typeof (failure as Partial<Refusal>).statusCode === 'number';

const wasNeverSent = ({ code, syscall }: SystemFailure): boolean =>
  code !== undefined && NOT_CONNECTED.includes(code) && (syscall === undefined || /connect|getaddrinfo/.test(syscall));
