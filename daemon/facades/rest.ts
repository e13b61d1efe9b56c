/**
 * The REST face: the contract's routes under `/api/v1`, `/ping`, the OpenAPI document and its page.
 *
 * Invariants
 *  - Every answer but `/ping`, the documents and streams is the envelope, whatever went wrong and wherever.
 *  - What nobody expected is logged here, once, with its stack; the client gets the report alone.
 *
 * Not here: what guards the door (restGuards.ts), what a body may be (restBody.ts), routes (restRoutes.ts).
 */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { AppError } from '../../common/errors.ts';
import { bodyBytesMax, textCharsMax } from '../../common/limits.ts';
import type { Services } from '../../common/services.ts';
import type { Log } from '../core/host.ts';
import { addDocuments } from './documents.ts';
import { jsonType, refusal, reportOfRest, sendRefusal } from './envelope.ts';
import { takeJsonOnly } from './restBody.ts';
import { type GuardOptions, guard, harden } from './restGuards.ts';
import { addRoutes, watchMethods } from './restRoutes.ts';

export interface RestServerOptions extends GuardOptions {
  readonly services: Services;
  readonly log: Log;
  /** Answers always HTTP 200; the envelope's code tells. */
  readonly legacyStatus: boolean;
  /** Of the daemon, for the document. */
  readonly version: string;
}

/** A client has this long to send one whole request. */
const requestTimeoutMs = 30_000;

export async function createRestServer(options: RestServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    // What still comes in by a socket that systemd keeps open is answered, and not in Fastify's own words.
    return503OnClosing: false,
    routerOptions: { maxParamLength: textCharsMax },
    frameworkErrors: (error, _request, reply) =>
      sendRefusal(harden(reply), reportOfRest(error), options.legacyStatus) as unknown as undefined,
    clientErrorHandler: refuseConnection,
  });
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

function answerFailures(app: FastifyInstance, { log, legacyStatus }: RestServerOptions): void {
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

/** Fires before the server waits for its requests to end: streams would never. */
function closingOf(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  return closing.signal;
}

/** What is not even HTTP. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const report = reportOfRest(Object.assign(error, { statusCode: 400 }));
  const body = JSON.stringify(refusal(report));
  const head = `HTTP/1.1 ${report.httpStatus} Refused\r\nContent-Type: ${jsonType}\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
