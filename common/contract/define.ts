/**
 * The words in which procedures are declared. One declaration yields the tRPC procedure, the REST route,
 * the OpenAPI operation and the command line.
 *
 * Not here: any procedure (one file per resource beside this one), any behaviour (daemon/core).
 */
import type { z } from 'zod';

export type Access = 'view' | 'operate' | 'admin';

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; `:field` takes that input field from the path. */
  readonly path: string;
  /** The error number of failures that have none of their own; without it the HTTP status. */
  readonly fallback?: number;
  /** A subscription is served as one JSON document a line. */
  readonly stream?: 'ndjson';
}

/** The path of a verb on one replicaSet. */
export const onSet = (verb: string): string => `/replicaSet/:name/${verb}`;

export interface CliFlag {
  /** Long name without dashes; one that begins with `no-` says no to a field. */
  readonly name: string;
  readonly short?: string;
  /** How one text becomes the field: `bind` reads `SRC:DEST`, `user` knows who `me` is. Otherwise the schema decides. */
  readonly format?: 'bind' | 'user';
}

export interface CliCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Input fields taken by position, in order; the last may be a list. */
  readonly args?: readonly string[];
  /** Input field (dots reach into objects) → flag. Fields named in neither keep their kebab-case name. */
  readonly flags?: Readonly<Record<string, CliFlag>>;
  /** Ends processes: shows the plan of this verb and asks, unless `-y`. */
  readonly confirm?: 'plan';
  /** A usage line or two, as a user would type them. */
  readonly examples?: readonly string[];
}

/** A face that a procedure leaves out, with the reason. */
export interface Absent {
  readonly absent: string;
}

export interface Procedure<
  Kind extends 'query' | 'mutation' | 'subscription' = 'query' | 'mutation' | 'subscription',
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  readonly kind: Kind;
  /** One sentence: what it does, and what holds when it fails. */
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  readonly access: Access;
  /** Changes take an idempotency key, unless there is a reason against it. */
  readonly idempotency?: Absent;
  readonly rest: RestRoute | Absent;
  readonly cli: CliCommand | Absent;
}

type Declaration<Input extends z.ZodType, Output extends z.ZodType> = Omit<Procedure<never, Input, Output>, 'kind'>;

/** Reads; changes nothing. */
export const query = <I extends z.ZodType, O extends z.ZodType>(it: Declaration<I, O>): Procedure<'query', I, O> => ({
  kind: 'query',
  ...it,
});

/** Changes something, as one journaled operation. */
export const mutation = <I extends z.ZodType, O extends z.ZodType>(
  it: Declaration<I, O>,
): Procedure<'mutation', I, O> => ({ kind: 'mutation', ...it });

/** Goes on until the client leaves; begins with a snapshot. */
export const subscription = <I extends z.ZodType, O extends z.ZodType>(
  it: Declaration<I, O>,
): Procedure<'subscription', I, O> => ({ kind: 'subscription', ...it });

export const isAbsent = (face: RestRoute | CliCommand | Absent): face is Absent => 'absent' in face;
