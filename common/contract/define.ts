/**
 * The words in which procedures are declared. One declaration yields the tRPC procedure, the REST route,
 * the OpenAPI operation and the command line.
 *
 * Not here: any procedure (one file per resource beside this one), any behaviour (daemon/core).
 */
import type { z } from 'zod';

export type Access = 'view' | 'operate' | 'admin';

export interface RestRoute {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; `:field` takes that input field from the path. */
  readonly path: string;
  /** The error number of failures that have none of their own; without it the HTTP status. */
  readonly fallback?: number;
  readonly stream?: RestStream;
  /** With this input field false a stream ends with its first item, which is answered in the envelope. */
  readonly streamIf?: string;
  /** The request's body is a tar archive, taken as it comes; fields stand in the query. */
  readonly takes?: 'tar';
  /** The answer goes into this header, as base64 of its JSON; the body is what `stream` says, or none. */
  readonly header?: string;
}

/**
 * How an answer goes out that is no envelope. A slow reader holds its source back on all of them.
 *  - ndjson: a subscription, one JSON document a line
 *  - text: a subscription of texts, one after the other
 *  - last: a subscription; the head goes out with its first item, the last item follows in the envelope
 *  - tar: the bytes of a transfer
 */
export type RestStream = 'ndjson' | 'text' | 'last' | 'tar';

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

export type Kind = 'query' | 'mutation' | 'subscription' | 'transfer';

export interface Procedure<
  K extends Kind = Kind,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  readonly kind: K;
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

/** Goes on until its source or the client ends it; what shows a state begins with a snapshot of it. */
export const subscription = <I extends z.ZodType, O extends z.ZodType>(
  it: Declaration<I, O>,
): Procedure<'subscription', I, O> => ({ kind: 'subscription', ...it });

/**
 * Moves an archive's bytes, one way. Served over HTTP alone, on the REST address and on the Unix socket: messages would
 * need every byte in memory.
 */
export const transfer = <I extends z.ZodType, O extends z.ZodType>(
  it: Declaration<I, O>,
): Procedure<'transfer', I, O> => ({ kind: 'transfer', ...it });

export const isAbsent = (face: RestRoute | CliCommand | Absent): face is Absent => 'absent' in face;
