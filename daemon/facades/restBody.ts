/**
 * Bodies that REST takes: JSON, and nothing else. An absent, empty or `null` body is an empty one.
 *
 * What tools such as curl call an empty body does not matter, so its type is looked at only when there is something.
 * A page of another origin may post forms and plain text to any address without asking; it may not post JSON.
 *
 * Not here: archives (restTransfers.ts); which fields there may be. Schemas are strict, so `__proto__` is refused like any unknown one.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError, reportOf } from '../../common/errors.ts';
import { refuseOnSocket } from './envelope.ts';

/** A client has this long to send a whole body. */
const bodyTimeoutMs = 30_000;

export function takeJsonOnly(app: FastifyInstance, timeoutMs = bodyTimeoutMs): void {
  app.addHook('onRequest', async (request) => limitTime(request, timeoutMs));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => parse(String(body)),
  );
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) => {
    if (body.length > 0) throw new AppError('MEDIA_TYPE', 'only JSON is taken');
  });
}

/** Archives take as long as they take. */
function limitTime({ raw, routeOptions }: FastifyRequest, timeoutMs: number): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
  if (routeOptions.config.takesBytes === true || (encoding === undefined && (length ?? '0') === '0')) return;
  const tooLate = setTimeout(() => {
    const slow = new AppError('TOO_SLOW', `the body did not come whole within ${timeoutMs / 1000} s`);
    refuseOnSocket(raw.socket, reportOf(slow));
    raw.destroy();
  }, timeoutMs);
  raw.once('close', () => clearTimeout(tooLate));
}

function parse(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('BAD_INPUT', `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
