/**
 * The OpenAPI 3.1 document, built from the contract: what a client may send, and what it gets back.
 *
 * Not here: how it is served (documents.ts), how schemas are turned (openapiSchemas.ts).
 */
import { isAbsent, type RestRoute } from '../../common/contract/define.ts';
import { ERRORS, NUMBER_TEXT } from '../../common/errors.ts';
import { ENTRIES, type Entry } from '../../common/services.ts';
import { collect, type Example, exampleOf } from './openapiExamples.ts';
import { type JsonSchema, SchemaBook } from './openapiSchemas.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Success | Reference>>;
}

interface Success {
  readonly description: string;
  readonly headers?: object;
  readonly content?: Content;
}

interface Reference {
  readonly $ref: string;
}

export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Paths;
  readonly components: {
    readonly securitySchemes: object;
    readonly responses: object;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

const TAGS = {
  replicaSet: 'Named, versioned containers',
  volume: 'Volumes',
  network: 'Docker networks that sets are on',
  resource: 'GPUs and host ports',
  operation: 'Changes under way, and those that have ended',
  exec: 'Commands in containers that outlive their clients',
  event: 'What happens, as it happens',
  system: 'The daemon itself',
} as const satisfies Record<Entry['group'], string>;

export function openApiDocument(version: string): OpenApiDocument {
  const book = new SchemaBook();
  const paths = pathsOf(book);
  return {
    openapi: '3.1.0',
    info: { title: 'Berth', version, description: description() },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: Object.entries(TAGS).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: { Refused: refused },
      schemas: { ...shownComponents(book, paths), Refusal: envelope({ type: 'null' }) },
    },
  };
}

const description = (): string =>
  [
    'Every answer is `{code, msg, data}`: `code` is 200 for success, else one of these numbers; `msg` begins with its text.',
    ...numbers().map(([number, text]) => `- ${number}: ${text}`),
    'Failures without a number of their own carry the one of their route, or the HTTP status.',
  ].join('\n');

/** Those of the numbers that can be met. */
export function numbers(): readonly (readonly [number: number, text: string])[] {
  const met = new Set<number | string>([
    ...Object.values(ERRORS).map((row) => row.number),
    ...ENTRIES.flatMap((entry) => entry.fallback ?? []),
  ]);
  return Object.entries(NUMBER_TEXT)
    .map(([number, text]) => [Number(number), text] as const)
    .filter(([number]) => met.has(number));
}

const envelope = (data: JsonSchema): JsonSchema => ({
  type: 'object',
  required: ['code', 'msg', 'data'],
  properties: { code: { type: 'integer' }, msg: { type: 'string' }, data },
});

const refused = {
  description: 'What failed, on what, why, and what to do',
  headers: { 'Retry-After': { description: 'Seconds, where waiting can help', schema: { type: 'integer' } } },
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
};

function pathsOf(book: SchemaBook): Paths {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const entry of ENTRIES) {
    const { rest } = entry.procedure;
    if (isAbsent(rest)) continue;
    const path = `/api/v1${rest.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [rest.method.toLowerCase()]: operationOf(entry, rest, book) };
  }
  return paths;
}

function operationOf(entry: Entry, route: RestRoute, book: SchemaBook): Operation {
  const { procedure, path, group, fallback } = entry;
  const input = book.of(procedure.input, 'input');
  const output = book.of(procedure.output, 'output');
  const others = fallback === undefined ? '' : ` Failures without a number of their own carry ${fallback}.`;
  const operation: Operation = {
    operationId: path,
    tags: [group],
    summary: procedure.summary,
    description: `Needs the role ${procedure.access}.${others}`,
    ...requestOf(route, input, procedure.kind === 'mutation' && procedure.idempotency === undefined ? [repeatKey] : []),
    responses: { '200': successOf(route, output), default: reference },
  };
  const example = exampleOf(path);
  return example === undefined ? operation : withExample(operation, example);
}

function withExample(operation: Operation, { parameters = {}, body, answer: answered, type }: Example): Operation {
  const { requestBody, responses } = operation;
  const shown = (content: Content, which: string, example: unknown): Content =>
    which in content ? { ...content, [which]: { ...(content[which] as Content[string]), example } } : content;
  const ok = responses['200'] as Success;
  return {
    ...operation,
    ...(operation.parameters === undefined
      ? {}
      : {
          parameters: operation.parameters.map((it) =>
            it.name in parameters ? { ...it, example: parameters[it.name] } : it,
          ),
        }),
    ...(requestBody === undefined || body === undefined
      ? {}
      : { requestBody: { ...requestBody, content: shown(requestBody.content, 'application/json', body) } }),
    responses: { ...responses, '200': { ...ok, content: shown(ok.content ?? {}, type, answered) } },
  };
}

/** Each component with what the first example shows of it. */
function shownComponents(book: SchemaBook, paths: Paths): Readonly<Record<string, JsonSchema>> {
  const found = new Map<string, unknown>();
  const contents = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ requestBody, responses }) => [requestBody?.content, (responses['200'] as Success).content]);
  for (const { schema, example } of contents.flatMap((content) => Object.values(content ?? {}))) {
    collect(schema, example, book.components, found);
  }
  return Object.fromEntries(
    [...book.components].map(([name, schema]) => [
      name,
      found.has(name) ? { ...schema, examples: [found.get(name)] } : schema,
    ]),
  );
}

const reference: Reference = { $ref: '#/components/responses/Refused' };

const answer = (output: JsonSchema) => ({
  description: 'Success',
  content: { 'application/json': { schema: envelope(output) } },
});

const lines = (output: JsonSchema) => ({
  description:
    'One JSON document a line, until the client leaves; a failure on the way is a last line `{code, msg, data}`',
  content: { 'application/x-ndjson': { schema: output } },
});

const text = {
  description: 'The text as it comes; a line of Berth itself begins with `-- `. Docker clients may ask for its frames',
  content: {
    'text/plain': { schema: { type: 'string' } },
    'application/vnd.docker.multiplexed-stream': { schema: { type: 'string', format: 'binary' } },
  },
} as const;

const archive = {
  description: 'A tar archive; one that breaks off breaks the connection',
  content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } },
} as const;

function successOf({ method, stream, streamIf, header }: RestRoute, output: JsonSchema): Success {
  const headers =
    header === undefined
      ? {}
      : { headers: { [header]: { description: 'Base64 of JSON', schema: { type: 'string' }, 'x-content': output } } };
  if (method === 'HEAD') return { description: 'Success', ...headers };
  if (stream === 'tar') return { ...archive, ...headers };
  if (stream === 'text') return text;
  if (stream !== 'ndjson') return answer(output);
  if (streamIf === undefined) return lines(output);
  const once = answer(output);
  return {
    description: `With \`${streamIf}\`: ${lines(output).description}. Without it: one answer`,
    content: { ...once.content, ...lines(output).content },
  };
}

const repeatKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Name the request, and it has one effect however often it is sent; for 24 hours a repetition gets the same answer. ' +
    'The same key with another request is refused with 422',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

function requestOf(
  { method, path, takes }: RestRoute,
  input: JsonSchema,
  headers: readonly Parameter[],
): Pick<Operation, 'parameters' | 'requestBody'> {
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const fields = Object.entries(input.properties ?? {});
  const inQuery = ['GET', 'HEAD', 'DELETE'].includes(method) || takes !== undefined;
  const isRequired = (name: string) => input.required?.includes(name) ?? false;
  const parameters: Parameter[] = fields
    .filter(([name]) => inPath.has(name) || inQuery)
    .map(([name, { description: text, ...schema }]) => ({
      name,
      in: inPath.has(name) ? ('path' as const) : ('query' as const),
      required: inPath.has(name) || isRequired(name),
      ...(text === undefined ? {} : { description: text }),
      schema,
    }));
  parameters.push(...headers);
  const body = fields.filter(([name]) => !inPath.has(name));
  return {
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(takes === undefined ? {} : { requestBody: { required: true, content: archive.content } }),
    ...(inQuery || body.length === 0 ? {} : { requestBody: bodyOf(input, Object.fromEntries(body)) }),
  };
}

function bodyOf(input: JsonSchema, properties: Readonly<Record<string, JsonSchema>>) {
  const required = input.required?.filter((name) => name in properties) ?? [];
  const schema = { ...input, properties, required };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}
