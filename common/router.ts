/**
 * The tRPC router, built from the contract over the services that the daemon provides.
 *
 * Invariants
 *  - Input is plain JSON, checked against a strict schema; superjson is used outwards only.
 *  - Every failure reaches the client as an AppError's report; stacks stay in the daemon.
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
import { type Contract, contract } from './contract/index.ts';
import { parseInput } from './contract/parse.ts';
import { AppError, ERRORS, type ErrorReport, reportOf } from './errors.ts';
import { transformer } from './transformer.ts';

export type Role = 'view' | 'operate' | 'admin';

/** Who asks. `signal` fires when the client has left. */
export interface Caller {
  readonly actor: string;
  readonly role: Role;
  readonly signal: AbortSignal;
}

type Output<P extends Procedure> = z.output<P['output']>;
type Service<P extends Procedure> = P['kind'] extends 'subscription'
  ? (input: z.output<P['input']>, caller: Caller) => AsyncIterable<Output<P>>
  : (input: z.output<P['input']>, caller: Caller) => Promise<Output<P>>;

/** What the daemon's core provides: one function for each procedure of the contract. */
export type Services = {
  readonly [G in keyof Contract]: {
    readonly [P in keyof Contract[G]]: Contract[G][P] extends Procedure ? Service<Contract[G][P]> : never;
  };
};

/** What a face hands to the router with each call. `paced` waits until the client has read what it was sent. */
export interface RouterContext {
  readonly services: Services;
  readonly caller: Caller;
  readonly paced: () => Promise<void>;
}

const ROLES: readonly Role[] = ['view', 'operate', 'admin'];

/** Throws FORBIDDEN when the caller's role does not reach the procedure's. */
export function authorize(procedure: Procedure, caller: Caller): void {
  if (ROLES.indexOf(caller.role) >= ROLES.indexOf(procedure.access)) return;
  throw new AppError('FORBIDDEN', `this needs the role ${procedure.access}; ${caller.actor} has ${caller.role}`);
}

const t = initTRPC.context<RouterContext>().create({
  transformer,
  isDev: false,
  errorFormatter: ({ shape, error }): typeof shape & { data: { report: ErrorReport } } => ({
    ...shape,
    data: { ...shape.data, report: reportOf(error.cause ?? error) },
  }),
});

type Raw<P extends Procedure> = z.input<P['input']>;
type RouterProcedure<P extends Procedure> = P['kind'] extends 'query'
  ? TRPCQueryProcedure<{ input: Raw<P>; output: Output<P>; meta: unknown }>
  : P['kind'] extends 'mutation'
    ? TRPCMutationProcedure<{ input: Raw<P>; output: Output<P>; meta: unknown }>
    : TRPCSubscriptionProcedure<{ input: Raw<P>; output: AsyncIterable<Output<P>, void, unknown>; meta: unknown }>;
type RouterRecord = {
  [G in keyof Contract]: {
    [P in keyof Contract[G]]: Contract[G][P] extends Procedure ? RouterProcedure<Contract[G][P]> : never;
  };
};

type AnyService = (input: unknown, caller: Caller) => unknown;

function build(group: string, name: string, procedure: Procedure) {
  const base = t.procedure.input((raw: unknown) => raw);
  const prepare = (ctx: RouterContext, raw: unknown): [AnyService, unknown] => {
    authorize(procedure, ctx.caller);
    const services = ctx.services as unknown as Record<string, Record<string, AnyService>>;
    const service = services[group]?.[name];
    if (service === undefined) throw new Error(`no service for ${group}.${name}`);
    return [service, parseInput(procedure.input, raw)];
  };
  const call = async ({ ctx, input }: { ctx: RouterContext; input: unknown }): Promise<unknown> => {
    try {
      const [service, parsed] = prepare(ctx, input);
      return await service(parsed, ctx.caller);
    } catch (error) {
      throw toTrpcError(error);
    }
  };
  if (procedure.kind === 'query') return base.query(call);
  if (procedure.kind === 'mutation') return base.mutation(call);
  return base.subscription(async function* ({ ctx, input, signal }) {
    try {
      const caller = signal === undefined ? ctx.caller : { ...ctx.caller, signal };
      const [service, parsed] = prepare({ ...ctx, caller }, input);
      for await (const item of service(parsed, caller) as AsyncIterable<unknown>) {
        yield item;
        await ctx.paced();
      }
    } catch (error) {
      throw toTrpcError(error);
    }
  });
}

function toTrpcError(error: unknown): TRPCError {
  const report = reportOf(error);
  return new TRPCError({ code: ERRORS[report.code].trpc, message: report.message, cause: error });
}

const groups = Object.entries(contract).map(([group, procedures]) => [
  group,
  t.router(
    Object.fromEntries(Object.entries(procedures).map(([name, it]) => [name, build(group, name, it as Procedure)])),
  ),
]);

export const appRouter = t.router(Object.fromEntries(groups) as unknown as RouterRecord);
export type AppRouter = typeof appRouter;
