/**
 * One route for each procedure of the contract that has one, and a plain 405 for every other method on its path.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { isAbsent, type RestRoute } from '../../common/contract/define.ts';
import { AppError } from '../../common/errors.ts';
import { type Caller, dispatch, ENTRIES, type Entry, type Services } from '../../common/services.ts';
import type { Log } from '../core/host.ts';
import { clientSignal } from './clientSignal.ts';
import { reportOfRest, success } from './envelope.ts';
import { sendLines } from './ndjson.ts';
import { inputReader } from './restInput.ts';

export interface RouteContext {
  readonly services: Services;
  readonly log: Log;
  /** Fires when the server closes: streams end then. */
  readonly closing: AbortSignal;
}

export function addRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const entry of ENTRIES) {
    if (!isAbsent(entry.procedure.rest)) app.route(routeOf(entry, entry.procedure.rest, context));
  }
}

function routeOf(entry: Entry, route: RestRoute, context: RouteContext): RouteOptions {
  const read = inputReader(entry.procedure.input, route);
  const call = (request: FastifyRequest, caller: Caller) =>
    dispatch(context.services, entry, caller, { ...read(request), ...keyOf(request) });
  return {
    method: route.method,
    url: route.path,
    config: { fallback: entry.fallback },
    exposeHeadRoute: route.stream === undefined,
    onRequest: refuseEmptyName,
    handler:
      route.stream === undefined
        ? async (request, reply) => success(await call(request, callerOf(request, reply)))
        : async (request, reply) => {
            const caller = callerOf(request, reply, context.closing);
            const items = call(request, caller) as AsyncIterable<unknown>;
            return await sendLines(reply, { items, report: (error) => reportLate(error, entry, context.log) });
          },
  };
}

/** What the header says wins over a field of the body. */
function keyOf({ headers, method }: FastifyRequest): { readonly idempotencyKey?: unknown } {
  const key = headers['idempotency-key'];
  return key === undefined || method === 'GET' || method === 'HEAD' ? {} : { idempotencyKey: key };
}

/** Before the body is looked at: a path that names nothing is told so whatever came with it. */
async function refuseEmptyName({ params }: FastifyRequest): Promise<void> {
  const { name } = params as { readonly name?: string };
  if (name === '') throw new AppError('NAME_EMPTY', 'the name in the path is empty');
}

function callerOf(request: FastifyRequest, reply: FastifyReply, closing?: AbortSignal): Caller {
  if (request.identity === null) throw new Error(`${request.url} was reached without a caller`);
  const left = clientSignal(request, reply);
  return { ...request.identity, signal: closing === undefined ? left : AbortSignal.any([left, closing]) };
}

function reportLate(error: unknown, entry: Entry, log: Log) {
  const report = reportOfRest(error, entry.fallback);
  if (report.code === 'INTERNAL') log.error({ err: error, path: entry.path }, 'a stream failed unexpectedly');
  return report;
}

/** To be called before the first route. The result adds, after the last, a 405 for each method a path lacks. */
export function watchMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    taken.set(url, new Set([...(taken.get(url) ?? []), ...[method].flat()]));
  });
  return () => {
    for (const [url, methods] of taken) refuseOthers(app, url, methods);
  };
}

function refuseOthers(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const allow = [...methods].join(', ');
  const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allow);
    throw new AppError('METHOD_NOT_ALLOWED', `${request.method} is not one of ${allow}`);
  };
  // In onRequest, before the body is looked at.
  app.route({
    method: app.supportedMethods.filter((method) => !methods.has(method)),
    url,
    exposeHeadRoute: false,
    onRequest: refuse,
    handler: refuse,
  });
}
