/** The routes that the OpenAPI document tells of, flat, with every reference resolved: what the fuzzer knows of Berth. */
import { openApiDocument, type Parameter } from '../../daemon/facades/openapi.ts';
import type { JsonSchema } from '../../daemon/facades/openapiSchemas.ts';

export const DOCUMENT = openApiDocument('0.0.0');

export interface Route {
  /** The tRPC path, such as `replicaSet.run`. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Of a JSON body. */
  readonly body: JsonSchema | undefined;
  /** Its body is bytes. */
  readonly takesBytes: boolean;
  /** It can go on until the client leaves. */
  readonly mayGoOn: boolean;
}

/** Media types of streams that end when their client leaves. */
const ENDLESS = /ndjson|text|multiplexed/;

export const ROUTES: readonly Route[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const taken = operation.requestBody?.content ?? {};
    const ok = operation.responses['200'];
    const given = ok !== undefined && 'content' in ok ? Object.keys(ok.content ?? {}) : [];
    return {
      operation: operation.operationId,
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters ?? [],
      body: taken['application/json']?.schema,
      takesBytes: Object.keys(taken).some((type) => type !== 'application/json'),
      mayGoOn: given.some((type) => ENDLESS.test(type)) || /\.(execute|wait)$/.test(operation.operationId),
    };
  }),
);

export const routeOf = (operation: string | undefined): Route | undefined =>
  ROUTES.find((route) => route.operation === operation);

/** Follows a reference into the document. */
export function resolved(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : resolved(DOCUMENT.components.schemas[name] ?? {});
}
