/**
 * What can go wrong between a client and the daemon, and the one form in which every client tells it.
 *
 * Not here: failures that the daemon reports (errors.ts); they arrive as an ErrorReport and keep their words.
 */
import { AppError, type ErrorDetails, type ErrorReport, reportOf } from './errors.ts';

/**
 *  - reported: the daemon answered that it failed
 *  - unreachable: no daemon, or none that answers
 *  - unknownOutcome: the daemon went away in the middle of a change
 *  - fault: a fault in the client itself
 */
export type FailureKind = 'reported' | 'unreachable' | 'unknownOutcome' | 'fault';

export interface Failure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly number: number | null;
  readonly message: string;
  readonly hint: string;
  readonly details: ErrorDetails;
}

/** A failure that the daemon did not report through tRPC. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly kind: FailureKind;
  readonly code: string;
  readonly hint: string;

  constructor(kind: FailureKind, message: string, options: { hint: string; code?: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? CODES[kind];
    this.hint = options.hint;
  }
}

const CODES: Readonly<Record<FailureKind, string>> = {
  reported: 'INTERNAL',
  unreachable: 'UNREACHABLE',
  unknownOutcome: 'OUTCOME_UNKNOWN',
  fault: 'INTERNAL',
};

/** The connection was lost under a call. A change may have happened or not; a read certainly changed nothing. */
export function cutOff(path: string, changes: boolean, cause?: unknown): ClientError {
  if (!changes) {
    return new ClientError('unreachable', `berthd went away before it answered ${path}`, {
      hint: 'Nothing was changed. Try again once it is back.',
      cause,
    });
  }
  return new ClientError('unknownOutcome', `berthd went away in the middle of ${path}: its outcome is unknown`, {
    hint: 'When it is back it finishes or undoes what it began. Look with `berth ls` before you try again.',
    cause,
  });
}

/** Reads any error that a call through client.ts or execClient.ts can throw. */
export function failureOf(error: unknown): Failure {
  const report = reportIn(error);
  if (report !== undefined) return { kind: 'reported', ...report };
  if (error instanceof AppError) return { kind: 'reported', ...reportOf(error) };
  const own = error instanceof ClientError ? error : error instanceof Error ? error.cause : undefined;
  if (own instanceof ClientError) {
    return { kind: own.kind, code: own.code, number: null, message: own.message, hint: own.hint, details: {} };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'fault', code: 'INTERNAL', number: null, message, hint: '', details: {} };
}

/** The report that the router puts into `data` of every tRPC error. */
function reportIn(error: unknown): ErrorReport | undefined {
  if (!(error instanceof Error) || !('data' in error)) return undefined;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('report' in data)) return undefined;
  return data.report as ErrorReport;
}
