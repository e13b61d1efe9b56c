/**
 * The command line of berthd: one flag for each setting that has one, and what to do.
 *
 * Each flag is also accepted as the older server spelled it, `--portRange` for `--port-range`.
 */
import { Argument, Command, CommanderError, Option } from 'commander';
import { flagName, type SettingTable } from './configSettings.ts';
import type { Given } from './configSources.ts';
import { StartError } from './core/startError.ts';

export const commands = ['serve', 'check-config', 'backup', 'restore', 'doctor', 'version'] as const;

/** What the commands take that deal with the state. */
export interface ToolOptions {
  readonly file: string | undefined;
  readonly force: boolean;
  readonly rebuild: boolean;
  readonly instance: string | undefined;
}

export interface CommandLine {
  readonly command: (typeof commands)[number];
  /** The file to read instead of the usual one. */
  readonly configFile: string | undefined;
  readonly given: readonly Given[];
  readonly options: ToolOptions;
}

/** `argv`: what follows the program's name. A request for help is answered with its text. */
export function parseCommandLine(
  argv: readonly string[],
  settings: SettingTable,
): CommandLine | { readonly help: string } {
  let output = '';
  const program = programFor(settings)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (output += text), writeErr: () => {}, outputError: () => {} });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help: output };
    const problem = error.message.replace(/^error: /, '').replace('\n', ' ');
    throw new StartError(`${problem}. \`berthd --help\` lists the flags`, { exitCode: 2 });
  }
  const { config, version, force, rebuild, instance, ...flags } = program.opts<Record<string, string>>();
  const [chosen, file] = program.processedArgs as [CommandLine['command'], string | undefined];
  const command = version === undefined ? chosen : 'version';
  refuseStrays(command, { file, force, rebuild, instance });
  return {
    command,
    options: { file, force: force !== undefined, rebuild: rebuild !== undefined, instance },
    configFile: config,
    given: Object.entries(flags).map(([key, raw]) => ({ key, raw, origin: `flag --${flagName(key)}` })),
  };
}

/** Which command each of them belongs to. */
const BELONGS: Readonly<Record<string, readonly string[]>> = {
  file: ['backup', 'restore'],
  force: ['restore'],
  rebuild: ['doctor'],
  instance: ['doctor'],
};

function refuseStrays(command: string, given: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || BELONGS[name]?.includes(command)) continue;
    const what =
      name === 'file' ? `too many arguments: ${value}` : `--${name} belongs to \`berthd ${BELONGS[name]?.[0]}\``;
    throw new StartError(`${what}. \`berthd --help\` lists the flags`, { exitCode: 2 });
  }
}

function programFor(settings: SettingTable): Command {
  const program = new Command('berthd')
    .description('Grants GPUs and host ports to versioned containers.')
    .addArgument(new Argument('[command]', 'what to do').choices(commands).default('serve'))
    .argument('[FILE]', 'backup: where to put a copy; restore: the backup')
    .option('--force', 'restore: also a backup of another installation')
    .option('--rebuild', 'doctor: make the records again from what Docker knows; the old ones are kept aside')
    .option('--instance <ID>', 'doctor --rebuild: the installation whose records to make')
    .option('--config <FILE>', 'file to read the settings from (default: /etc/berth/berth.toml)')
    .option('--version', 'the same as the command')
    .addHelpText('after', '\nEach flag is also a setting in the file, and BERTH_… in the environment.');
  for (const [key, { flag, about, fallback }] of Object.entries(settings)) {
    if (flag === undefined) continue;
    program.option(`--${flagName(key)} <${flag}>`, `${about} (default: ${String(fallback)})`);
    if (flagName(key) !== key) program.addOption(new Option(`--${key} <${flag}>`).hideHelp());
  }
  return program;
}
