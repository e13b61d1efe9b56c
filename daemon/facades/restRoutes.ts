/**
 * One route for each procedure of the contract that has one, and a plain 405 for every other method on its path.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { isAbsent, type RestRoute } from '../../common/contract/define.ts';
import { AppError } from '../../common/errors.ts';
import { type Caller, dispatch, ENTRIES, type Entry, type Services, type Transfer } from '../../common/services.ts';
import type { Log } from '../core/host.ts';
import { clientSignal } from './clientSignal.ts';
import { reportOfRest, success } from './envelope.ts';
import { inputReader } from './restInput.ts';
import { firstOf, sendStream } from './restStreams.ts';
import { bodyOf, headerOf, sendTransfer, takeBytes } from './restTransfers.ts';

export interface RouteContext {
  readonly services: Services;
  readonly log: Log;
  /** Fires when the server closes: streams end then. */
  readonly closing: AbortSignal;
}

export async function addRoutes(app: FastifyInstance, context: RouteContext): Promise<void> {
  for (const { entry, route } of ROUTES.filter((it) => !it.isBytes)) {
    app.route({ ...common(entry, route), handler: handlerOf(entry, route, context) });
  }
  await addByteRoutes(app, context);
}

/** Archives and logs. They get a context of their own, in which no body is read for them. */
export async function addByteRoutes(app: FastifyInstance, context: RouteContext): Promise<void> {
  await app.register(async (raw) => {
    takeBytes(raw);
    for (const { entry, route } of ROUTES.filter((it) => it.isBytes)) {
      const handler = entry.procedure.kind === 'transfer' ? transferOf : handlerOf;
      raw.route({ ...common(entry, route), handler: handler(entry, route, context) });
    }
  });
}

const ROUTES = ENTRIES.flatMap((entry) => {
  const { rest } = entry.procedure;
  if (isAbsent(rest)) return [];
  return [{ entry, route: rest, isBytes: entry.procedure.kind === 'transfer' || rest.stream === 'text' }];
});

const common = (entry: Entry, { method, path, stream, takes }: RestRoute) => ({
  method,
  url: path,
  config: { fallback: entry.fallback, takesBytes: takes !== undefined },
  exposeHeadRoute: method === 'GET' && stream === undefined,
  onRequest: refuseEmptyName,
});

type Handler = RouteOptions['handler'];

function handlerOf(entry: Entry, route: RestRoute, { services, log, closing }: RouteContext): Handler {
  const read = inputReader(entry.procedure.input, route);
  const { stream, streamIf, header } = route;
  if (stream === undefined || stream === 'tar') {
    return async (request, reply) => {
      const input = { ...read(request), ...keyOf(request) };
      const output = await dispatch(services, entry, callerOf(request, reply), input);
      return header === undefined ? success(output) : await reply.header(header, headerOf(output)).send();
    };
  }
  return async (request, reply) => {
    const input = read(request);
    const items = dispatch(services, entry, callerOf(request, reply, closing), input) as AsyncIterable<unknown>;
    const source = { items, report: (error: unknown) => reportLate(error, entry, log) };
    if (streamIf !== undefined && input[streamIf] !== true) return success(await firstOf(source));
    return await sendStream(reply, stream, source);
  };
}

function transferOf(entry: Entry, route: RestRoute, { services, closing }: RouteContext): Handler {
  const read = inputReader(entry.procedure.input, route);
  return async (request, reply) => {
    const caller = callerOf(request, reply, closing);
    const answer = await dispatch(services, entry, caller, read(request), bodyOf(request));
    return await sendTransfer(reply, route, answer as Transfer);
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

/** Fires before the server waits for its requests to end: streams would never. */
export function closingOf(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  return closing.signal;
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
    throw new AppError('METHOD_NOT_ALLOWED', `${url} takes ${allow}, and not ${request.method}`);
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
