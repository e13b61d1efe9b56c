import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../../../daemon/facades/listen.ts';
import { takeJsonOnly } from '../../../../daemon/facades/restBody.ts';
import { openRestFace, type RestFace, TOKENS } from '../../../rig/restFace.ts';

let rest: RestFace;
let runs: unknown[];
beforeAll(async () => {
  runs = [];
  const run = async (input: unknown) => {
    runs.push(input);
    return { name: 'foo-1' };
  };
  rest = await openRestFace({ services: { replicaSet: { run } } });
});
afterAll(() => rest.close());

const post = (raw: string, headers: Record<string, string | undefined> = {}) =>
  rest.ask('POST', '/api/v1/replicaSet', { raw, headers });
const fine = '{"imageName":"busybox","replicaSetName":"foo"}';

test.each([
  ['cut off', '{"imageName":'],
  ['not JSON at all', 'imageName=busybox'],
  ['a list', '[]'],
  ['a text', '"busybox"'],
  ['a number', '5'],
  ['two documents', `${fine}${fine}`],
  ['a million brackets', '['.repeat(1_000_000)],
  ['bytes that are no text', '\uD800{'],
])('a body that is %s answers 1000', async (_what, raw) => {
  const answer = await post(raw);
  expect(answer).toMatchObject({ status: 400, body: { code: 1000, data: null } });
  expect(answer.body.msg).toMatch(/^Failed to parse body: /);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
});

test.each([
  ['__proto__', `{"binds":[{"src":"/a","dest":"/b","__proto__":{"gpuCount":9}}],${fine.slice(1)}`],
  ['__proto__', `{"__proto__":{"gpuCount":9},${fine.slice(1)}`],
  ['constructor.prototype', `{"constructor":{"prototype":{"gpuCount":9}},${fine.slice(1)}`],
  ['toString', `{"toString":1,${fine.slice(1)}`],
  ['privileged', `{"privileged":true,${fine.slice(1)}`],
  ['ImageName', `{"ImageName":"other",${fine.slice(1)}`],
])('the key %s is refused by name and reaches nothing', async (key, raw) => {
  runs.length = 0;
  const answer = await post(raw);
  expect(answer).toMatchObject({ status: 400, body: { code: 1000 } });
  expect(answer.body.msg).toContain('unknown field');
  expect(answer.body.msg).toContain(`"${key.split('.')[0]}"`);
  expect(runs).toEqual([]);
  expect({}).not.toHaveProperty('gpuCount');
});

test('an unknown field deep inside is named with its place', async () => {
  const answer = await post(`{"binds":[{"src":"/a","dest":"/b","mode":"rw"}],${fine.slice(1)}`);
  expect(answer.body.msg).toContain('unknown field "mode" in binds[0]');
});

test('of a key given twice the last one counts, and only that one is checked and used', async () => {
  runs.length = 0;
  await post(`{"replicaSetName":"evil-name",${fine.slice(1)}`);
  expect(runs).toMatchObject([{ replicaSetName: 'foo' }]);
});

test.each(['', '  ', 'null', '{}'])('the body "%s" is an empty one', async (raw) => {
  expect((await rest.ask('PATCH', '/api/v1/replicaSet/train', { raw })).status).toBe(200);
});

test('a request without a body needs no content type', async () => {
  expect((await rest.ask('PATCH', '/api/v1/replicaSet/train/stop')).status).toBe(200);
});

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/json-patch+json',
  undefined,
])('a body sent as %s is refused with 415 and never looked at', async (type) => {
  runs.length = 0;
  const answer = await post(fine, { 'content-type': type });
  expect(answer).toMatchObject({ status: 415, body: { code: 415, data: null } });
  expect(runs).toEqual([]);
});

test.each([
  ['application/x-www-form-urlencoded', { 'content-length': '0' }],
  ['text/plain', { 'content-length': '0' }],
  ['application/x-www-form-urlencoded', { 'content-length': undefined, 'transfer-encoding': 'chunked' }],
])('an empty body is none, even when called %s (%o)', async (type, headers) => {
  const answer = await rest.ask('PATCH', '/api/v1/replicaSet/train', {
    raw: '',
    headers: { 'content-type': type, ...headers },
  });
  expect(answer).toMatchObject({ status: 200, body: { code: 200 } });
});

test('JSON with a charset is JSON', async () => {
  expect((await post(fine, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
});

test('a body over 1 MiB is refused with 413 in the envelope', async () => {
  const answer = await post(`{"imageName":"${'x'.repeat(1024 * 1024)}"}`);
  expect(answer).toMatchObject({ status: 413, body: { code: 413, data: null } });
  expect(answer.body.msg).toBe('the body holds more than 1 MiB');
});

test('a body over 1 MiB that does not tell its length is refused too', async () => {
  const raw = `{"imageName":"${'x'.repeat(1024 * 1024)}"}`;
  const answer = await post(raw, { 'content-length': undefined, 'transfer-encoding': 'chunked' });
  expect(answer.status).toBe(413);
});

const long = 'x'.repeat(20_000);

test.each([
  ['URL', `/api/v1/replicaSet?state=${long}`, {}],
  ['header', '/api/v1/replicaSet', { 'x-note': long }],
])('a %s that is too long is told as what it is, in the envelope', async (_what, path, headers) => {
  const answer = await rest.ask('GET', path, { headers });
  expect(answer).toMatchObject({ status: 413, body: { code: 413, data: null } });
  expect(answer.body.msg).toBe('URL and headers together hold more than 16 KiB');
});

test('what is not HTTP gets the envelope and the door', async () => {
  const socket = connect(rest.port, '127.0.0.1');
  socket.write('BOO\r\n\r\n');
  const said = await text(socket);
  expect(said).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(said.slice(said.indexOf('\r\n\r\n')))).toMatchObject({ code: 1000, data: null });
});

test('a body that does not come whole is told so, and gets the door', async () => {
  const app = fastify();
  takeJsonOnly(app, 20);
  app.post('/', () => 'taken');
  const url = new URL(await listen(app, { host: '127.0.0.1', port: 0 }));
  try {
    const socket = connect(Number(url.port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
    const said = await text(socket);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(said.slice(said.indexOf('\r\n\r\n')))).toMatchObject({ code: 408, data: null });
  } finally {
    await app.close();
  }
});

test.each([
  ['names no host', '', 403],
  ['expects what HTTP does not know', 'Host: localhost\r\nExpect: gold\r\n', 200],
])('a request that %s is answered in the envelope', async (_what, headers, status) => {
  const socket = connect(rest.port, '127.0.0.1');
  const head = `GET /api/v1/version HTTP/1.1\r\nAuthorization: Bearer ${TOKENS.admin}\r\nConnection: close\r\n`;
  socket.write(`${head}${headers}\r\n`);
  const said = await text(socket);
  expect(said).toContain(`HTTP/1.1 ${status} `);
  expect(Object.keys(JSON.parse(said.slice(said.indexOf('\r\n\r\n'))))).toEqual(['code', 'msg', 'data']);
});
