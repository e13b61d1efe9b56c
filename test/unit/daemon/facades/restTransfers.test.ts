import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { openBytes } from '../../../../common/byteClient.ts';
import type { RestRoute } from '../../../../common/contract/define.ts';
import { contract } from '../../../../common/contract/index.ts';
import { AppError } from '../../../../common/errors.ts';
import type { Services } from '../../../../common/services.ts';
import { openRestFace, TOKENS } from '../../../rig/restFace.ts';
import { openSocketFace } from '../../../rig/socketFace.ts';

const path = '/api/v1/replicaSet/train/archive?path=/data';
const { getArchive, putArchive, statPath } = contract.replicaSet;
const STAT = { name: 'dätä', size: 1, mode: 0o644, mtime: '', linkTarget: '' };
const CHUNK = Buffer.alloc(64 * 1024, 'x');

const statIn = (header: string | string[] | undefined): unknown =>
  JSON.parse(Buffer.from(String(header), 'base64').toString());

/** An archive without an end; `given` counts what was taken of it. */
function endless() {
  const flow = { given: 0, ended: false };
  const serve: Services['replicaSet']['getArchive'] = async () => ({
    output: STAT,
    bytes: (async function* () {
      try {
        for (;;) {
          flow.given += CHUNK.length;
          yield CHUNK;
        }
      } finally {
        flow.ended = true;
      }
    })(),
  });
  return { flow, serve };
}

test('an archive comes as a tar, with what is at the path in a header', async () => {
  await using rest = await openRestFace();
  const answer = await rest.ask('GET', path);
  expect(answer).toMatchObject({ status: 200, text: 'an archive' });
  expect(answer.headers['content-type']).toBe('application/x-tar');
  expect(statIn(answer.headers['x-docker-container-path-stat'])).toMatchObject({ name: 'data' });
});

test('HEAD gives the header alone, whatever letters a name has', async () => {
  await using rest = await openRestFace({ services: { replicaSet: { statPath: async () => STAT } } });
  const answer = await rest.ask('HEAD', path);
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(statIn(answer.headers['x-docker-container-path-stat'])).toEqual(STAT);
});

test('a reader that stops holds the archive back, and one that leaves ends it', async () => {
  const { flow, serve } = endless();
  await using rest = await openRestFace({ services: { replicaSet: { getArchive: serve } } });
  const [sent, response] = await rest.open('GET', path);
  let last = -1;
  await vi.waitFor(() => {
    const before = last;
    last = flow.given;
    expect(flow.given).toBe(before);
  }, 5_000);
  expect(flow.given).toBeLessThan(64 * 2 ** 20);
  response.on('error', () => undefined);
  sent.destroy();
  await vi.waitFor(() => expect(flow.ended).toBe(true));
});

test('an archive that breaks off breaks the connection', async () => {
  await using rest = await openRestFace({
    services: {
      replicaSet: {
        getArchive: async () => ({
          output: STAT,
          bytes: (async function* () {
            yield CHUNK;
            throw new AppError('ENGINE_DOWN', 'Docker went away');
          })(),
        }),
      },
    },
  });
  const [, response] = await rest.open('GET', path);
  await expect(buffer(response)).rejects.toThrow(/aborted|terminated/);
});

/** Sends a body without an end, of a type that means nothing, until it is answered. */
function upload(port: number) {
  const flow = { sent: 0 };
  const headers = { authorization: `Bearer ${TOKENS.operate}`, 'content-type': 'text/plain' };
  const sent = request({ port, method: 'PUT', path, headers, agent: false });
  const body = Readable.from(
    (async function* () {
      for (;;) {
        flow.sent += CHUNK.length;
        yield CHUNK;
      }
    })(),
  );
  body.on('error', () => undefined);
  sent.on('error', () => undefined);
  body.pipe(sent);
  return { flow, sent };
}

test('what is sent waits for who takes it, and is never held', async () => {
  const taken = Promise.withResolvers<void>();
  await using rest = await openRestFace({
    services: {
      replicaSet: {
        putArchive: async (_input, _caller, body) => {
          for await (const _ of body) await taken.promise;
          return { output: null };
        },
      },
    },
  });
  const { flow, sent } = upload(rest.port);
  let last = -1;
  await vi.waitFor(() => {
    const before = last;
    last = flow.sent;
    expect(flow.sent).toBe(before);
  }, 5_000);
  expect(flow.sent).toBeLessThan(64 * 2 ** 20);
  sent.destroy();
  taken.resolve();
});

test('a refusal is answered although more was to come', async () => {
  await using rest = await openRestFace({
    services: {
      replicaSet: {
        putArchive: async () => {
          throw new AppError('PATH_NOT_FOUND', 'there is no /data');
        },
      },
    },
  });
  const { sent } = upload(rest.port);
  const [response] = (await once(sent, 'response')) as [{ statusCode: number }];
  expect(response.statusCode).toBe(404);
  sent.destroy();
});

test('a body may be larger than any other, and may be missing', async () => {
  let size = 0;
  await using rest = await openRestFace({
    services: {
      replicaSet: {
        putArchive: async (_input, _caller, body) => {
          size = 0;
          for await (const chunk of body) size += chunk.length;
          return { output: null };
        },
      },
    },
  });
  const raw = Buffer.alloc(5 * 2 ** 20);
  const headers = { 'content-type': 'application/x-tar' };
  expect(await rest.ask('PUT', path, { raw, headers })).toMatchObject({ status: 200, body: { code: 200, data: null } });
  expect(size).toBe(raw.length);
  expect((await rest.ask('PUT', path)).status).toBe(200);
  expect(size).toBe(0);
});

test('every other route refuses such a body', async () => {
  await using rest = await openRestFace();
  const headers = { 'content-type': 'application/x-tar' };
  expect((await rest.ask('POST', '/api/v1/replicaSet', { raw: 'x', headers })).status).toBe(415);
});

test.each([
  ['a token that may only look', { headers: { authorization: `Bearer ${TOKENS.view}` } }, 403],
  ['no token', { headers: { authorization: undefined } }, 401],
])('%s gets no archive', async (_, question, status) => {
  await using rest = await openRestFace();
  expect((await rest.ask('GET', path, question)).status).toBe(status);
  expect((await rest.ask('PUT', path, question)).status).toBe(status);
});

test('a path that is missing, or is none, is named', async () => {
  await using rest = await openRestFace();
  expect((await rest.ask('GET', '/api/v1/replicaSet/train/archive')).body.msg).toContain('path is missing');
  expect((await rest.ask('GET', '/api/v1/replicaSet/train/archive?path=data')).body.msg).toContain('begin the path');
});

test('archives go over the Unix socket too, for whoever may use it', async () => {
  await using face = await openSocketFace();
  const input = { name: 'train', path: '/data' };
  const answer = await openBytes(face.path, { route: getArchive.rest as RestRoute, input });
  expect((await buffer(answer)).toString()).toBe('an archive');
  const body = Readable.from([Buffer.from('tar')]);
  expect((await openBytes(face.path, { route: putArchive.rest as RestRoute, input, body })).statusCode).toBe(200);
  const refused = openBytes(face.path, { route: getArchive.rest as RestRoute, input: { ...input, name: 'nobody' } });
  await expect(refused).rejects.toMatchObject({ kind: 'reported', code: 'NOT_FOUND' });
  await expect(openBytes(face.path, { route: statPath.rest as RestRoute, input })).rejects.toThrow();
});

test('who may only look gets no archive over the socket either', async () => {
  await using face = await openSocketFace({ identify: () => ({ actor: 'eve', role: 'view' }) });
  const refused = openBytes(face.path, { route: getArchive.rest as RestRoute, input: { name: 'train', path: '/' } });
  await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
