/**
 * What stands between the faces and the daemon's core: one function for each procedure, and the one way to call it.
 *
 * Invariants
 *  - No service runs before the caller's role and the input were checked.
 *  - Every face goes through `dispatch`, so that the same request fails the same way on all of them.
 *
 * Not here: how a request arrives (router.ts for tRPC, daemon/facades for the rest), what a service does (daemon/core).
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Access, isAbsent, type Procedure } from './contract/define.ts';
import { type Contract, contract } from './contract/index.ts';
import { parseInput } from './contract/parse.ts';
import { AppError } from './errors.ts';

export type Role = Access;

/** A person or program, as a face came to know it. */
export interface Identity {
  readonly actor: string;
  readonly role: Role;
}

/** What makes a repeated request known: who sent it under which key, and what it asked for. */
export interface Idempotency {
  /** `ACTOR/KEY`: the keys of two people never meet. */
  readonly key: string;
  /** SHA-256 of procedure and input. */
  readonly hash: string;
}

/** Who asks. `signal` fires when the client has left. */
export interface Caller extends Identity {
  readonly signal: AbortSignal;
  /** Of a change that its client may send again: it has one effect. */
  readonly idempotency?: Idempotency | undefined;
}

/** Bytes as they come; whoever reads slowly slows their source down. */
export type Bytes = AsyncIterable<Uint8Array>;

/** What a transfer answers with; `bytes` where its route sends some. */
export interface Transfer<Output = unknown> {
  readonly output: Output;
  readonly bytes?: Bytes;
}

export type OutputOf<P extends Procedure> = z.output<P['output']>;
type Service<P extends Procedure> = P['kind'] extends 'subscription'
  ? (input: z.output<P['input']>, caller: Caller) => AsyncIterable<OutputOf<P>>
  : P['kind'] extends 'transfer'
    ? (input: z.output<P['input']>, caller: Caller, body: Bytes) => Promise<Transfer<OutputOf<P>>>
    : (input: z.output<P['input']>, caller: Caller) => Promise<OutputOf<P>>;

/** What the daemon's core provides. */
export type Services = {
  readonly [G in keyof Contract]: {
    readonly [P in keyof Contract[G]]: Contract[G][P] extends Procedure ? Service<Contract[G][P]> : never;
  };
};

/** One procedure with its place in the contract. */
export interface Entry {
  /** The tRPC path, such as `replicaSet.run`. */
  readonly path: string;
  readonly group: string;
  readonly name: string;
  readonly procedure: Procedure;
  /** The number of its failures that have none of their own; without it the HTTP status. */
  readonly fallback: number | undefined;
}

export const ENTRIES: readonly Entry[] = Object.entries(contract).flatMap(([group, procedures]) =>
  Object.entries(procedures as Record<string, Procedure>).map(([name, procedure]) => ({
    path: `${group}.${name}`,
    group,
    name,
    procedure,
    fallback: isAbsent(procedure.rest) ? undefined : procedure.rest.fallback,
  })),
);

const ROLES: readonly Role[] = ['view', 'operate', 'admin'];

/** Throws FORBIDDEN when the caller's role does not reach what is asked for. */
export function authorize(access: Access, caller: Identity): void {
  if (ROLES.indexOf(caller.role) >= ROLES.indexOf(access)) return;
  throw new AppError('FORBIDDEN', `this needs the role ${access}; ${caller.actor} has ${caller.role}`);
}

type AnyService = (input: unknown, caller: Caller, body?: Bytes) => unknown;

/** Checks role and input, then calls the service: a promise, or for a subscription its items. `body`: of a transfer. */
export function dispatch(services: Services, entry: Entry, caller: Caller, raw: unknown, body?: Bytes): unknown {
  authorize(entry.procedure.access, caller);
  const { key, rest } = takeKey(entry, raw);
  const input = parseInput(entry.procedure.input, rest);
  const service = (services as unknown as Record<string, Record<string, AnyService>>)[entry.group]?.[entry.name];
  if (service === undefined) throw new Error(`no service for ${entry.path}`);
  const named = key === undefined ? caller : { ...caller, idempotency: idempotencyOf(entry, caller, key, input) };
  return body === undefined ? service(input, named) : service(input, named, body);
}

const IdempotencyKey = z.strictObject({
  idempotencyKey: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'write 1 to 200 visible ASCII characters'),
});

/** Every change takes the field `idempotencyKey` besides those of its schema. */
function takeKey({ path, procedure }: Entry, raw: unknown): { readonly key?: string; readonly rest: unknown } {
  if (procedure.kind !== 'mutation' || typeof raw !== 'object' || raw === null || !('idempotencyKey' in raw)) {
    return { rest: raw };
  }
  const { idempotencyKey, ...rest } = raw;
  if (procedure.idempotency !== undefined) {
    throw new AppError('BAD_INPUT', `${path} takes no idempotency key: ${procedure.idempotency.absent}`);
  }
  return { key: parseInput(IdempotencyKey, { idempotencyKey }).idempotencyKey, rest };
}

/** Parsed input has its fields in the order of the schema, so equal requests have equal texts. */
const idempotencyOf = ({ path }: Entry, { actor }: Identity, key: string, input: unknown): Idempotency => ({
  key: `${actor}/${key}`,
  hash: createHash('sha256')
    .update(`${path} ${JSON.stringify(input)}`)
    .digest('hex'),
});
