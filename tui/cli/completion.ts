/**
 * Completion for bash, zsh and fish: a small script in the shell asks `berth complete-words`, which knows the commands
 * and asks the daemon for names. So the scripts never grow old.
 */
import type { Command } from 'commander';
import type { Client } from '../../common/client.ts';
import type { Context } from './context.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Asked by the scripts below: `berth complete-words -- WORDS… CURRENT`. */
export const completeCommand = 'complete-words';

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_berth() {
  local IFS=$'\\n'
  COMPREPLY=($(berth ${completeCommand} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _berth berth`,
  zsh: `#compdef berth
_berth() {
  local -a found
  found=("\${(@f)$(berth ${completeCommand} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "$found" ]] && compadd -- $found || _files
}
compdef _berth berth`,
  fish: `complete -c berth -l socket -rF
complete -c berth -f -a '(berth ${completeCommand} -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

export const completionScript = (shell: Shell): string => SCRIPTS[shell];

/**
 * What the last of the words can become; `operands` are those before it that are neither flags nor their values.
 * `ask` is called only where something belongs that the daemon knows.
 */
export async function candidates(
  program: Command,
  operands: readonly string[],
  words: readonly string[],
  ask: (what: Asked) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const { command, given } = descend(program, operands);
  const found = current.startsWith('-')
    ? flagsOf(program, command)
    : [...subcommands(command, given), ...(await values(command, words, given, ask))];
  return found.filter((word) => word.startsWith(current));
}

/** The command that they lead to, and the number of its arguments that are there already. */
export function descend(program: Command, operands: readonly string[]): { command: Command; given: number } {
  let command = program;
  let given = 0;
  for (const word of operands) {
    const below =
      given === 0 ? command.commands.find((it) => it.name() === word || it.aliases().includes(word)) : undefined;
    if (below === undefined) given += 1;
    else command = below;
  }
  return { command, given };
}

const subcommands = (command: Command, given: number): readonly string[] =>
  given > 0
    ? []
    : command
        .createHelp()
        .visibleCommands(command)
        .map((it) => it.name());

const flagsOf = (program: Command, command: Command): readonly string[] => [
  ...new Set([...command.options, ...program.options].flatMap(({ long }) => long ?? [])),
];

async function values(
  command: Command,
  words: readonly string[],
  given: number,
  ask: (what: Asked) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const flag = words.at(-2);
  const option = command.options.find((it) => flag !== undefined && (it.long === flag || it.short === flag));
  if (option?.argChoices !== undefined) return option.argChoices;
  const argument = command.registeredArguments[given];
  if (argument?.argChoices !== undefined) return argument.argChoices;
  if (argument?.name() === 'name') return await ask('sets');
  return argument?.name() === 'id' && command.parent?.name() === 'sessions' ? await ask('sessions') : [];
}

/** What only the daemon can tell. */
export type Asked = 'sets' | 'sessions';

/** Empty where nobody can be asked: completion never complains. */
export async function known(context: Context, what: Asked): Promise<readonly string[]> {
  try {
    const client = await context.connect();
    const found = what === 'sets' ? setNames(client) : sessionIds(client);
    return await found.finally(() => client.close());
  } catch {
    return [];
  }
}

const setNames = async ({ trpc }: Client): Promise<readonly string[]> =>
  (await trpc.replicaSet.list.query({})).map(({ name }) => name);

const sessionIds = async ({ trpc }: Client): Promise<readonly string[]> =>
  (await trpc.exec.list.query({})).map(({ id }) => id);
