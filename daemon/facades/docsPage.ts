/**
 * The OpenAPI document as a page to read: plain HTML, no script, nothing from elsewhere.
 *
 * Not here: what it says (openapi.ts), how it looks (docsStyle.ts).
 */
import { numbers, type OpenApiDocument, type Operation } from './openapi.ts';
import type { JsonSchema } from './openapiSchemas.ts';

type Html = string;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text with `code` in backquotes. */
const prose = (text: string): Html =>
  text.replace(/[&<>"']/g, (mark) => ESCAPES[mark] ?? mark).replace(/`([^`]+)`/g, '<code>$1</code>');

export function docsPage(document: OpenApiDocument): Html {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = document.tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Berth ${prose(document.info.version)}: REST</title><link rel="stylesheet" href="/docs/style.css"></head><body>
<nav><h1>Berth</h1>${groups.map(menu).join('')}<p><a href="#numbers">Numbers</a></p><p><a href="#schemas">Schemas</a></p>
<p><a href="/api/v1/openapi.json">openapi.json</a></p></nav>
<main>${introduction()}${groups.map(section).join('')}${schemas(document)}</main></body></html>
`;
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}
interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Place[];
}

const badge = (method: string): Html => `<span class="method ${method.toLowerCase()}">${method}</span>`;

const menu = ({ name, operations }: Group): Html =>
  `<h2>${name}</h2><ul>${operations
    .map(({ method, operation }) => {
      const { operationId } = operation;
      return `<li><a href="#${operationId}">${badge(method)} ${operationId.split('.')[1]}</a></li>`;
    })
    .join('')}</ul>`;

const introduction = (): Html => `<h1 id="numbers">REST interface</h1>
<p>Send <code>Authorization: Bearer TOKEN</code> and JSON bodies. Every answer is
<code>{"code", "msg", "data"}</code>: code 200 is success, anything else one of these, or the HTTP status.</p>
<pre>curl http://127.0.0.1:2378/api/v1/replicaSet -H "Authorization: Bearer $TOKEN" \\
  --json '{"imageName": "nvidia/cuda:12.4.1-base", "replicaSetName": "train", "gpuCount": 2, "containerPorts": ["22"]}'</pre>
<table>${numbers()
  .map(([number, text]) => `<tr><td><code>${number}</code></td><td>${prose(text)}</td></tr>`)
  .join('')}</table>`;

const section = ({ name, description, operations }: Group): Html =>
  `<h1>${name}</h1><p>${prose(description)}</p>${operations.map(article).join('')}`;

function article({ path, method, operation }: Place): Html {
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody?.content['application/json']?.schema;
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  const properties = Object.fromEntries(
    parameters.map(({ name, in: place, description, schema }) => [
      name,
      { ...schema, description: [`In the ${place}.`, description].filter(Boolean).join(' ') },
    ]),
  );
  return `<article id="${operation.operationId}"><h2>${badge(method)} <code>${prose(path)}</code></h2>
<p>${prose(operation.summary)}</p><p class="note">${prose(operation.description)}</p>
${parameters.length > 0 ? `<h3>Parameters</h3>${fields({ properties, required })}` : ''}
${body === undefined ? '' : `<h3>Body</h3>${fields(body)}`}<h3>Answer</h3>${answerOf(operation)}</article>`;
}

function answerOf({ responses }: Operation): Html {
  const ok = responses['200'];
  if (ok === undefined || '$ref' in ok) return '';
  const lines = ok.content?.['application/x-ndjson']?.schema;
  if (lines !== undefined) return `<p>${prose(ok.description)}</p>${shape(lines)}`;
  const data = ok.content?.['application/json']?.schema.properties?.data;
  if (data === undefined) return `<p>${prose(ok.description)}</p>`;
  return `<p><code>data</code>: ${typeWords(data)}</p>${shape(data)}`;
}

/** The fields of an object, also of one that may be null or stands in a list. */
function shape(schema: JsonSchema): Html {
  if (schema.properties !== undefined) return fields(schema);
  return [schema.items, ...(schema.anyOf ?? [])].map((inner) => (inner === undefined ? '' : shape(inner))).join('');
}

function fields({ properties = {}, required = [] }: JsonSchema): Html {
  const rows = Object.entries(properties).map(
    ([name, field]) =>
      `<tr><td><code>${prose(name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}</td>` +
      `<td>${typeWords(field)}</td><td>${prose(field.description ?? '')}${shape(field)}</td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

/** A type in words, with links to the schemas it names. */
function typeWords(schema: JsonSchema): Html {
  const named = schema.$ref?.split('/').at(-1);
  if (named !== undefined) return `<a href="#schema-${named}">${named}</a>`;
  if (schema.const !== undefined) return `<code>${prose(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined) return schema.enum.map((it) => `<code>${prose(String(it))}</code>`).join(' | ');
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map(typeWords).join(' | ');
  if (schema.items !== undefined) return `list of ${typeWords(schema.items)}`;
  return [schema.type ?? 'anything'].flat().join(' | ');
}

const schemas = ({ components }: OpenApiDocument): Html =>
  `<h1 id="schemas">Schemas</h1>${Object.entries(components.schemas)
    .map(([name, schema]) => `<article id="schema-${name}"><h2>${name}</h2>${schemaBody(schema)}</article>`)
    .join('')}`;

function schemaBody(schema: JsonSchema): Html {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) return variants.map(shape).join('');
  return schema.properties === undefined ? `<p>${typeWords(schema)}</p>` : fields(schema);
}
