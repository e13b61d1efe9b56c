/**
 * What a user typed → the procedure's raw input, judged by the procedure's own schema before anything is asked of the
 * daemon, so that a slip of the finger is told at once and in the words of the command line.
 */
import type { z } from 'zod';
import { ERRORS } from '../../common/errors.ts';
import type { Field } from './flags.ts';

/** A command that cannot be understood; nothing has happened. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string;

  constructor(message: string, hint = '') {
    super(message);
    this.hint = hint;
  }
}

export type RawInput = Record<string, unknown>;
/** Field path → what was typed. */
export type Typed = ReadonlyMap<string, string | readonly string[] | boolean>;

/** Throws UsageError. */
export function inputFrom(schema: z.ZodType, fields: readonly Field[], typed: Typed): RawInput {
  const raw: RawInput = {};
  for (const field of fields) {
    const value = typed.get(field.path);
    if (value !== undefined) put(raw, field.path.split('.'), fieldValue(field, value));
  }
  const judged = schema.safeParse(raw);
  if (!judged.success) throw usageError(judged.error.issues, fields, raw);
  return raw;
}

export const label = (field: Field): string => (field.positional ? `<${field.name}>` : `--${field.name}`);

/** Sets a field below the objects that its path names. */
export function put(into: RawInput, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const below = (into[key] ?? {}) as RawInput;
  into[key] = below;
  put(below, rest, value);
}

function fieldValue(field: Field, value: string | readonly string[] | boolean): unknown {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? scalar(field, value) : value.map((text) => scalar(field, text));
}

function scalar(field: Field, text: string): unknown {
  if (field.kind === 'number') return numberFrom(field, text);
  if (field.kind === 'bind') return bindFrom(field, text);
  if (field.kind === 'user' && text === 'me') return whoAmI();
  return text;
}

function numberFrom(field: Field, text: string): number {
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`${label(field)} takes a number, not "${text}"`);
}

function bindFrom(field: Field, text: string): { src: string; dest: string } {
  const at = text.indexOf(':');
  if (at > 0) return { src: text.slice(0, at), dest: text.slice(at + 1) };
  throw new UsageError(`${label(field)} takes SRC:DEST, not "${text}"`, 'Such as data:/data or /srv/data:/data.');
}

/** The caller's own ids, as the daemon takes them. */
export function whoAmI(): string {
  const [uid, gid, groups] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0, process.getgroups?.() ?? []];
  const others = groups.filter((group) => group !== gid);
  return `${uid}:${gid}${others.length === 0 ? '' : `+${others.join(',')}`}`;
}

type Issue = z.core.$ZodIssue;

/** Of several faults the one that the error table puts first is told, as the daemon would. */
function usageError(issues: readonly Issue[], fields: readonly Field[], raw: RawInput): UsageError {
  const told = issues.map((issue) => tell(issue, fields, raw)).toSorted((a, b) => a.rank - b.rank)[0];
  return new UsageError(told?.text ?? 'this command does not fit together', told?.hint);
}

const CODES = Object.keys(ERRORS);

/** The field that a schema's complaint is about: the very one, one around it, or one within it. */
export const fieldAt = (fields: readonly Field[], at: string): Field | undefined =>
  fields.find((it) => at === it.path || at.startsWith(`${it.path}.`) || it.path.startsWith(`${at}.`));

function tell(issue: Issue, fields: readonly Field[], raw: RawInput): { rank: number; text: string; hint: string } {
  const path = issue.path.map(String);
  const at = path.join('.');
  const field = fieldAt(fields, at);
  const name = field === undefined ? at : label(field);
  if (path.length > 0 && valueAt(raw, path) === undefined) {
    return { rank: CODES.indexOf('BAD_INPUT'), text: `${name} is missing`, hint: '' };
  }
  const [, code, rest] = /^([A-Z_]+): (.*)$/s.exec(issue.message) ?? [];
  if (code !== undefined && code in ERRORS) {
    return { rank: CODES.indexOf(code), text: `${name}: ${rest}`, hint: ERRORS[code as keyof typeof ERRORS].hint };
  }
  return { rank: CODES.indexOf('BAD_INPUT'), text: `${name}: ${issue.message}`, hint: '' };
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined),
    value,
  );
