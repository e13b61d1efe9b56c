/**
 * One REST request → the raw input of its procedure, which the schema then checks.
 *
 * Invariants
 *  - What stands in the path wins over the body. A DELETE, which not every client sends a body with, takes its fields
 *    from the query too.
 *  - Only path and query, which can say nothing but text, are turned into numbers and booleans; a body never is.
 */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RestRoute } from '../../common/contract/define.ts';
import { AppError } from '../../common/errors.ts';

type Fields = Readonly<Record<string, unknown>>;
type ReadInput = (request: FastifyRequest) => Fields;

/** The reader of a route, with what its schema says of each field worked out once. */
export function inputReader(schema: z.ZodType, { method, takes }: RestRoute): ReadInput {
  const types = fieldTypes(schema);
  const typed = (fields: unknown): Fields =>
    Object.fromEntries(Object.entries(fields ?? {}).map(([name, text]) => [name, fromText(text, types.get(name))]));
  if (method === 'GET' || method === 'HEAD' || takes !== undefined) {
    return ({ query, params }) => {
      refuseUnknown(query, types);
      return { ...typed(query), ...typed(params) };
    };
  }
  if (method === 'DELETE') {
    return ({ query, body, params }) => {
      refuseUnknown(query, types);
      return { ...bodyFields(body), ...typed(query), ...typed(params) };
    };
  }
  return ({ query, body, params }) => {
    refuseQuery(query);
    return { ...bodyFields(body), ...typed(params) };
  };
}

/** Here, because the schema knows fields only, and would not say where the odd one stood. */
function refuseUnknown(query: unknown, types: ReadonlyMap<string, FieldType>): void {
  const unknown = Object.keys(query ?? {}).find((name) => !types.has(name));
  if (unknown !== undefined) throw new AppError('BAD_INPUT', `unknown query parameter "${unknown}"`);
}

function refuseQuery(query: unknown): void {
  const [first] = Object.keys(query ?? {});
  if (first === undefined) return;
  throw new AppError('BAD_INPUT', `unknown field "${first}" in the query string; send fields in the JSON body`);
}

function bodyFields(body: unknown): Fields {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return { ...body };
  throw new AppError(
    'BAD_INPUT',
    `the body must be a JSON object, not ${Array.isArray(body) ? 'a list' : typeof body}`,
  );
}

type FieldType = 'number' | 'boolean' | 'list' | 'text';

interface Typed {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Typed[];
  readonly properties?: Readonly<Record<string, Typed>>;
}

function fieldTypes(schema: z.ZodType): ReadonlyMap<string, FieldType> {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Typed;
  return new Map(Object.entries(properties).map(([name, field]) => [name, typeOf(field)]));
}

function typeOf(field: Typed): FieldType {
  const types = [field, ...(field.anyOf ?? [])].flatMap(({ type }) => type ?? []);
  if (types.includes('array')) return 'list';
  if (types.includes('string')) return 'text';
  if (types.includes('integer') || types.includes('number')) return 'number';
  return types.includes('boolean') ? 'boolean' : 'text';
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** Text that is not of its field's type stays text, for the schema to name. */
function fromText(text: unknown, type: FieldType | undefined): unknown {
  if (type === 'list') return [text].flat();
  if (typeof text !== 'string') return text;
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return type === 'boolean' ? (FLAGS[text] ?? text) : text;
}
