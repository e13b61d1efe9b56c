/**
 * What flags, environment and file say, each value with the place it came from, and every name that nobody knows.
 *
 * Not here: what the values may be (configSettings.ts), who wins (config.ts).
 */
import { parse, TomlError } from 'smol-toml';
import { nearest } from '../common/nearest.ts';
import { variableName } from './configSettings.ts';

/** One value, as given. */
export interface Given {
  readonly key: string;
  readonly raw: unknown;
  /** "flag --gpus", "BERTH_GPUS", "/etc/berth/berth.toml". */
  readonly origin: string;
}

export interface Source {
  readonly given: readonly Given[];
  readonly problems: readonly string[];
}

const prefix = 'BERTH_';
const withoutPrefix = (name: string): string => name.slice(prefix.length);

/**
 * The variables that belong to settings. One that nearly does is a slip of the pen; others that begin with BERTH_ belong
 * to the client or to somebody's script.
 */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>, keys: readonly string[]): Source {
  const own = ['BERTH_CONFIG', ...keys.map(variableName)];
  const problems = Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !own.includes(name))
    .flatMap((name) => {
      const meant = nearest(withoutPrefix(name), own.map(withoutPrefix));
      return meant === undefined ? [] : [`the variable ${name} is no setting; did you mean ${prefix}${meant}?`];
    });
  const given = keys.flatMap((key): Given[] => {
    const raw = env[variableName(key)];
    return raw === undefined || raw === '' ? [] : [{ key, raw, origin: variableName(key) }];
  });
  return { given, problems };
}

export function fromFile(path: string, text: string, keys: readonly string[]): Source {
  let table: object;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { given: [], problems: [`${path}:${error.line}:${error.column}: ${firstLine(error.message)}`] };
  }
  const given = [...leaves(table)].map(([key, raw]) => ({ key, raw, origin: path }));
  const unknown = given.filter(({ key }) => !keys.includes(key));
  return {
    given: given.filter(({ key }) => keys.includes(key)),
    problems: unknown.map(({ key }) => `${path}: there is no setting "${key}"${suggestion(key, keys)}`),
  };
}

function suggestion(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/** Values with the dotted path to each. */
function* leaves(table: object, prefix = ''): Generator<readonly [string, unknown]> {
  for (const [name, value] of Object.entries(table) as [string, unknown][]) {
    if (isTable(value)) yield* leaves(value, `${prefix}${name}.`);
    else yield [prefix + name, value];
  }
}

const isTable = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
