/**
 * The REST face: the contract's routes under `/api/v1`, `/ping`, the OpenAPI document and its page.
 *
 * Invariants
 *  - Every answer but `/ping`, the documents and streams is the envelope, whatever went wrong and wherever.
 *
 * Not here: what guards the door (restGuards.ts), what a body may be (restBody.ts), routes (restRoutes.ts), failures
 * (restFailures.ts).
 */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { bodyBytesMax, textCharsMax } from '../../common/limits.ts';
import type { Services } from '../../common/services.ts';
import { addDocuments } from './documents.ts';
import { refuseOnSocket, reportOfRest, sendRefusal } from './envelope.ts';
import { takeJsonOnly } from './restBody.ts';
import { answerFailures, type FailureOptions } from './restFailures.ts';
import { type GuardOptions, guard, harden } from './restGuards.ts';
import { addRoutes, closingOf, watchMethods } from './restRoutes.ts';

export interface RestServerOptions extends GuardOptions, FailureOptions {
  readonly services: Services;
  /** Of the daemon, for the document. */
  readonly version: string;
}

/** A client has this long to send the head of a request. How long for the body: restBody.ts. */
const headTimeoutMs = 30_000;

export async function createRestServer(options: RestServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: 0, // Would end an archive that is on its way.
    // What still comes in by a socket that systemd keeps open is answered, and not in Fastify's own words.
    return503OnClosing: false,
    routerOptions: { maxParamLength: textCharsMax },
    frameworkErrors: (error, _request, reply) =>
      sendRefusal(harden(reply), reportOfRest(error), options.legacyStatus) as unknown as undefined,
    clientErrorHandler: refuseConnection,
    http: { requireHostHeader: false }, // The guard refuses it, in the envelope.
  });
  app.server.headersTimeout = headTimeoutMs;
  ignoreExpectations(app);
  const refuseOtherMethods = watchMethods(app);
  takeJsonOnly(app);
  guard(app, options);
  answerFailures(app, options);
  app.get('/ping', { config: { open: true } }, () => ({ message: 'pong' }));
  addDocuments(app, options.version);
  const context = { services: options.services, log: options.log, closing: closingOf(app) };
  await app.register(async (api) => addRoutes(api, context), { prefix: '/api/v1' });
  refuseOtherMethods();
  return app;
}

/** What is not even HTTP. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const report = reportOfRest(Object.assign(error, { statusCode: 400 }));
  refuseOnSocket(socket, report);
}

/** Node would answer in words of its own. What a client expects besides is not promised to it. */
function ignoreExpectations({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}
