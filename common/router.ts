/**
 * The tRPC router, built from the contract over the services that the daemon provides.
 *
 * Invariants
 *  - Input is plain JSON, checked against a strict schema; superjson is used outwards only.
 *  - Every failure reaches the client as a report in `data.report`; stacks stay in the daemon.
 *
 * Not here: checks and calls (services.ts), the socket (daemon/facades/trpcSocket.ts).
 */
import {
  initTRPC,
  TRPCError,
  type TRPCMutationProcedure,
  type TRPCQueryProcedure,
  type TRPCSubscriptionProcedure,
} from '@trpc/server';
import type { z } from 'zod';
import type { Procedure } from './contract/define.ts';
import type { Contract } from './contract/index.ts';
import { AppError, ERRORS, type ErrorCode, type ErrorReport, reportOf } from './errors.ts';
import { type Caller, dispatch, ENTRIES, type Entry, type OutputOf, type Services } from './services.ts';
import { transformer } from './transformer.ts';

export type { Caller, Identity, Role, Services } from './services.ts';

/** What a face hands to the router with each connection. */
export interface RouterContext {
  readonly services: Services;
  /** Who is connected; or why nobody could be told, which every call is then answered with. */
  readonly caller: Caller | AppError;
  /** Resolves once the client has read most of what it was sent, or has left. */
  readonly paced: () => Promise<void>;
}

const t = initTRPC.context<RouterContext>().create({
  transformer,
  isDev: false,
  errorFormatter: ({ shape, error, path }): typeof shape & { data: { report: ErrorReport } } => {
    const report = reportOfTrpc(error, path);
    return { ...shape, message: report.message, data: { ...shape.data, report } };
  },
});

/** What tRPC itself refuses, before any procedure of ours runs. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  NOT_FOUND: 'NO_ROUTE',
  METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
  BAD_REQUEST: 'BAD_INPUT',
  PARSE_ERROR: 'BAD_INPUT',
  UNPROCESSABLE_CONTENT: 'BAD_INPUT',
};

/** The report of an error as tRPC hands it on: ours is its cause, anything else is tRPC's own or unexpected. */
export function reportOfTrpc(error: TRPCError, path: string | undefined): ErrorReport {
  const fallback = ENTRIES.find((entry) => entry.path === path)?.fallback;
  const refusal = REFUSALS[error.code];
  if (error.cause instanceof AppError || refusal === undefined) return reportOf(error.cause ?? error, fallback);
  return reportOf(new AppError(refusal, error.message), fallback);
}

/** Every change can be given a key under which it has one effect, however often it is sent. */
type Raw<P extends Procedure> = P['kind'] extends 'mutation'
  ? z.input<P['input']> & { readonly idempotencyKey?: string }
  : z.input<P['input']>;
type RouterProcedure<P extends Procedure> = P['kind'] extends 'query'
  ? TRPCQueryProcedure<{ input: Raw<P>; output: OutputOf<P>; meta: unknown }>
  : P['kind'] extends 'mutation'
    ? TRPCMutationProcedure<{ input: Raw<P>; output: OutputOf<P>; meta: unknown }>
    : TRPCSubscriptionProcedure<{ input: Raw<P>; output: AsyncIterable<OutputOf<P>, void, unknown>; meta: unknown }>;
/** Transfers are not among them: their bytes go over HTTP, on the same socket. */
type RouterRecord = {
  [G in keyof Contract]: {
    [P in keyof Contract[G] as Contract[G][P] extends Procedure<'transfer'>
      ? never
      : P]: Contract[G][P] extends Procedure ? RouterProcedure<Contract[G][P]> : never;
  };
};

interface Call {
  readonly ctx: RouterContext;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
}

function run(entry: Entry, { ctx, input }: Call, signal?: AbortSignal): unknown {
  if (ctx.caller instanceof AppError) throw ctx.caller;
  return dispatch(ctx.services, entry, signal === undefined ? ctx.caller : { ...ctx.caller, signal }, input);
}

async function answer(entry: Entry, call: Call): Promise<unknown> {
  try {
    return await run(entry, call);
  } catch (error) {
    throw toTrpcError(error);
  }
}

/** A subscription ends with its own signal, which may come before the connection's. */
async function* items(entry: Entry, call: Call): AsyncGenerator<unknown, void> {
  try {
    for await (const item of run(entry, call, call.signal) as AsyncIterable<unknown>) {
      yield item;
      await call.ctx.paced();
    }
  } catch (error) {
    throw toTrpcError(error);
  }
}

function toTrpcError(error: unknown): TRPCError {
  const { code, message } = reportOf(error);
  return new TRPCError({ code: ERRORS[code].trpc, message, cause: error });
}

function build(entry: Entry) {
  const base = t.procedure.input((raw: unknown) => raw);
  if (entry.procedure.kind === 'query') return base.query((call) => answer(entry, call));
  if (entry.procedure.kind === 'mutation') return base.mutation((call) => answer(entry, call));
  return base.subscription((call) => items(entry, call));
}

const called = ENTRIES.filter(({ procedure }) => procedure.kind !== 'transfer');
const groups = Object.entries(Object.groupBy(called, (entry) => entry.group)).map(([group, entries = []]) => [
  group,
  t.router(Object.fromEntries(entries.map((entry) => [entry.name, build(entry)]))),
]);

export const appRouter = t.router(Object.fromEntries(groups) as unknown as RouterRecord);
export type AppRouter = typeof appRouter;
