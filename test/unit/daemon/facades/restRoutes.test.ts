import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Absent, isAbsent, type RestRoute } from '../../../../common/contract/define.ts';
import { type Caller, ENTRIES } from '../../../../common/services.ts';
import { openRestFace, type RestFace } from '../../../rig/restFace.ts';

let rest: RestFace;
beforeAll(async () => {
  rest = await openRestFace();
});
afterAll(() => rest.close());

const BODIES: Readonly<Record<string, unknown>> = {
  'replicaSet.run': { imageName: 'busybox', replicaSetName: 'foo' },
  'replicaSet.rollback': { version: 1 },
  'replicaSet.execute': { cmd: ['ls'] },
  'replicaSet.setIngress': { rules: [] },
  'replicaSet.rename': { newName: 'other' },
  'network.attach': { network: 'lab' },
  'replicaSet.commit': { newImageName: 'team/train:v1' },
  'replicaSet.plan': { verb: 'stop' },
  'replicaSet.resize': { w: 80, h: 24 },
  'exec.create': { cmd: ['sh'] },
  'exec.resize': { w: 80, h: 24 },
  'volume.create': { name: 'data', size: '20GB' },
  'volume.resize': { size: '50GB' },
  'volume.plan': { verb: 'volume rm' },
};
const inFull = ({ path }: RestRoute) =>
  `/api/v1${path.replace('volumes/:name', 'volumes/data').replace(':name', 'train').replace(':gpu', '0').replace(':network', 'lab')}${path.endsWith('/archive') ? '?path=/x' : ''}`;
const withRoute = ENTRIES.filter((entry) => !isAbsent(entry.procedure.rest));

test.each(ENTRIES)('$path has a REST route, or says why not', ({ procedure: { rest: route } }) => {
  if (isAbsent(route as RestRoute | Absent)) expect((route as Absent).absent).toMatch(/\w+ \w+/);
  else expect(route).toMatchObject({ path: expect.stringMatching(/^\//) });
});

const isPlain = ({ procedure: { kind, rest: route } }: (typeof ENTRIES)[number]): boolean =>
  (kind === 'query' || kind === 'mutation') && (route as RestRoute).header === undefined;

test.each(withRoute.filter(isPlain))(
  '$path answers in the envelope with what its schema promises',
  async ({ path, procedure }) => {
    const route = procedure.rest as RestRoute;
    const answer = await rest.ask(route.method, inFull(route), { json: BODIES[path] });
    expect(answer).toMatchObject({ status: 200, body: { code: 200, msg: 'Success' } });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(Object.keys(answer.body)).toEqual(['code', 'msg', 'data']);
    expect(procedure.output.parse(answer.body.data)).toEqual(answer.body.data);
  },
);

test.each(withRoute.filter((entry) => (entry.procedure.rest as RestRoute).path.includes(':name')))(
  '$path on an unknown name answers 404 with the number of its route, where it has one',
  async ({ path, fallback, procedure }) => {
    const route = procedure.rest as RestRoute;
    const answer = await rest.ask(route.method, inFull(route).replace(/train|data/, 'nobody'), { json: BODIES[path] });
    expect(answer.status).toBe(404);
    expect(answer.headers['x-berth-error']).toMatch(/NOT_FOUND$/);
    if (route.method !== 'HEAD') expect(answer.body).toMatchObject({ code: fallback ?? 404, data: null });
  },
);

test('ping answers outside the envelope', async () => {
  const answer = await rest.ask('GET', '/ping');
  expect(answer).toMatchObject({ status: 200, text: '{"message":"pong"}' });
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
});

test.each([
  ['GET', '/'],
  ['GET', '/api/v1'],
  ['POST', '/api/v1/replicaset'],
  ['GET', '/api/v1/replicaSet/train/nothing'],
  ['GET', '/api/v2/replicaSet'],
  ['PROPFIND', '/api/v1/replicaSet'],
])('%s %s is no route: 404 in the envelope', async (method, path) => {
  const answer = await rest.ask(method, path);
  expect(answer).toMatchObject({ status: 404, body: { code: 404, data: null } });
});

test.each([
  ['PUT', '/api/v1/replicaSet', 'GET, HEAD, POST'],
  ['POST', '/api/v1/replicaSet/train', 'GET, HEAD, PATCH, DELETE'],
  ['GET', '/api/v1/replicaSet/train/stop', 'PATCH'],
  ['HEAD', '/api/v1/replicaSet/train/stop', 'PATCH'],
  ['DELETE', '/api/v1/resources/gpus', 'GET, HEAD'],
  ['OPTIONS', '/api/v1/replicaSet', 'GET, HEAD, POST'],
  ['POST', '/ping', 'GET, HEAD'],
])('%s %s is answered 405 with Allow: %s', async (method, path, allow) => {
  const answer = await rest.ask(method, path);
  expect(answer.status).toBe(405);
  expect(answer.headers.allow?.split(', ').toSorted()).toEqual(allow.split(', ').toSorted());
  if (method !== 'HEAD') expect(answer.body).toMatchObject({ code: 405, data: null });
});

test('a wrong method is told so before its body is read', async () => {
  const answer = await rest.ask('PUT', '/api/v1/replicaSet', { raw: 'x', headers: { 'content-type': 'text/plain' } });
  expect(answer.status).toBe(405);
});

test('HEAD answers like GET, without the body', async () => {
  const path = '/api/v1/replicaSet/train/status';
  const [head, get] = [await rest.ask('HEAD', path), await rest.ask('GET', path)];
  expect(head).toMatchObject({ status: 200, text: '' });
  expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.text)));
});

test('the header Idempotency-Key reaches the service, and wins over the body', async () => {
  const seen: unknown[] = [];
  const stop = async (_input: unknown, { idempotency }: Caller) => {
    seen.push(idempotency?.key);
    return null;
  };
  await using face = await openRestFace({ services: { replicaSet: { stop } } });
  const path = '/api/v1/replicaSet/train/stop';
  await face.ask('PATCH', path);
  await face.ask('PATCH', path, { headers: { 'Idempotency-Key': 'k1' }, json: { idempotencyKey: 'k2' } });
  await face.ask('PATCH', path, { json: { idempotencyKey: 'k2' } });
  expect(seen).toEqual([undefined, 'admin/k1', 'admin/k2']);
  const refused = await face.ask('PATCH', path, { headers: { 'Idempotency-Key': 'two words' } });
  expect(refused).toMatchObject({ status: 400, body: { msg: expect.stringContaining('visible ASCII') } });
  expect(await face.ask('GET', '/api/v1/version', { headers: { 'Idempotency-Key': 'k1' } })).toMatchObject({
    status: 200,
  });
});
