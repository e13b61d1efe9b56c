/**
 * Client JSON → input of a procedure, or the one AppError to answer with.
 *
 * A schema's message may begin with an error code (`NAME_HAS_DASH: …`); every other issue is BAD_INPUT.
 * Of several issues the one whose code stands first in the error table is reported, as the contract orders them.
 *
 * Not here: what a schema says for itself (fields.ts). It goes before the words below, which replace Zod's alone.
 */
import { z } from 'zod';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';
import { nearest } from '../nearest.ts';

const ORDER = Object.keys(ERRORS) as readonly ErrorCode[];

/** A schema message that carries its own error code. */
export const coded = (code: ErrorCode, text: string): string => `${code}: ${text}`;

export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw ?? {}, { error: (issue) => coded('BAD_INPUT', wording(issue)) });
  if (parsed.success) return parsed.data;
  // A field that is missing is often there under a wrong name.
  const issues = parsed.error.issues.toSorted((a, b) => Number(isStranger(b)) - Number(isStranger(a)));
  const found = issues.map(explain).toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
  const first = found[0] ?? { code: 'BAD_INPUT' as const, text: 'the request does not fit' };
  throw new AppError(first.code, first.text);
}

const isStranger = ({ code }: z.core.$ZodIssue): boolean => code === 'unrecognized_keys';

function explain({ message, path }: z.core.$ZodIssue): { code: ErrorCode; text: string } {
  const [head = '', ...rest] = message.split(': ');
  if (head in ERRORS) return { code: head as ErrorCode, text: rest.join(': ') };
  const at = path.length > 0 ? `${z.core.toDotPath(path)}: ` : '';
  return { code: 'BAD_INPUT', text: `${at}${message}` };
}

function wording(issue: z.core.$ZodRawIssue): string {
  const place = z.core.toDotPath(issue.path ?? []);
  if (issue.code === 'unrecognized_keys') {
    return strangers(issue);
  }
  const subject = place === '' ? 'the input' : place;
  if (issue.input === undefined) return `${subject} is missing`;
  if (issue.code === 'invalid_type') return `${subject}: expected ${noun(issue.expected)}, got ${kindOf(issue.input)}`;
  if (issue.code === 'invalid_value') return `${subject}: expected ${quoted(issue.values, ' or ')}`;
  if (issue.code === 'too_small') return `${subject} ${tooSmall(issue.minimum, unitOf(issue.origin))}`;
  if (issue.code === 'too_big') return `${subject} ${tooBig(issue.maximum, unitOf(issue.origin))}`;
  return `${subject} does not fit`;
}

/** With what was probably meant: clients of other servers write names in other cases. */
function strangers({ keys, inst, path = [] }: Strangers): string {
  const known = inst instanceof z.ZodObject ? Object.keys(inst.shape) : [];
  const place = path.length === 0 ? '' : ` in ${z.core.toDotPath(path)}`;
  const guesses = keys.map((key) => [key, nearest(key, known)] as const);
  const lost = guesses.filter(([, meant]) => meant === undefined).map(([key]) => key);
  return [
    ...(lost.length === 0 ? [] : [`unknown field ${quoted(lost, ', ')}${place}`]),
    ...guesses
      .filter(([, meant]) => meant !== undefined)
      .map(([key, meant]) => `unknown field "${key}"${place}; did you mean "${meant}"?`),
  ].join(' ');
}

interface Strangers {
  readonly keys: readonly string[];
  readonly inst?: unknown;
  readonly path?: readonly PropertyKey[] | undefined;
}

type Bound = number | bigint;
type Unit = 'characters' | 'entries' | undefined;

/** What a bound counts; undefined where it is the value itself. */
const unitOf = (origin: string): Unit =>
  origin === 'string' ? 'characters' : origin === 'array' ? 'entries' : undefined;

function tooSmall(min: Bound, unit: Unit): string {
  if (unit === undefined) return `must be at least ${min}`;
  return min === 1 ? 'is empty' : `must have at least ${min} ${unit}`;
}

const tooBig = (max: Bound, unit: Unit): string =>
  unit === undefined ? `must be at most ${max}` : `has more than ${max} ${unit}`;

const NOUNS: Readonly<Record<string, string>> = {
  array: 'a list',
  int: 'a whole number',
  object: 'an object',
  record: 'an object',
};

const noun = (type: string): string => NOUNS[type] ?? `a ${type}`;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return noun(Array.isArray(value) ? 'array' : typeof value);
}

const quoted = (values: readonly unknown[], separator: string): string =>
  values.map((value) => `"${String(value)}"`).join(separator);
