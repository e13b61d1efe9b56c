import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { isAbsent } from '../../../../common/contract/define.ts';
import { ENTRIES } from '../../../../common/services.ts';
import { openApiDocument } from '../../../../daemon/facades/openapi.ts';
import { openRestFace } from '../../../rig/restFace.ts';

const document = openApiDocument('0.0.0');
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('the document is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as object as Record<string, unknown>,
  );
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('the document is the one that was looked at', async () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../golden/openapi.json');
});

test('the document is served, and is JSON that any client may fetch', async () => {
  await using rest = await openRestFace();
  const answer = await rest.ask('GET', '/api/v1/openapi.json', { headers: { authorization: undefined } });
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.body).toEqual(document);
});

test.each(ENTRIES)('$path is there exactly when it has a route', ({ path, procedure }) => {
  const found = operations.filter(({ operation }) => operation.operationId === path);
  expect(found).toHaveLength(isAbsent(procedure.rest) ? 0 : 1);
});

describe.each(operations)('$method $path', ({ path, operation }) => {
  test('names each part of its path, and nothing twice', () => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const named = (operation.parameters ?? []).map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining(inPath));
    expect(new Set(named).size).toBe(named.length);
    const body = operation.requestBody?.content['application/json']?.schema.properties ?? {};
    expect(Object.keys(body).filter((name) => named.includes(name))).toEqual([]);
  });

  test('says what it does and what it needs', () => {
    expect(operation.summary).not.toBe('');
    expect(operation.description).toMatch(/^Needs the role (view|operate|admin)\./);
  });
});

test('every reference leads somewhere, and every schema is used', () => {
  const used = new Set(
    [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name),
  );
  expect(used).toEqual(new Set(Object.keys(document.components.schemas)));
});

test('requests are as strict as the daemon, answers leave room for more', () => {
  const run = document.paths['/api/v1/replicaSet']?.post;
  expect(run?.requestBody?.content['application/json']?.schema).toMatchObject({ additionalProperties: false });
  expect(document.components.schemas.ReplicaSet).not.toHaveProperty('additionalProperties');
});

test('a stream is described as one', () => {
  const watch = document.paths['/api/v1/events']?.get;
  expect(watch?.responses['200']).toMatchObject({
    content: { 'application/x-ndjson': { schema: { $ref: '#/components/schemas/Event' } } },
  });
});
