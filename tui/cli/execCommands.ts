/**
 * How `exec`, `attach` and `sessions open` are typed: commands of bytes, which are no procedures of the contract.
 *
 * Not here: what they do (exec.ts).
 */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { attach, detach, type ExecRequest, exec, openSession } from './exec.ts';
import { attachTail, execTail, groupTitle, sessionTail } from './help.ts';
import type { CommonOptions } from './terminal.ts';

type Run = (options: CommonOptions, work: (context: Context) => Promise<number>) => Promise<void>;

/** After the contract's commands, among which `sessions` is. */
export function addExecCommands(program: Command, run: Run): void {
  addExec(program, run);
  addAttach(program, run);
  addSessionsOpen(program, run);
}

function addExec(program: Command, run: Run): void {
  program
    .command('exec')
    .helpGroup(groupTitle('replicaSet'))
    .summary('Runs a command inside a replicaSet')
    .description('Runs a command inside a replicaSet, with its output as it comes and its exit code.')
    .argument('<name>', 'Name of the replicaSet')
    .argument('<command...>', 'Command and arguments, to the end of the line')
    .option('-i, --interactive', 'Pass the input on; clean for pipes')
    .option('-t, --tty', 'Give the command a terminal; with -i for shells')
    .option('-d, --detach', 'Leave it running in a session, and print the id of that')
    .option('-w, --workdir <directory>', 'Directory to run it in')
    .option('-u, --user <user>', 'User to run it as')
    .option('-e, --env <KEY=value>', 'Environment variable (may be repeated)', collect)
    .addHelpText('after', execTail)
    .action(async (name: string, cmd: string[], _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExecOptions & CommonOptions>();
      const work = options.detach === true ? detach : exec;
      await run(options, (context) => work(context, execRequest(name, cmd, options)));
    });
}

function addAttach(program: Command, run: Run): void {
  const command = program
    .command('attach')
    .helpGroup(groupTitle('replicaSet'))
    .summary('Shows the main process of a replicaSet, and types to it')
    .description('Shows what the main process prints from now on, and types to it. Leaving does not end it.')
    .argument('<name>', 'Name of the replicaSet')
    .addHelpText('after', attachTail);
  withLeaving(command).action(async (name: string, _own: unknown, own: Command) => {
    const { stdin, detachKeys, ...options } = own.optsWithGlobals<LeavingOptions & CommonOptions>();
    await run(options, (context) => attach(context, { name, stdin, detachKeys }));
  });
}

function addSessionsOpen(program: Command, run: Run): void {
  const sessions = program.commands.find((command) => command.name() === 'sessions');
  if (sessions === undefined) throw new Error('the contract has no command `sessions`');
  const command = sessions
    .command('open')
    .summary('Comes back to the command of a session')
    .description('Shows what was missed of a session and what comes, and types to it. Leaving does not end it.')
    .argument('<id>', 'Id of the session')
    .addHelpText('after', sessionTail);
  withLeaving(command).action(async (id: string, _own: unknown, own: Command) => {
    const { stdin, detachKeys, ...options } = own.optsWithGlobals<LeavingOptions & CommonOptions>();
    await run(options, (context) => openSession(context, { id, stdin, detachKeys }));
  });
}

const withLeaving = (command: Command): Command =>
  command.option('--no-stdin', 'Only look').option('--detach-keys <keys>', 'Keys that leave it', 'ctrl-p,ctrl-q');

interface LeavingOptions {
  readonly stdin: boolean;
  readonly detachKeys: string;
}

interface ExecOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly detach?: boolean;
  readonly workdir?: string;
  readonly user?: string;
  readonly env?: string[];
}

const execRequest = (name: string, cmd: string[], options: ExecOptions): ExecRequest => ({
  name,
  cmd,
  interactive: options.interactive === true,
  tty: options.tty === true,
  workDir: options.workdir,
  user: options.user,
  env: options.env ?? [],
});

const collect = (text: string, before: string[] = []): string[] => [...before, text];
