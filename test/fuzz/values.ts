/**
 * A JSON Schema → values that fit it, mostly with words that other requests use too.
 *
 * Not here: values that do not fit (spoil.ts).
 */
import fc from 'fast-check';
import type { JsonSchema } from '../../daemon/facades/openapiSchemas.ts';
import { resolved } from './surface.ts';
import { WORDS } from './words.ts';

type Any = fc.Arbitrary<unknown>;

/** Where a value stands: its field, and the group of its operation. */
export interface Place {
  readonly group: string;
  readonly field: string;
}

export function fitting(given: JsonSchema, place: Place): Any {
  const schema = resolved(given);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return oneOf(options.map((option) => fitting(option, place)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  return oneOf([schema.type ?? 'any'].flat().map((type) => ofType(type, schema, place)));
}

/** Early ones are simpler and shrunk to; null is rarely what a client sends. */
const oneOf = (arbitraries: readonly Any[]): Any =>
  arbitraries.length === 1
    ? (arbitraries[0] as Any)
    : fc.oneof(...arbitraries.map((arbitrary, at) => ({ arbitrary, weight: at === 0 ? 6 : 1 })));

function ofType(type: string, schema: JsonSchema, place: Place): Any {
  switch (type) {
    case 'object':
      return objectOf(schema, place);
    case 'array':
      return fc.array(fitting(schema.items ?? {}, place), { minLength: count(schema.minItems, 0), maxLength: 3 });
    case 'string':
      return withWords(textOf(schema), 'string', place);
    case 'integer':
      return withWords(integerOf(schema), 'number', place);
    case 'number':
      return withWords(fc.double({ min: count(schema.minimum, 0), max: 100, noNaN: true }), 'number', place);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

const count = (bound: unknown, otherwise: number): number => (typeof bound === 'number' ? bound : otherwise);

/** Required fields always, others now and then: with dozens of them a request would hardly ever be taken otherwise. */
function objectOf({ properties = {}, required = [] }: JsonSchema, { group }: Place): Any {
  const often = Math.max(2, Math.round(Object.keys(properties).length / 3));
  const fields = Object.entries(properties).map(([field, schema]) => {
    const value = fitting(schema, { group, field });
    return [field, required.includes(field) ? value : oneIn(often, value)] as const;
  });
  return fc.record(Object.fromEntries(fields)).map((all) => {
    const present = Object.entries(all).filter(([, value]) => value !== undefined);
    return Object.fromEntries(present);
  });
}

/** A value now and then, else nothing. */
export const oneIn = <T>(times: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: times - 1 }, { arbitrary: value, weight: 1 });

/** Words of the right type, those that fit or nearly do; else whatever the schema allows. */
function withWords(otherwise: Any, type: 'string' | 'number', { group, field }: Place): Any {
  const words = (WORDS[`${group}.${field}`] ?? WORDS[field] ?? []).filter((word) => typeof word === type);
  if (words.length === 0) return otherwise;
  return fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 9 }, { arbitrary: otherwise, weight: 1 });
}

function textOf({ pattern, minLength, maxLength }: JsonSchema): Any {
  const free = fc.string({ minLength: count(minLength, 0), maxLength: Math.min(40, count(maxLength, 40)) });
  if (typeof pattern !== 'string') return free;
  try {
    return fc.stringMatching(new RegExp(pattern));
  } catch {
    // It cannot make texts for every pattern there is.
    return free;
  }
}

function integerOf({ minimum, maximum }: JsonSchema): Any {
  const min = count(minimum, -5);
  const max = Math.max(min, count(maximum, 1000));
  return fc.oneof(fc.integer({ min, max: Math.min(max, min + 4) }), fc.integer({ min, max }));
}
