/**
 * The few commands that containers of the in-memory engine know, enough to read, write and remove files, to end with
 * a code, to go on for ever and to list GPUs.
 *
 * `sh -c` takes `;`, `&&`, `||`, quotes, `$NAME`, `> FILE`, `>> FILE` and `>&2`.
 *
 * Not here: where files live (memoryEngineModel.ts shows the world of one container).
 */

export interface Chunk {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What a command sees of its container. Paths are absolute. */
export interface CommandWorld {
  readonly env: Readonly<Record<string, string>>;
  /** Granted GPUs, UUIDs in order. */
  readonly gpus: readonly string[];
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  /** Removes the file, or the whole tree below the path; false where there was nothing. */
  remove(path: string): boolean;
  list(directory: string): readonly string[];
}

export type CommandResult =
  | { readonly kind: 'done'; readonly chunks: readonly Chunk[]; readonly exitCode: number }
  /** Runs until it is killed; what it had printed by then. */
  | { readonly kind: 'endless'; readonly chunks: readonly Chunk[] }
  /** Copies its input to its output until the input ends. */
  | { readonly kind: 'copy' }
  /** Does not exist, in the words of the engine. */
  | { readonly kind: 'missing'; readonly message: string };

const done = (exitCode: number, ...chunks: readonly Chunk[]): CommandResult => ({ kind: 'done', chunks, exitCode });
const out = (text: string): Chunk => ({ stream: 'stdout', text });
const err = (text: string): Chunk => ({ stream: 'stderr', text });
const endless: CommandResult = { kind: 'endless', chunks: [] };

type Command = (world: CommandWorld, args: readonly string[]) => CommandResult;

const COMMANDS: Readonly<Record<string, Command>> = {
  true: () => done(0),
  false: () => done(1),
  exit: (_, [code]) => done(Number(code ?? 0)),
  echo: (_, args) => done(0, out(`${args.join(' ')}\n`)),
  sleep: (_, [seconds]) => (Number(seconds) > 0 ? endless : done(0)),
  env: ({ env }) => done(0, ...Object.entries(env).map(([name, value]) => out(`${name}=${value}\n`))),
  cat: (world, args) => (args.length === 0 ? { kind: 'copy' } : concatenate(world, args)),
  rm: removeFiles,
  ls: (world, [directory = '/']) => done(0, ...world.list(directory).map((name) => out(`${name}\n`))),
  test: (world, [flag, path = '']) => done(flag === '-e' && world.read(path) !== undefined ? 0 : 1),
  'nvidia-smi': listGpus,
  sh: (world, [flag, script]) => (flag === '-c' ? runScript(world, script ?? '') : endless),
};

/** Runs one command to its end, where it has one. */
export function runCommand(world: CommandWorld, [name = '', ...args]: readonly string[]): CommandResult {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command(world, args);
  return { kind: 'missing', message: `exec: "${name}": executable file not found in $PATH` };
}

function concatenate(world: CommandWorld, paths: readonly string[]): CommandResult {
  const chunks = paths.map((path) => {
    const text = world.read(path);
    return text === undefined ? err(`cat: can't open '${path}': No such file or directory\n`) : out(text);
  });
  return done(chunks.some(({ stream }) => stream === 'stderr') ? 1 : 0, ...chunks);
}

function removeFiles(world: CommandWorld, args: readonly string[]): CommandResult {
  const forced = args.some((arg) => /^-r?f/.test(arg));
  const missing = args.filter((arg) => !arg.startsWith('-') && !world.remove(arg));
  if (forced || missing.length === 0) return done(0);
  return done(1, ...missing.map((path) => err(`rm: can't remove '${path}': No such file or directory\n`)));
}

/** The runtime mounts nvidia-smi only where GPUs were granted, as the stub driver of the real engine does. */
function listGpus({ gpus }: CommandWorld): CommandResult {
  if (gpus.length === 0) return { kind: 'missing', message: 'exec: "nvidia-smi": executable file not found in $PATH' };
  return done(0, ...gpus.map((uuid, index) => out(`GPU ${index}: NVIDIA H200 (UUID: ${uuid})\n`)));
}

function runScript(world: CommandWorld, script: string): CommandResult {
  const chunks: Chunk[] = [];
  let exitCode = 0;
  for (const { joint, words } of stepsOf(script)) {
    if ((joint === '&&' && exitCode !== 0) || (joint === '||' && exitCode === 0)) continue;
    const result = runStep(world, words);
    if (result.kind === 'copy') return result;
    if (result.kind === 'missing') chunks.push(err(`sh: ${words[0]}: not found\n`));
    else chunks.push(...result.chunks);
    if (result.kind === 'endless') return { kind: 'endless', chunks };
    exitCode = result.kind === 'missing' ? 127 : result.exitCode;
    if (words[0] === 'exit') break;
  }
  return done(exitCode, ...chunks);
}

interface Step {
  readonly joint: string;
  readonly words: readonly string[];
}

function stepsOf(script: string): readonly Step[] {
  const parts = script.split(/(;|&&|\|\|)/).map((part) => part.trim());
  return parts
    .map((part, at) => ({ joint: parts[at - 1] ?? ';', words: part.match(/'[^']*'|"[^"]*"|>>|>&2|>|[^\s>]+/g) ?? [] }))
    .filter((_, at) => at % 2 === 0)
    .filter(({ words }) => words.length > 0);
}

function runStep(world: CommandWorld, raw: readonly string[]): CommandResult {
  const at = raw.findIndex((word) => word.startsWith('>'));
  const words = (at < 0 ? raw : raw.slice(0, at)).map((word) => unquote(word, world.env));
  const result = runCommand(world, words);
  if (at < 0 || result.kind !== 'done') return result;
  const text = result.chunks.map((chunk) => chunk.text).join('');
  if (raw[at] === '>&2') return done(result.exitCode, err(text));
  const path = unquote(raw[at + 1] ?? '', world.env);
  world.write(path, raw[at] === '>>' ? (world.read(path) ?? '') + text : text);
  return done(result.exitCode);
}

function unquote(word: string, env: Readonly<Record<string, string>>): string {
  if (word.startsWith("'")) return word.slice(1, -1);
  const bare = word.startsWith('"') ? word.slice(1, -1) : word;
  return bare.replace(/\$(\w+)/g, (_, name: string) => env[name] ?? '');
}
