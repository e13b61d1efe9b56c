/**
 * The examples of the OpenAPI document: requests that were sent, with what was answered. `npm run -s docs` records them
 * anew, and a test fails when the daemon answers otherwise.
 */
import recorded from './openapiExamples.json' with { type: 'json' };
import type { JsonSchema } from './openapiSchemas.ts';

export interface Example {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly answer: unknown;
  /** The media type of the answer. */
  readonly type: string;
}

const EXAMPLES: Readonly<Record<string, Example>> = recorded;

export const exampleOf = (operation: string): Example | undefined => EXAMPLES[operation];

type Components = ReadonlyMap<string, JsonSchema>;

/** Finds what a value shows of each component in its schema; the first of each is kept. */
export function collect(schema: JsonSchema, value: unknown, components: Components, found: Map<string, unknown>): void {
  if (value === null || value === undefined) return;
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) {
    if (!found.has(name)) found.set(name, value);
    collect(components.get(name) ?? {}, value, components, found);
  }
  for (const option of schema.anyOf ?? []) collect(option, value, components, found);
  if (Array.isArray(value)) for (const item of value) collect(schema.items ?? {}, item, components, found);
  else if (typeof value === 'object') {
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [field, inner] of Object.entries(schema.properties ?? {}))
      collect(inner, fields[field], components, found);
  }
}
