/**
 * Where Berth's own flags end and a command for the container begins.
 *
 * `berth exec train ls -la` must not read `-la` as Berth's. As with sudo and env, the first word of the command ends
 * the flags; this puts the `--` there that the user left out. Flags may still stand between the arguments before it.
 */
import type { Command, Option } from 'commander';

export function separateCommand(program: Command, argv: readonly string[]): readonly string[] {
  const words = new Words(argv);
  const verb = words.next(program.options);
  const command = program.commands.find((it) => it.name() === verb || it.aliases().includes(verb ?? ''));
  if (command?.registeredArguments.at(-1)?.variadic !== true) return argv;
  const options = [...program.options, ...command.options];
  for (const argument of command.registeredArguments) {
    if (words.next(options) === undefined) return argv;
    if (argument.variadic) return argv.toSpliced(words.position - 1, 0, '--');
  }
  return argv;
}

/** Reads the words that are neither flags nor their values; stops at `--`. */
class Words {
  /** Of the word after the one read last. */
  position = 0;
  readonly #argv: readonly string[];

  constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  next(options: readonly Option[]): string | undefined {
    for (let word = this.#argv[this.position]; word !== undefined; word = this.#argv[this.position]) {
      if (word === '--') return undefined;
      this.position += 1;
      if (!isFlag(word)) return word;
      if (valueFollows(word, options)) this.position += 1;
    }
    return undefined;
  }
}

const isFlag = (word: string): boolean => word.length > 1 && word.startsWith('-');

/** `--user bob` and `-iu bob`; not `--user=bob`, nor `-ubob`. */
function valueFollows(word: string, options: readonly Option[]): boolean {
  if (word.startsWith('--')) return options.some((option) => option.long === word && takesValue(option));
  const isValued = (letter: string): boolean => options.some((it) => it.short === `-${letter}` && takesValue(it));
  const first = Array.from(word).findIndex(isValued);
  return first !== -1 && first === word.length - 1;
}

const takesValue = (option: Option): boolean => option.required || option.optional;
