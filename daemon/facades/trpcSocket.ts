/**
 * The Unix socket's face: tRPC over WebSockets at `/trpc`, the exec channel beside it at `/exec`, and archives and
 * logs over HTTP at the paths they have on the REST address.
 *
 * Invariants
 *  - Who calls is read from the connection itself, once, before anything is run for it.
 *  - A reader that stops costs a bounded amount of memory, whatever it subscribed to.
 *
 * Not here: the procedures (common/router.ts), who may do what (services.ts), opening the socket (listen.ts).
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { TRPCError } from '@trpc/server';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import fastify, { type FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { AttachOpen, execFrameSchema } from '../../common/contract/exec.ts';
import { AppError } from '../../common/errors.ts';
import { bodyBytesMax } from '../../common/limits.ts';
import { appRouter, type RouterContext, reportOfTrpc } from '../../common/router.ts';
import type { Identity, Services } from '../../common/services.ts';
import type { Log } from '../core/host.ts';
import { type OpenAttach, type OpenExec, serveExec } from './execChannel.ts';
import { drained, readOnlyWhileRead } from './pacing.ts';
import { closingOf } from './restRoutes.ts';
import { addSocketBytes } from './socketBytes.ts';

export interface TrpcServerOptions {
  readonly services: Services;
  /** Who is at the other end. Throws an AppError for somebody who may not call at all. */
  readonly identify: (socket: Socket) => Identity;
  readonly exec: OpenExec;
  readonly attach: OpenAttach;
  readonly log: Log;
  /** How long a client that does not answer its close frame may delay the end of the daemon. */
  readonly closeTimeoutMs?: number;
}

const callsPerMessageMax = 64;
const pingIntervalMs = 30_000;
const pongTimeoutMs = 10_000;
export async function createTrpcServer(options: TrpcServerOptions): Promise<FastifyInstance> {
  const app = fastify({ bodyLimit: bodyBytesMax });
  // Apart from its use, because the types of `ws` do not know `closeTimeout` yet.
  const sockets = { maxPayload: bodyBytesMax, perMessageDeflate: false, closeTimeout: options.closeTimeoutMs ?? 2_000 };
  await app.register(websocket, { options: sockets });
  const connect = trpcHandler(app, options);
  app.get('/trpc', { websocket: true }, (socket, request) => {
    readOnlyWhileRead(socket);
    connect(socket, request.raw);
  });
  app.get('/exec', { websocket: true }, (socket, request) => {
    const identity = identified(options, request.raw.socket);
    void serveExec(socket, { identity, first: execFrameSchema, open: options.exec, log: options.log });
  });
  app.get('/attach', { websocket: true }, (socket, request) => {
    const identity = identified(options, request.raw.socket);
    void serveExec(socket, { identity, first: () => AttachOpen, open: options.attach, log: options.log });
  });
  const context = { services: options.services, log: options.log, closing: closingOf(app) };
  await app.register(async (api) => addSocketBytes(api, (socket) => identified(options, socket), context), {
    prefix: '/api/v1',
  });
  return app;
}

function trpcHandler(app: FastifyInstance, options: TrpcServerOptions) {
  return getWSConnectionHandler({
    router: appRouter,
    wss: app.websocketServer,
    maxBatchSize: callsPerMessageMax,
    keepAlive: { enabled: true, pingMs: pingIntervalMs, pongWaitMs: pongTimeoutMs },
    createContext: ({ req, res, info }) => contextOf(options, req, res, info.signal),
    onError: ({ error, path }) => logFailure(options.log, error, path),
  });
}

function contextOf(
  options: TrpcServerOptions,
  request: IncomingMessage,
  client: WebSocket,
  signal: AbortSignal,
): RouterContext {
  const identity = identified(options, request.socket);
  return {
    services: options.services,
    caller: identity instanceof AppError ? identity : { ...identity, signal },
    paced: () => drained(client),
  };
}

function identified({ identify }: TrpcServerOptions, socket: Socket): Identity | AppError {
  try {
    return identify(socket);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** Expected failures are the client's to tell; what nobody expected is logged here, once. */
function logFailure(log: Log, error: TRPCError, path: string | undefined): void {
  const report = reportOfTrpc(error, path);
  if (report.code === 'INTERNAL') log.error({ err: error.cause ?? error, path }, 'a call failed unexpectedly');
  else log.debug({ code: report.code, path }, report.message);
}
