/** Archives and logs for callers on this host: the routes of the REST address, on the Unix socket, with its caller for a token. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../common/errors.ts';
import type { Identity } from '../../common/services.ts';
import { answerFailures } from './restFailures.ts';
import { addByteRoutes, type RouteContext } from './restRoutes.ts';

export async function addSocketBytes(
  app: FastifyInstance,
  identified: (socket: Socket) => Identity | AppError,
  context: RouteContext,
): Promise<void> {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request) => {
    const identity = identified(request.raw.socket);
    if (identity instanceof AppError) throw identity;
    request.identity = identity;
  });
  answerFailures(app, { log: context.log, legacyStatus: false });
  await addByteRoutes(app, context);
}
