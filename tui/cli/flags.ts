/**
 * Schema → the arguments and flags of a command, and texts typed by a user → input for the daemon.
 *
 * Invariants
 *  - Every field of a schema can be given on the command line: as an argument, or as a flag.
 *  - What was not typed is not sent: defaults are the daemon's.
 *
 * Not here: commander (commands.ts), judging the values (input.ts).
 */
import type { z } from 'zod';
import type { CliCommand, CliFlag } from '../../common/contract/define.ts';

export type Kind = 'text' | 'number' | 'boolean' | 'choice' | 'bind' | 'user';

/** One field that can be typed. */
export interface Field {
  /** Where it stands in the input, such as `gpuPatch.gpuCount`. */
  readonly path: string;
  readonly kind: Kind;
  readonly choices: readonly string[];
  readonly list: boolean;
  readonly required: boolean;
  readonly description: string;
  readonly fallback: unknown;
  /** By position, else by flag. */
  readonly positional: boolean;
  /** The flag without dashes, or the argument's name in the help. */
  readonly name: string;
  /** How one value looks, such as `KEY=value`. */
  readonly form: string;
  readonly short: string | undefined;
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

/** Throws for a schema that the command line cannot express; that is a fault of the contract. */
export function fieldsOf(input: z.core.$ZodType, cli: Pick<CliCommand, 'args' | 'flags'>): readonly Field[] {
  const args = cli.args ?? [];
  const fields = leaves(shapeOf(input) ?? {}, { prefix: '', required: true, description: '' }, cli);
  const position = (field: Field): number => (field.positional ? args.indexOf(field.path) : args.length);
  return fields.toSorted((a, b) => position(a) - position(b));
}

/** What an object hands down to its fields. */
interface Above {
  readonly prefix: string;
  readonly required: boolean;
  readonly description: string;
}

function leaves(shape: Shape, above: Above, cli: Pick<CliCommand, 'args' | 'flags'>): readonly Field[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const path = above.prefix + key;
    const peeled = peel(schema);
    const required = above.required && !peeled.optional;
    const description = peeled.description ?? above.description;
    const flag = cli.flags?.[path];
    const inner = flag?.format === undefined ? shapeOf(peeled.schema) : undefined;
    if (inner !== undefined) return leaves(inner, { prefix: `${path}.`, required, description }, cli);
    const isPositional = cli.args?.includes(path) ?? false;
    return [{ ...fieldOf(path, peeled, flag, isPositional), required, description: description || itemText(peeled) }];
  });
}

function fieldOf(path: string, peeled: Peeled, flag: CliFlag | undefined, positional: boolean) {
  const item = itemOf(peeled);
  const { schema } = item ?? peeled;
  const kind = flag?.format ?? kindOf(schema, path);
  const name = flag?.name ?? (positional ? kebab(path).replace(/-name$/, '') : kebab(path));
  return {
    path,
    name,
    form: formOf(kind, item?.description, name),
    kind,
    choices: kind === 'choice' ? choicesOf(schema) : [],
    list: item !== undefined,
    fallback: peeled.fallback,
    positional,
    short: flag?.short,
  };
}

/** An item described by one word is described by its form. */
function formOf(kind: Kind, item: string | undefined, name: string): string {
  if (kind === 'bind') return 'src:dest';
  if (kind === 'number') return 'n';
  if (kind === 'user') return 'me|user';
  return item !== undefined && !item.includes(' ') ? item : name;
}

const itemOf = ({ schema }: Peeled): Peeled | undefined =>
  schema._zod.def.type === 'array' ? peel((schema as z.core.$ZodArray)._zod.def.element) : undefined;

const itemText = (peeled: Peeled): string => itemOf(peeled)?.description ?? '';

const kebab = (path: string): string =>
  path.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

interface Peeled {
  readonly schema: z.core.$ZodType;
  readonly optional: boolean;
  readonly fallback: unknown;
  readonly description: string | undefined;
}

/** Takes off what wraps a value: optional, null, defaults, transforms. The outermost description counts. */
function peel(schema: z.core.$ZodType): Peeled {
  const own = { schema, optional: false, fallback: undefined, description: descriptionOf(schema) };
  const inner = innerOf(schema);
  if (inner === undefined) return own;
  const peeled = peel(inner);
  const def = schema._zod.def;
  return {
    schema: peeled.schema,
    optional: peeled.optional || ['optional', 'nullable', 'default'].includes(def.type),
    fallback: 'defaultValue' in def ? def.defaultValue : peeled.fallback,
    description: own.description ?? peeled.description,
  };
}

function innerOf({ _zod: { def } }: z.core.$ZodType): z.core.$ZodType | undefined {
  if ('innerType' in def) return def.innerType as z.core.$ZodType;
  return def.type === 'pipe' && 'in' in def ? (def.in as z.core.$ZodType) : undefined;
}

const descriptionOf = (schema: z.core.$ZodType): string | undefined =>
  'description' in schema && typeof schema.description === 'string' ? schema.description : undefined;

const shapeOf = (schema: z.core.$ZodType): Shape | undefined =>
  schema._zod.def.type === 'object' ? (schema as z.core.$ZodObject)._zod.def.shape : undefined;

const choicesOf = (schema: z.core.$ZodType): readonly string[] =>
  Object.values((schema as z.core.$ZodEnum)._zod.def.entries).map(String);

function kindOf(schema: z.core.$ZodType, path: string): Kind {
  const { type } = schema._zod.def;
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'boolean') return type;
  if (type === 'enum') return 'choice';
  throw new Error(`the command line has no form for ${path} (${type})`);
}
