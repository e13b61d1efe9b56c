/**
 * The command line of berthd: one flag for each setting that has one, and what to do.
 *
 * Each flag is also accepted as the older server spelled it, `--portRange` for `--port-range`.
 */
import { Argument, Command, CommanderError, Option } from 'commander';
import { flagName, type SettingTable } from './configSettings.ts';
import type { Given } from './configSources.ts';
import { StartError } from './core/startError.ts';

export const commands = ['serve', 'check-config', 'version'] as const;

export interface CommandLine {
  readonly command: (typeof commands)[number];
  /** The file to read instead of the usual one. */
  readonly configFile: string | undefined;
  readonly given: readonly Given[];
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
  const { config, version, ...flags } = program.opts<Record<string, string>>();
  return {
    command: version === undefined ? (program.processedArgs[0] as CommandLine['command']) : 'version',
    configFile: config,
    given: Object.entries(flags).map(([key, raw]) => ({ key, raw, origin: `flag --${flagName(key)}` })),
  };
}

function programFor(settings: SettingTable): Command {
  const program = new Command('berthd')
    .description('Grants GPUs and host ports to versioned containers.')
    .addArgument(new Argument('[command]', 'what to do').choices(commands).default('serve'))
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
