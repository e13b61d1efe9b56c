/**
 * The commands of `berth`, made from the contract: names, arguments, flags, help.
 *
 * Not here: what a command does (action.ts, exec.ts …); this file only says how it is typed.
 */
import { type Command, Option } from 'commander';
import { type CliCommand, isAbsent } from '../../common/contract/define.ts';
import { ENTRIES, type Entry } from '../../common/services.ts';
import { type Field, fieldsOf } from './flags.ts';
import { groupSummary, groupTitle, helpTail, oneLine } from './help.ts';
import type { Typed } from './input.ts';
import type { CommonOptions } from './terminal.ts';

/** A procedure with everything that the command line makes of it. */
export interface CommandSpec extends Entry {
  readonly cli: CliCommand;
  /** `gpus drain` → `['gpus', 'drain']` */
  readonly words: readonly string[];
  readonly fields: readonly Field[];
}

export const COMMANDS: readonly CommandSpec[] = ENTRIES.flatMap((entry) => {
  const { cli, input } = entry.procedure;
  return isAbsent(cli) ? [] : [{ ...entry, cli, words: cli.name.split(' '), fields: fieldsOf(input, cli) }];
});

export type Call = (spec: CommandSpec, typed: Typed, options: CommonOptions) => Promise<void>;

/** Adds every command of the contract to `program`. A group such as `gpus` is a command itself. */
export function addContractCommands(program: Command, call: Call): void {
  for (const spec of COMMANDS) {
    const parent = spec.words.slice(0, -1).reduce((above, word) => child(above, word, spec.group), program);
    addCommand(parent, spec, call);
  }
}

/** A group that is no command itself does what its `ls` does. */
function child(parent: Command, word: string, group: string): Command {
  const found = parent.commands.find((command) => command.name() === word);
  return found ?? parent.command(word).helpGroup(groupTitle(group)).summary(groupSummary(group));
}

function addCommand(parent: Command, spec: CommandSpec, call: Call): void {
  const { procedure, cli, fields } = spec;
  const command = parent
    .command(spec.words.at(-1) ?? '', { isDefault: spec.words.length > 1 && spec.words.at(-1) === 'ls' })
    .aliases([...(cli.aliases ?? [])])
    .summary(oneLine(procedure.summary))
    .description(procedure.summary)
    .helpGroup(groupTitle(spec.group))
    .addHelpText('after', helpTail(cli.examples ?? [], procedure.rest));
  const positional = fields.filter((field) => field.positional);
  for (const field of positional) command.argument(argumentForm(field), field.description);
  const flags = fields.filter((field) => !field.positional).map((field) => [field, option(field)] as const);
  for (const [, flag] of flags) command.addOption(flag);
  for (const flag of actionOptions(spec)) command.addOption(flag);
  command.action(async () => {
    const typed = new Map([
      ...positional.map((field, at) => [field.path, command.processedArgs[at]] as const),
      ...flags.map(([field, flag]) => [field.path, typedOf(flag, command.opts()[flag.attributeName()])] as const),
    ]);
    await call(spec, present(typed), command.optsWithGlobals<CommonOptions>());
  });
}

/** commander takes a flag that says no for a yes where it was not typed. */
const typedOf = (flag: Option, value: unknown): unknown => (flag.negate && value === true ? undefined : value);

/** An empty list is one that was not typed. */
const present = (typed: ReadonlyMap<string, unknown>): Typed =>
  new Map(
    [...typed].filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  ) as Typed;

function argumentForm({ name, list, required }: Field): string {
  const inner = list ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}

function option(field: Field): Option {
  const short = field.short === undefined ? '' : `-${field.short}, `;
  const value = field.kind === 'boolean' ? '' : ` <${field.form}>`;
  const made = new Option(`${short}--${field.name}${value}`, describe(field));
  if (field.kind === 'choice') made.choices(field.choices);
  if (field.list) made.argParser((text, before: readonly string[] | undefined) => [...(before ?? []), text]);
  return made.makeOptionMandatory(field.required);
}

function describe({ description, list, fallback, kind }: Field): string {
  const notes = [
    ...(list ? ['may be repeated'] : []),
    ...(saysDefault(fallback, kind) ? [`default: ${fallback}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join(', ')})`;
}

const saysDefault = (fallback: unknown, kind: Field['kind']): fallback is string | number =>
  kind !== 'boolean' && (typeof fallback === 'number' || typeof fallback === 'string');

/** Flags that come from what a command does rather than from its input. */
function actionOptions({ procedure, cli, group }: CommandSpec): readonly Option[] {
  const confirm =
    cli.confirm === undefined
      ? []
      : [
          new Option('-y, --yes', 'Do it without asking'),
          new Option('--dry-run', 'Only show what would happen; changes nothing'),
        ];
  const isChange = procedure.kind === 'mutation';
  const quiet = isChange ? [new Option('-q, --quiet', 'Print nothing but errors').conflicts('verbose')] : [];
  const verbose =
    isChange && (group === 'replicaSet' || group === 'volume')
      ? [new Option('--verbose', 'Print each step as it ends, also where the output is not a terminal')]
      : [];
  const repeat =
    isChange && procedure.idempotency === undefined
      ? [new Option('--idempotency-key <key>', 'Sent twice with one key, it is done once')]
      : [];
  return [...confirm, ...quiet, ...verbose, ...repeat];
}
