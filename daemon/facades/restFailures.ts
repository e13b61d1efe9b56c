/** Every failure of a request becomes the envelope; what nobody expected is logged here, once, with its stack. */
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../common/errors.ts';
import type { Log } from '../core/host.ts';
import { reportOfRest, sendRefusal } from './envelope.ts';

export interface FailureOptions {
  readonly log: Log;
  /** Answers always HTTP 200; the envelope's code tells. */
  readonly legacyStatus: boolean;
}

export function answerFailures(app: FastifyInstance, { log, legacyStatus }: FailureOptions): void {
  app.setErrorHandler((error, request, reply) => {
    const report = reportOfRest(error, request.routeOptions.config.fallback);
    const facts = { method: request.method, url: request.url, actor: request.identity?.actor };
    if (report.code === 'INTERNAL') log.error({ ...facts, err: error }, 'a request failed unexpectedly');
    else log.debug({ ...facts, code: report.code }, report.message);
    return sendRefusal(reply, report, legacyStatus);
  });
  app.setNotFoundHandler(({ method, url }) => {
    throw new AppError('NO_ROUTE', `there is no route ${method} ${url.split('?')[0]}`);
  });
}
