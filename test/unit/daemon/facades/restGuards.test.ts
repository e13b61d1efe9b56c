import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRestFace, type RestFace, TOKENS } from '../../../rig/restFace.ts';

let rest: RestFace;
beforeAll(async () => {
  rest = await openRestFace({ hosts: ['gpu7.lab.example'] });
});
afterAll(() => rest.close());

const gpus = '/api/v1/resources/gpus';
const asking = (headers: Record<string, string | undefined>) => rest.ask('GET', gpus, { headers });

test.each([
  ['no token', undefined],
  ['a wrong token', 'Bearer nobody'],
  ['a token with one letter more', `Bearer ${TOKENS.admin}x`],
  ['an empty token', 'Bearer '],
  ['another scheme', `Basic ${TOKENS.admin}`],
  ['two tokens', `Bearer ${TOKENS.view} ${TOKENS.admin}`],
])('%s is refused with 401 and how to do better', async (_what, authorization) => {
  const answer = await asking({ authorization });
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  expect(answer.body).toMatchObject({ code: 401, data: null });
  expect(answer.body.msg).toContain('Authorization: Bearer');
});

test('a known token is let in, however its scheme is spelled', async () => {
  expect((await asking({ authorization: `bearer ${TOKENS.view}` })).status).toBe(200);
});

test('an unknown route tells a stranger no more than a known one', async () => {
  expect((await rest.ask('GET', '/api/v1/nothing', { headers: { authorization: undefined } })).status).toBe(401);
});

test.each(['/ping', '/docs', '/docs/style.css', '/api/v1/openapi.json'])('%s needs no token', async (path) => {
  expect((await rest.ask('GET', path, { headers: { authorization: undefined } })).status).toBe(200);
});

test.each(['localhost', 'LOCALHOST:1', '127.0.0.1:2378', '127.8.8.8', '[::1]:2378', 'gpu7.lab.example:2378'])(
  'the host %s is ours',
  async (host) => {
    expect((await asking({ host })).status).toBe(200);
  },
);

test.each([
  'evil.example',
  'evil.example:2378',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '10.0.0.1',
  '127.0.0.1@evil.example',
])('a name that was rebound to us, "%s", is refused', async (host) => {
  const answer = await asking({ host });
  expect(answer).toMatchObject({ status: 403, body: { code: 403, data: null } });
});

test('a request that names no host at all is refused', async () => {
  const socket = connect(rest.port, '127.0.0.1');
  socket.write('GET /docs HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
});

test('even what needs no token is refused to a foreign host', async () => {
  expect((await rest.ask('GET', '/docs', { headers: { host: 'evil.example' } })).status).toBe(403);
});

test.each(['http://evil.example', 'https://127.0.0.1', 'http://127.0.0.1:1', 'null', 'nonsense'])(
  'a page of %s is refused, token or not',
  async (origin) => {
    expect((await asking({ origin })).status).toBe(403);
  },
);

test('a page of our own is served', async () => {
  expect((await asking({ origin: rest.url })).status).toBe(200);
});

test('a preflight gets no CORS header', async () => {
  const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
  const answer = await rest.ask('OPTIONS', '/api/v1/replicaSet', { headers });
  expect(answer.status).toBe(403);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each([
  ['an answer', gpus],
  ['a refusal', '/api/v1/nothing'],
  ['a path that cannot be read', '/api/v1/replicaSet/%zz'],
])('%s forbids browsers to guess, frame or keep it', async (_what, path) => {
  expect((await rest.ask('GET', path)).headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
});

test.each([
  ['view', 'POST', '/api/v1/replicaSet', 403],
  ['operate', 'POST', '/api/v1/replicaSet', 200],
  ['operate', 'PATCH', '/api/v1/resources/gpus/0/drain', 403],
  ['admin', 'PATCH', '/api/v1/resources/gpus/0/drain', 200],
] as const)('the role %s asking %s %s gets %i', async (role, method, path, status) => {
  const json = path.endsWith('drain') ? {} : { imageName: 'busybox', replicaSetName: 'new' };
  const answer = await rest.ask(method, path, { json, headers: { authorization: `Bearer ${TOKENS[role]}` } });
  expect(answer.status).toBe(status);
});
