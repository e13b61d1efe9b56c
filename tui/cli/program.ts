/**
 * The whole command line: the contract's commands, those that are no procedure (exec, completion, help), and what
 * holds for all of them: global flags, mistakes, exit codes.
 *
 * Not here: what a command does; each has its file.
 */
import { Argument, Command, CommanderError, Help, Option } from 'commander';
import { act } from './action.ts';
import { separateCommand } from './argv.ts';
import { clientVersion } from './clientVersion.ts';
import { addContractCommands } from './commands.ts';
import { candidates, completeCommand, completionScript, descend, known, SHELLS } from './completion.ts';
import { Context } from './context.ts';
import { copy } from './copy.ts';
import { directionOf } from './copyPlan.ts';
import { follow } from './events.ts';
import { addExecCommands } from './execCommands.ts';
import { tellFailure } from './failure.ts';
import { completionTail, copyTail, description, groupTitle, inOrder, programTail } from './help.ts';
import { inputFrom, UsageError } from './input.ts';
import { overview } from './overview.ts';
import { RUNNERS } from './streams.ts';
import { type CommonOptions, exitCode, type Terminal, type UiWish } from './terminal.ts';

/** Runs one command line, without the program's own name. Never throws; returns the exit code. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const cli = new Cli(terminal);
  const words = separateCommand(cli.program, argv);
  try {
    return await cli.run(words);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok;
    const told = error instanceof CommanderError ? usageError(error, cli.program, words) : error;
    return tellFailure(told, terminal, cli.program.opts<CommonOptions>());
  }
}

const openUi = (context: Context): Promise<number> => {
  const { readonly = false, ascii = false, color } = context.options;
  const connect: UiWish['connect'] = (onAway) => context.connect({ reconnect: true, onAway });
  const openSession: UiWish['openSession'] = (execId) => context.openSession(execId);
  return context.terminal.openUi({ readonly, ascii, colour: color, connect, openSession });
};

type Work = (context: Context) => Promise<number>;

class Cli {
  readonly program: Command;
  readonly #terminal: Terminal;
  #code: number = exitCode.ok;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.program = emptyProgram(terminal);
    addContractCommands(this.program, (spec, typed, options) => {
      const input = inputFrom(spec.procedure.input, spec.fields, typed);
      const run = RUNNERS.get(spec.procedure) ?? (spec.procedure.kind === 'subscription' ? follow : act);
      return this.#do(options, (context) => run(context, spec, input));
    });
    addExecCommands(this.program, (options, work) => this.#do(options, work));
    this.#addCopy();
    this.#addCompletion();
    this.#addHelp();
  }

  async run(words: readonly string[]): Promise<number> {
    const { operands, unknown } = this.program.parseOptions([...words]);
    if (operands.length === 0 && unknown.length === 0) {
      const context = new Context(this.#terminal, this.program.opts());
      if (context.canShowUi) return await openUi(context);
      return await overview(context, this.program.helpInformation());
    }
    await this.program.parseAsync([...words], { from: 'user' });
    return this.#code;
  }

  async #do(options: CommonOptions, work: Work): Promise<void> {
    this.#code = await work(new Context(this.#terminal, options));
  }

  #addCopy(): void {
    this.program
      .command('cp')
      .helpGroup(groupTitle('replicaSet'))
      .summary('Copies files into and out of a replicaSet')
      .description('Copies files between a replicaSet, running or not, and this host.')
      .argument('<source>', 'NAME:PATH or a path here; - for a tar archive on the input')
      .argument('<target>', 'The same; - for a tar archive on the output')
      .addHelpText('after', copyTail)
      .action(async (source: string, target: string, _own: unknown, command: Command) => {
        const direction = directionOf(source, target);
        await this.#do(command.optsWithGlobals<CommonOptions>(), (context) => copy(context, direction));
      });
  }

  #addCompletion(): void {
    this.program
      .command('completion')
      .helpGroup(groupTitle('system'))
      .summary('Prints a script that completes commands, flags and names')
      .description(
        'Prints a script for your shell that completes commands, flags, names of replicaSets and ids of sessions.',
      )
      .addArgument(new Argument('<shell>', 'Your shell').choices(SHELLS))
      .addHelpText('after', completionTail)
      .action((shell: (typeof SHELLS)[number]) => this.#print(completionScript(shell)));
    this.program
      .command(completeCommand, { hidden: true })
      .argument('[words...]')
      .action(async (words: string[], _own: unknown, command: Command) => {
        const { operands } = this.program.parseOptions(words.slice(0, -1)); // Takes a --socket among them, too.
        const context = new Context(this.#terminal, command.optsWithGlobals());
        const found = await candidates(this.program, operands, words, (what) => known(context, what));
        if (found.length > 0) this.#print(found.join('\n'));
      });
  }

  /** `berth help gpus drain` is `berth gpus drain --help`; for a word that is no command, the mistake it is. */
  #addHelp(): void {
    this.program
      .command('help')
      .helpGroup(groupTitle('system'))
      .summary('Explains a command')
      .argument('[command...]', 'Its words')
      .action(async (words: string[]) => {
        const isKnown = words.length === 0 || descend(this.program, words).command !== this.program;
        this.#code = await runCli(isKnown ? [...words, '--help'] : words, this.#terminal);
      });
  }

  #print(text: string): void {
    this.#terminal.stdout.write(`${text}\n`);
  }
}

/** They mean nothing to a command. */
const UI_FLAGS: ReadonlySet<string> = new Set(['--readonly', '--ascii']);

function emptyProgram({ stdout }: Terminal): Command {
  return (
    new Command('berth')
      .description(description)
      .version(clientVersion(), '-V, --version', 'Version of this program; `berth version` has the daemon too')
      .option('--socket <path>', 'Socket of the daemon')
      .option('--json', 'Answer as JSON, for programs')
      // Its default is said, since `berth` alone reads it before commander has filled in any.
      .addOption(new Option('--no-color', 'No colours; NO_COLOR does the same').default(true))
      .option('--readonly', 'The UI without anything that changes something')
      .option('--ascii', 'The UI in ASCII alone, for screen readers and odd fonts')
      .helpOption('-h, --help', 'Explain a command')
      .helpCommand(false)
      .configureHelp({
        showGlobalOptions: true,
        visibleGlobalOptions: (command) =>
          Object.assign(new Help(), { showGlobalOptions: true })
            .visibleGlobalOptions(command)
            .filter(({ long }) => !UI_FLAGS.has(long ?? '')),
        subcommandTerm: (command) => command.name(),
        visibleCommands: (command) => inOrder(new Help().visibleCommands(command)),
      })
      .configureOutput({
        writeOut: (text) => void stdout.write(text),
        writeErr: () => undefined, // Mistakes are told like every other failure.
        getOutHelpWidth: () => (stdout.isTTY === true ? stdout.columns || 80 : 80),
        getOutHasColors: () => false,
      })
      .addHelpText('after', programTail)
      .exitOverride()
  );
}

/** Commander's own words, less its prefix, and how the command would be right. */
function usageError({ message }: CommanderError, program: Command, words: readonly string[]): UsageError {
  const text = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const { command } = descend(program, operandsOf(program, words));
  if (command === program) return new UsageError(text, '`berth help` lists the commands.');
  const names = [command.name()];
  for (let above = command.parent; above !== null && above !== program; above = above.parent)
    names.unshift(above.name());
  const name = names.join(' ');
  return new UsageError(text, `Usage: berth ${name} ${command.usage()}\n\`berth help ${name}\` explains it.`);
}

/** None where the global flags themselves are the mistake. */
function operandsOf(program: Command, words: readonly string[]): readonly string[] {
  try {
    return program.parseOptions([...words]).operands;
  } catch {
    return [];
  }
}
