/**
 * Damage to one request: what odd, old and hostile clients send. Plain data, so that a failure can be shortened.
 *
 * Not here: requests as they should be (requests.ts).
 */
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { packed } from '../rig/memoryEngineTar.ts';
import type { Draft, Fields, Request } from './draft.ts';
import { type Route, routeOf } from './surface.ts';
import { ODD_BODIES, ODD_PARTS, ODD_VALUES } from './words.ts';

export type Spoil =
  /** Another value, none, another name or a stranger, somewhere in the body. */
  | { readonly do: 'value'; readonly at: number; readonly value: unknown }
  | { readonly do: 'drop' | 'capitalize' | 'quote'; readonly at: number }
  | { readonly do: 'add'; readonly field: string; readonly value: unknown }
  | { readonly do: 'query'; readonly field: string; readonly value: string }
  | { readonly do: 'part'; readonly part: string }
  | { readonly do: 'method'; readonly method: string }
  | { readonly do: 'body'; readonly which: number }
  | { readonly do: 'key'; readonly key: string }
  | { readonly do: 'path'; readonly path: string };

const at = fc.nat({ max: 30 });
const odd = fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue({ maxDepth: 2 }));
const strangers = fc.constantFrom('privileged', 'Name', 'force', 'idempotencyKey', '__proto__', 'constructor', 'ü');

export const spoil: fc.Arbitrary<Spoil> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('value'), at, value: odd }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('drop', 'capitalize', 'quote'), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('add'), field: strangers, value: odd }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('query'), field: strangers, value: fc.string() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('part'), part: fc.constantFrom(...ODD_PARTS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('method'),
      method: fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE', 'TRACE', 'SEARCH', 'MKCOL'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('body'), which: fc.nat({ max: ODD_BODIES.length - 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('key'), key: fc.constantFrom('', ' ', 'a b', 'k'.repeat(300)) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('path'),
      path: fc.constantFrom(
        '/',
        '//',
        '/api/v1',
        '/api/v1/',
        '/api/v2/replicaSet',
        '/API/v1/replicaSet',
        '/docs/..',
        '/favicon.ico',
        '/api/v1/replicaset',
        '*',
        '/ping',
        '/docs',
        '/api/v1/openapi.json',
        '/?a=1',
        '/api/v1/replicaSet?',
      ),
    }),
  },
);

/** The request as it is sent, damaged where `damage` says so. */
export function spoiled(draft: Draft, damage: Spoil | undefined): Request {
  const route = routeOf(draft.operation) as Route;
  const written = write(route, draft, damage);
  const body = bodyOf(route, draft.body, damage);
  const method = damage?.do === 'method' ? damage.method : route.method;
  const mayBeElsewhere = method !== route.method || damage?.do === 'part' || damage?.do === 'path';
  return {
    method,
    path: written,
    headers: { ...(body?.type === undefined ? {} : { 'content-type': body.type }), ...keyOf(draft, damage) },
    ...(body === undefined ? {} : { body: body.text }),
    ...(body?.isBytes === undefined ? {} : { isBytes: body.isBytes }),
    operation: mayBeElsewhere ? undefined : route.operation,
    role: draft.role,
  };
}

function keyOf({ key }: Draft, damage: Spoil | undefined): Record<string, string> {
  const sent = damage?.do === 'key' ? damage.key : key;
  return sent === undefined ? {} : { 'idempotency-key': sent };
}

function write(route: Route, { parameters }: Draft, damage: Spoil | undefined): string {
  if (damage?.do === 'path') return damage.path;
  const part = (name: string): string => (damage?.do === 'part' ? damage.part : encode(String(parameters[name])));
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => part(name));
  const query = route.parameters
    .filter((it) => it.in === 'query' && parameters[it.name] !== undefined)
    .map((it) => [it.name, String(parameters[it.name])] as const);
  if (damage?.do === 'query') query.push([damage.field, damage.value]);
  const texts = query.map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return texts.length === 0 ? path : `${path}?${texts.join('&')}`;
}

/** Half of a surrogate pair cannot be written; its bytes can. */
function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
}

interface Body {
  readonly text: string;
  readonly type: string | undefined;
  readonly isBytes?: true;
}

const archive = await buffer(packed(new Map([['/file', 'text']]), '/file', 'file'));

function bodyOf(route: Route, body: unknown, damage: Spoil | undefined): Body | undefined {
  if (damage?.do === 'body') {
    const [text, type] = ODD_BODIES[damage.which] ?? ['', undefined];
    return { text, type };
  }
  if (route.takesBytes) return { text: archive.toString('base64'), type: 'application/x-tar', isBytes: true };
  if (body === undefined) return damage?.do === 'add' ? json({ [damage.field]: damage.value }) : undefined;
  return json(damaged(body, damage));
}

const json = (value: unknown): Body => ({ text: JSON.stringify(value), type: 'application/json' });

function damaged(body: unknown, damage: Spoil | undefined): unknown {
  if (typeof body !== 'object' || body === null || damage === undefined) return body;
  // Not a literal, which would set the prototype where the field is called so.
  if (damage.do === 'add') return Object.fromEntries([...Object.entries(body), [damage.field, damage.value]]);
  if (!('at' in damage)) return body;
  const paths = pathsOf(body);
  return paths.length === 0 ? body : changed(body, paths[damage.at % paths.length] ?? [], damage);
}

type Path = readonly (string | number)[];

/** Of every value inside, outer ones first. */
function pathsOf(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    ...keys.map((key) => [key]),
    ...keys.flatMap((key) => pathsOf((value as Fields)[key]).map((path) => [key, ...path])),
  ];
}

function changed(value: unknown, [key, ...rest]: Path, damage: Spoil): unknown {
  const entries = Object.entries(value as Fields).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== String(key)) return [[name, inner]];
    if (rest.length > 0) return [[name, changed(inner, rest, damage)]];
    if (damage.do === 'value') return [[name, damage.value]];
    if (damage.do === 'capitalize') return [[name.charAt(0).toUpperCase() + name.slice(1), inner]];
    return damage.do === 'quote' ? [[name, String(inner)]] : [];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
