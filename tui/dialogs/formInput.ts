/**
 * What was typed into a form → the procedure's input, judged by the procedure's own schema before anything is sent;
 * and what the daemon refuses → the field that it is about.
 */
import type { Failure } from '../../common/clientFailure.ts';
import { ERRORS, type ErrorCode } from '../../common/errors.ts';
import type { CommandSpec } from '../cli/commands.ts';
import type { Field } from '../cli/flags.ts';
import { fieldAt, put } from '../cli/input.ts';
import type { FormDialog, RawInput } from './dialog.ts';

export type FormInput =
  | { readonly ok: true; readonly input: RawInput }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>>; readonly error: string | undefined };

/** `me`: the person's own ids, for a field that says so. */
export function readForm(spec: CommandSpec, form: FormDialog, me: string): FormInput {
  const input: Record<string, unknown> = { ...form.preset };
  const errors: Record<string, string> = {};
  for (const field of fieldsIn(spec, form)) {
    const text = (form.values[field.path] ?? '').trim();
    if (text === '') continue;
    const value = field.kind === 'user' && text === 'me' ? me : fieldValue(field, text);
    if (value instanceof Refusal) errors[field.path] = value.message;
    else put(input, field.path.split('.'), value);
  }
  if (Object.keys(errors).length > 0) return { ok: false, errors, error: undefined };
  const judged = spec.procedure.input.safeParse(input);
  if (judged.success) return { ok: true, input };
  return complaints(spec, form, judged.error.issues);
}

export const fieldsIn = (spec: CommandSpec, form: FormDialog): readonly Field[] =>
  form.fields.flatMap((path) => spec.fields.find((it) => it.path === path) ?? []);

class Refusal {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function fieldValue(field: Field, text: string): unknown {
  if (!field.list) return scalar(field, text);
  const words = splitWords(text);
  if (words === undefined) return new Refusal('a quote is not closed');
  const values = words.map((word) => scalar(field, word));
  return values.find((it) => it instanceof Refusal) ?? values;
}

function scalar({ kind }: Field, text: string): unknown {
  if (kind === 'number') return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : new Refusal(`"${text}" is no number`);
  if (kind === 'boolean') return /^(y|yes|true|on|1)$/i.test(text);
  if (kind !== 'bind') return text;
  const at = text.indexOf(':');
  return at > 0 ? { src: text.slice(0, at), dest: text.slice(at + 1) } : new Refusal('write SOURCE:/path/inside');
}

/** Words between spaces; quotes keep one together. Undefined where a quote is not closed. */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*(?:((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+)|$)/gy;
  while (pattern.lastIndex < text.length) {
    const [, word] = pattern.exec(text) ?? [];
    if (word !== undefined) words.push(unquoted(word));
    else if (pattern.lastIndex === 0) return undefined;
  }
  return words;
}

const unquoted = (word: string): string =>
  word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_all, double?: string, single?: string, escaped?: string) =>
    double !== undefined ? double.replace(/\\(["\\])/g, '$1') : (single ?? escaped ?? ''),
  );

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first complaint of each field; the rest belongs to the form as a whole. */
function complaints(spec: CommandSpec, form: FormDialog, issues: readonly Issue[]): FormInput {
  const errors: Record<string, string> = {};
  let error: string | undefined;
  for (const issue of issues) {
    const at = issue.path.map(String).join('.');
    const field = fieldAt(fieldsIn(spec, form), at);
    if (field === undefined) error ??= withoutCode(issue.message);
    else errors[field.path] ??= form.values[field.path] ? withoutCode(issue.message) : 'is missing';
  }
  return { ok: false, errors, error };
}

function withoutCode(message: string): string {
  const [, code, text] = /^([A-Z_]+): (.*)$/s.exec(message) ?? [];
  if (code === undefined || !(code in ERRORS)) return message;
  const { hint } = ERRORS[code as ErrorCode];
  return hint === '' ? (text ?? '') : `${text}. ${hint}`;
}

/** Which fields a failure may be about, the likeliest first. */
const FIELDS_OF: readonly (readonly [code: RegExp, paths: readonly string[]])[] = [
  [/^(VOLUME_)?NAME_|^VOLUME_TAKEN/, ['replicaSetName', 'newName', 'name']],
  [/^IMAGE_/, ['imageName', 'newImageName']],
  [/^GPU/, ['gpuCount', 'gpuPatch.gpuCount', 'gpu']],
  [/^PORT/, ['containerPorts']],
  [/^BIND_NOT_FOUND/, ['volumePatch.oldBind']],
  [/^(BIND|VOLUME_NOT_FOUND)/, ['volumePatch.newBind', 'binds']],
  [/^COMMAND_/, ['cmd']],
  [/^(SAME_)?VERSION/, ['version']],
  [/^(SAME_)?SIZE|^VOLUME_NO_ROOM/, ['size']],
  [/^VOLUME_IN_USE/, ['restartUsers']],
];

/** The path of the field beside which the daemon's refusal is shown; undefined: it belongs to none. */
export function fieldOfFailure(form: FormDialog, { code, message }: Failure): string | undefined {
  const named = /^([\w.]+)(?:\[\d+\])?[\w.]*: /.exec(message)?.[1];
  const direct = form.fields.find((path) => path === named);
  const paths = FIELDS_OF.find(([pattern]) => pattern.test(code))?.[1] ?? [];
  return direct ?? paths.find((path) => form.fields.includes(path));
}
