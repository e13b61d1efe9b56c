/**
 * Client JSON → input of a procedure, or the one AppError to answer with.
 *
 * A schema's message may begin with an error code (`NAME_HAS_DASH: …`); every other issue is BAD_INPUT.
 * Of several issues the one whose code stands first in the error table is reported, as the contract orders them.
 */
import { z } from 'zod';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';

const ORDER = Object.keys(ERRORS) as readonly ErrorCode[];

/** A schema message that carries its own error code. */
export const coded = (code: ErrorCode, text: string): string => `${code}: ${text}`;

export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map(explain).toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
  const first = found[0] ?? { code: 'BAD_INPUT' as const, text: 'the request does not fit' };
  throw new AppError(first.code, first.text);
}

function explain(issue: z.core.$ZodIssue): { code: ErrorCode; text: string } {
  const [head = '', ...rest] = issue.message.split(': ');
  if (head in ERRORS) return { code: head as ErrorCode, text: rest.join(': ') };
  if (issue.code === 'unrecognized_keys') {
    const where = issue.path.length > 0 ? ` in ${z.core.toDotPath(issue.path)}` : '';
    return { code: 'BAD_INPUT', text: `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}${where}` };
  }
  const at = issue.path.length > 0 ? `${z.core.toDotPath(issue.path)}: ` : '';
  return { code: 'BAD_INPUT', text: `${at}${issue.message}` };
}
