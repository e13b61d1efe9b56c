/**
 * Zod schemas → JSON Schema as OpenAPI 3.1 wants it. Schemas with an id become components, each once.
 *
 * Answers leave room for fields that come later; requests are as strict as the daemon is.
 */
import { z } from 'zod';

/** The parts of a JSON Schema that are read here or on the page. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly [keyword: string]: unknown;
}

export class SchemaBook {
  readonly components = new Map<string, JsonSchema>();

  /** The schema in place, or a reference where it has an id. */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, override: tidy }) as JsonSchema;
    for (const [id, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      this.#keep(id, withComponentRefs(definition));
    }
    return withComponentRefs(root);
  }

  #keep(id: string, definition: JsonSchema): void {
    const known = this.components.get(id);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`the schema ${id} differs between requests and answers: give one of them another id`);
    }
    this.components.set(id, definition);
  }
}

/** Leaves out what says nothing to a reader: the bounds of a double, and the pattern behind a named format. */
function tidy({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }) {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  const { def } = zodSchema._zod;
  refuseFlags(def.checks ?? []);
  if (def.type === 'object' && !('catchall' in def && def.catchall)) delete jsonSchema.additionalProperties;
}

/** A JSON Schema's pattern has no place for them: the document would refuse what the daemon takes, or the other way. */
function refuseFlags(checks: readonly z.core.$ZodCheck[]): void {
  for (const { _zod } of checks) {
    if ('pattern' in _zod.def && _zod.def.pattern instanceof RegExp && /[ims]/.test(_zod.def.pattern.flags)) {
      throw new Error(`write the pattern ${_zod.def.pattern} without flags`);
    }
  }
}

function withComponentRefs<T>(node: T): T {
  if (Array.isArray(node)) return node.map(withComponentRefs) as T;
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' ? String(value).replace('#/$defs/', '#/components/schemas/') : withComponentRefs(value),
    ]),
  ) as T;
}
