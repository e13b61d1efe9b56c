/**
 * From a wish to a call: a form where something has to be told, a question with the plan where something ends, then
 * the call. All of it follows from the contract, so that a new procedure needs no line here.
 */
import { COMMANDS, type CommandSpec } from '../cli/commands.ts';
import { deletes, planQuery, planVerb } from '../cli/confirm.ts';
import type { Field } from '../cli/flags.ts';
import type { FormDialog, RawInput, Subject } from '../dialogs/dialog.ts';
import type { Command } from './commands.ts';
import { type State, say } from './state.ts';
import { changeDialog, openDialog, type Step, step } from './step.ts';

export function specOf(path: string): CommandSpec {
  const spec = COMMANDS.find((it) => it.path === path);
  if (spec === undefined) throw new Error(`the contract has no command ${path}`);
  return spec;
}

/** Undefined where the daemon of this version has no such procedure. */
export const hasProcedure = (path: string): boolean => COMMANDS.some((it) => it.path === path);

/** `gpus drain` */
export const procedureTitle = (spec: CommandSpec): string => spec.cli.name;

/** The set or volume that an input names; empty for GPUs and the daemon. */
export function nameIn(input: RawInput): string {
  const name = input.name ?? input.replicaSetName;
  return typeof name === 'string' ? name : '';
}

export interface Wish {
  readonly path: string;
  /** What is settled. */
  readonly preset: RawInput;
  /** Paths to ask for; without it every field that is not settled. */
  readonly fields?: readonly string[];
  readonly values?: Readonly<Record<string, string>>;
  readonly title?: string;
}

export function begin(state: State, wish: Wish): Step {
  const spec = specOf(wish.path);
  const fields = askedFields(spec, wish);
  if (fields.length === 0) return proceed(state, wish.path, wish.preset, undefined);
  const values = Object.fromEntries(
    fields.map(({ path, fallback }) => [path, wish.values?.[path] ?? textOf(fallback)]),
  );
  const form: Omit<FormDialog, 'id'> = {
    kind: 'form',
    title: wish.title ?? titleFor(spec, wish.preset),
    path: wish.path,
    preset: wish.preset,
    fields: fields.map(({ path }) => path),
    values,
    at: 0,
    cursor: Array.from(values[fields[0]?.path ?? ''] ?? '').length,
    errors: {},
    error: undefined,
    isBusy: false,
  };
  return step(openDialog(state, form));
}

const titleFor = (spec: CommandSpec, preset: RawInput): string =>
  [procedureTitle(spec), ...Object.values(preset).filter((it) => typeof it !== 'object')].join(' ');

const textOf = (fallback: unknown): string =>
  typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : '';

function askedFields({ fields }: CommandSpec, { preset, fields: wanted }: Wish): readonly Field[] {
  const open = fields.filter(({ path }) => !((path.split('.')[0] ?? '') in preset));
  return wanted === undefined ? open : open.filter(({ path }) => wanted.includes(path));
}

/** The input is whole: ask, or call. */
export function proceed(state: State, path: string, input: RawInput, form: number | undefined): Step {
  const spec = specOf(path);
  if (state.link.state !== 'live') return step(say(state, 'Not connected to berthd; nothing was done.', 'bad'));
  if (spec.cli.confirm === undefined) return call(state, path, input, form);
  const name = nameIn(input);
  const set = spec.group === 'replicaSet' ? state.world.sets.find((it) => it.name === name) : undefined;
  const asking = openDialog(state, {
    kind: 'confirm',
    path,
    input,
    plan: undefined,
    expects: set === undefined ? undefined : { name: set.name, state: set.state, version: set.version },
    nameToType: deletes({ verb: planVerb(spec) }) ? name : undefined,
    typed: '',
    formId: form,
  });
  const purpose = { for: 'plan', dialog: state.nextDialog } as const;
  return step(asking, { type: 'call', kind: 'query', ...planQuery(spec, input), purpose });
}

export function call(state: State, path: string, input: RawInput, form: number | undefined): Step {
  const { procedure, cli } = specOf(path);
  if (procedure.kind === 'query') {
    return step(state, { type: 'call', kind: 'query', path, input, purpose: { for: 'show', path, input } });
  }
  const told = say(state, `${cli.name} ${nameIn(input)} …`, 'accent');
  const dialog = told.dialogs.find((it) => it.id === form);
  const busy = dialog?.kind === 'form' ? changeDialog(told, dialog, { isBusy: true }) : told;
  const command: Command = {
    type: 'call',
    kind: 'mutation',
    path,
    input,
    purpose: { for: 'change', path, input, form },
  };
  return step(busy, command);
}

/** The fields of a procedure that the selected thing settles; undefined where it does not fit. */
export function presetFor({ group, fields }: CommandSpec, subject: Subject): RawInput | undefined {
  const has = (path: string): boolean => fields.some((it) => it.path === path && it.required);
  switch (subject.kind) {
    case 'set':
      return group === 'replicaSet' && has('name') ? { name: subject.name } : undefined;
    case 'version':
      if (group !== 'replicaSet' || !has('name')) return undefined;
      return fields.some((it) => it.path === 'version')
        ? { name: subject.name, version: subject.version }
        : { name: subject.name };
    case 'gpu':
      return has('gpu') ? { gpu: subject.uuid } : undefined;
    case 'volume':
      return group === 'volume' && has('name') ? { name: subject.name } : undefined;
    case 'operation':
      return group === 'operation' && has('id') ? { id: subject.id } : undefined;
    case 'port':
    case 'mount':
      return undefined;
  }
}
