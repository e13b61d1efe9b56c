/**
 * The REST answer: `{code, msg, data}`, for success and for failure alike.
 *
 * Not here: numbers and texts (common/errors.ts), which route fails with which fallback (the contract).
 */
import { maxHeaderSize } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { AppError, type ErrorCode, type ErrorReport, envelopeMessage, reportOf } from '../../common/errors.ts';
import { bodyBytesMax } from '../../common/limits.ts';

export interface Envelope {
  readonly code: number;
  readonly msg: string;
  readonly data: unknown;
}

export const jsonType = 'application/json; charset=utf-8';

export const success = (data: unknown): Envelope => ({ code: 200, msg: 'Success', data });

export const refusal = (report: ErrorReport): Envelope => ({
  code: report.number,
  msg: envelopeMessage(report),
  data: null,
});

/** `legacyStatus`: HTTP 200 whatever happened, for clients that look at `code` alone. */
export function sendRefusal(reply: FastifyReply, report: ErrorReport, legacyStatus: boolean): FastifyReply {
  if (report.retryAfterS !== undefined) reply.header('retry-after', report.retryAfterS);
  if (report.httpStatus === 401) reply.header('www-authenticate', 'Bearer realm="berth"');
  return reply
    .header('x-berth-error', report.code)
    .code(legacyStatus ? 200 : report.httpStatus)
    .type(jsonType)
    .send(refusal(report));
}

/** Where no answer can be made any more, or none was begun: the envelope and the door. */
export function refuseOnSocket(socket: Socket, report: ErrorReport): void {
  const body = JSON.stringify(refusal(report));
  const head = `HTTP/1.1 ${report.httpStatus} Refused\r\nContent-Type: ${jsonType}\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

/** The report of anything thrown while a request was served; Fastify's own refusals become ours. */
export const reportOfRest = (error: unknown, fallback?: number): ErrorReport =>
  reportOf(asAppError(error) ?? error, fallback);

/** Fastify's refusals that deserve better words than its own, which quote the request or name its inner parts. */
const REFUSALS: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['TOO_LARGE', `the body holds more than ${bodyBytesMax / 2 ** 20} MiB`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['MEDIA_TYPE', 'only JSON is taken'],
  FST_ERR_BAD_URL: ['BAD_INPUT', 'the path is not well encoded'],
  FST_ERR_MAX_PARAM_LENGTH: ['BAD_INPUT', 'a name in the path is too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['TOO_SLOW', 'the request did not come whole in time'],
  HPE_HEADER_OVERFLOW: ['TOO_LARGE', `URL and headers together hold more than ${maxHeaderSize / 2 ** 10} KiB`],
};

function asAppError(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || error instanceof AppError || !('code' in error)) return undefined;
  const known = REFUSALS[String(error.code)];
  if (known !== undefined) return new AppError(...known);
  return isRefusedByFastify(error) ? new AppError('BAD_INPUT', error.message, { cause: error }) : undefined;
}

const isRefusedByFastify = (error: Error): boolean =>
  'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
