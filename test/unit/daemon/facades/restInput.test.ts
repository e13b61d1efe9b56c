import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openRestFace, type RestFace } from '../../../rig/restFace.ts';

let rest: RestFace;
const seen: unknown[] = [];
const seeing =
  <T>(answer: T) =>
  async (input: unknown): Promise<T> => {
    seen.push(input);
    return answer;
  };

beforeAll(async () => {
  rest = await openRestFace({
    services: {
      replicaSet: {
        run: seeing({ name: 'foo-1' }),
        list: seeing([]),
        patch: seeing({ containerName: 'train-3' }),
        rollback: seeing({ containerName: 'train-3' }),
        stop: seeing(null),
        remove: seeing(null),
      },
    },
  });
});
afterAll(() => rest.close());
beforeEach(() => {
  seen.length = 0;
});

const post = (json: unknown) => rest.ask('POST', '/api/v1/replicaSet', { json });

/** The order of COMPAT.md: JSON, image, name, gpuCount, dash. */
test.each([
  ['a wrong type before anything else', 1000, { env: 5, gpuCount: -1 }],
  ['no image before no name', 1001, { gpuCount: -1 }],
  ['an empty image before no name', 1001, { imageName: '', replicaSetName: '' }],
  ['a null image before a dash', 1001, { imageName: null, replicaSetName: 'a-b' }],
  ['no name before too few GPUs', 1002, { imageName: 'busybox', gpuCount: -1 }],
  ['too few GPUs before a dash', 1012, { imageName: 'busybox', replicaSetName: 'a-b', gpuCount: -1 }],
  ['a dash last', 1003, { imageName: 'busybox', replicaSetName: 'a-b' }],
])('run reports %s: %i', async (_what, code, json) => {
  const answer = await post(json);
  expect(answer).toMatchObject({ status: 400, body: { code, data: null } });
  expect(seen).toEqual([]);
});

test('a DELETE takes its fields from the query, typed, as from the body', async () => {
  await rest.ask('DELETE', '/api/v1/replicaSet/foo?strict=1&stop=true&timeout=5');
  await rest.ask('DELETE', '/api/v1/replicaSet/foo', { json: { force: true } });
  expect(seen).toEqual([
    { name: 'foo', strict: true, stop: true, timeout: 5 },
    { name: 'foo', force: true },
  ]);
  const odd = await rest.ask('DELETE', '/api/v1/replicaSet/foo?nonsense=1');
  expect(odd).toMatchObject({
    status: 400,
    body: { msg: expect.stringContaining('unknown query parameter "nonsense"') },
  });
});

const fine = { imageName: 'busybox', replicaSetName: 'foo' };

test.each([
  ['a number as a text', { ...fine, gpuCount: '3' }],
  ['half a GPU', { ...fine, gpuCount: 1.5 }],
  ['a list as a text', { ...fine, env: 'A=b' }],
  ['ports as numbers', { ...fine, containerPorts: [22] }],
  ['a name as a number', { ...fine, replicaSetName: 5 }],
  ['an image as a list', { ...fine, imageName: ['busybox'] }],
  ['a bind as a text', { ...fine, binds: ['/a:/b'] }],
  ['true as a number', { ...fine, gpuCount: true }],
  ['a bind over the root', { ...fine, binds: [{ src: '/a', dest: '/' }] }],
  ['a reserved variable', { ...fine, env: ['NVIDIA_VISIBLE_DEVICES=all'] }],
])('%s in a body answers 1000', async (_what, json) => {
  expect(await post(json)).toMatchObject({ status: 400, body: { code: 1000, data: null } });
  expect(seen).toEqual([]);
});

test('what a client leaves out, or sends as null, has its default', async () => {
  await post({ ...fine, binds: null });
  expect(seen).toEqual([{ ...fine, gpuCount: 0, binds: [], env: [], containerPorts: [], cmd: [] }]);
});

test('an undocumented command on run is taken', async () => {
  await post({ ...fine, cmd: ['sleep', '600'] });
  expect(seen).toMatchObject([{ cmd: ['sleep', '600'] }]);
});

test('the name in the path wins over one in the body', async () => {
  await rest.ask('PATCH', '/api/v1/replicaSet/train', { json: { name: 'other', gpuPatch: { gpuCount: 1 } } });
  expect(seen).toEqual([{ name: 'train', gpuPatch: { gpuCount: 1 } }]);
});

test('a name with odd letters arrives decoded, as one name', async () => {
  await rest.ask('PATCH', '/api/v1/replicaSet/a%2Fb%20%C3%A9/stop');
  expect(seen).toEqual([{ name: 'a/b é' }]);
});

test.each([
  ['PATCH', '/api/v1/replicaSet//stop'],
  ['PATCH', '/api/v1/replicaSet/'],
  ['GET', '/api/v1/replicaSet//history'],
  ['DELETE', '/api/v1/replicaSet/'],
  ['POST', '/api/v1/replicaSet//execute'],
])('%s %s has an empty name: 1002', async (method, path) => {
  expect(await rest.ask(method, path)).toMatchObject({ status: 400, body: { code: 1002 } });
});

test.each([
  ['none', {}],
  ['a right one', { json: { cmd: ['ls'] } }],
  ['a wrong one', { json: { cmd: 5, force: true } }],
  ['one cut off', { raw: '{"cmd":' }],
  ['a form', { raw: 'cmd=ls', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
])('an empty name is told before the body is: %s', async (_what, body) => {
  const answer = await rest.ask('POST', '/api/v1/replicaSet//execute', body);
  expect(answer).toMatchObject({ status: 400, body: { code: 1002, data: null } });
});

test('an empty name is no answer for a stranger', async () => {
  const headers = { authorization: undefined };
  expect((await rest.ask('POST', '/api/v1/replicaSet//execute', { headers })).status).toBe(401);
});

test('a version in a body stays what it is: a number as a text is refused', async () => {
  const rollback = (json: unknown) => rest.ask('PATCH', '/api/v1/replicaSet/train/rollback', { json });
  expect((await rollback({ version: 1 })).status).toBe(200);
  expect((await rollback({ version: '1' })).body.code).toBe(1000);
  expect((await rollback({ version: -1 })).body.code).toBe(1020);
});

test('a query string says what its schema knows, and nothing twice', async () => {
  const list = (query: string) => rest.ask('GET', `/api/v1/replicaSet?${query}`);
  expect((await list('state=paused')).status).toBe(200);
  expect(seen).toEqual([{ state: 'paused' }]);
  for (const query of ['state=nothing', 'state=paused&state=running', '__proto__=x', 'page=2']) {
    expect((await list(query)).body.code, query).toBe(1000);
  }
});

test.each(['page', '__proto__', 'toString'])('an unknown query parameter %s is called one', async (name) => {
  const answer = await rest.ask('GET', `/api/v1/replicaSet?${name}=2`);
  expect(answer).toMatchObject({ status: 400, body: { code: 1000, data: null } });
  expect(answer.body.msg).toContain(`unknown query parameter "${name}"`);
  expect(seen).toEqual([]);
});

test('a flag in a query string becomes one', async () => {
  await using watched = await openRestFace({
    services: {
      event: {
        watch: async function* (input) {
          seen.push(input);
          yield* [];
        },
      },
    },
  });
  await watched.ask('GET', '/api/v1/events?telemetry=true&name=5');
  expect(seen).toEqual([{ telemetry: true, name: '5' }]);
  expect((await watched.ask('GET', '/api/v1/events?telemetry=maybe')).body.code).toBe(1000);
});

test('a query string on a change is refused rather than overlooked', async () => {
  const answer = await rest.ask('PATCH', '/api/v1/replicaSet/train/stop?force=true');
  expect(answer.body).toMatchObject({ code: 1000, msg: expect.stringContaining('"force"') });
  expect(seen).toEqual([]);
});
