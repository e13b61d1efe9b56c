import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../../common/client.ts';
import { type Failure, failureOf } from '../../../common/clientFailure.ts';
import { eventually } from '../../rig/eventually.ts';
import { openSocketFace } from '../../rig/socketFace.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-client-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function failing(call: Promise<unknown>): Promise<Failure> {
  return await call.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => failureOf(error),
  );
}

const never = new Promise<never>(() => undefined);

async function listening(server: Server, path: string): Promise<AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
          server.closeAllConnections();
      }),
  };
}

test('calls are typed, and can be made by path', async () => {
  await using face = await openSocketFace();
  const client = await connect({ socket: face.path });
  const sets = await client.trpc.replicaSet.list.query({ state: 'stopped' });
  expect(sets.map(({ name }) => name)).toEqual(['probe']);
  expect(await client.byPath.query('replicaSet.list', { state: 'stopped' })).toEqual(sets);
  await client.close();
});

test('without a daemon it fails at once and says how to start one', async () => {
  const socket = join(folder, 'none.sock');
  expect(await failing(connect({ socket }))).toMatchObject({
    kind: 'unreachable',
    code: 'UNREACHABLE',
    message: `berthd is not running (socket ${socket})`,
    hint: expect.stringContaining(`berthd serve --socket ${socket}`),
  });
});

test('a client that reconnects is told why it cannot', async () => {
  const face = await openSocketFace();
  const reasons: string[] = [];
  const client = await connect({ socket: face.path, reconnect: true, onAway: ({ message }) => reasons.push(message) });
  await client.trpc.replicaSet.list.query({});
  expect(reasons).toEqual([]);
  await face.close();
  await eventually('a reason is told', () => reasons.length > 0);
  expect(reasons[0]).toBe(`berthd is not running (socket ${face.path})`);
  await client.close();
});

test('what takes connections and never answers is given up', async () => {
  const socket = join(folder, 'mute.sock');
  await using _mute = await listening(
    createServer((peer) => peer.resume()),
    socket,
  );
  const failure = await failing(connect({ socket, timeoutMs: 50 }));
  expect(failure).toMatchObject({ kind: 'unreachable', message: `berthd does not answer (socket ${socket})` });
});

test('another program on the socket is not taken for the daemon', async () => {
  const socket = join(folder, 'other.sock');
  const other = createHttpServer((_request, response) => response.writeHead(404).end());
  await using _other = await listening(other, socket);
  expect((await failing(connect({ socket }))).message).toContain('is not berthd');
});

test('a socket path may hold blanks and colons', async () => {
  const socket = join(folder, 'odd name:1?#.sock');
  const other = createHttpServer((_request, response) => response.writeHead(404).end());
  await using _other = await listening(other, socket);
  expect((await failing(connect({ socket }))).message).toContain('(unexpected server response: 404)');
});

test('a refusal keeps the daemon’s words, number and hint', async () => {
  await using face = await openSocketFace();
  const client = await connect({ socket: face.path });
  expect(await failing(client.trpc.replicaSet.stop.mutate({ name: 'nobody' }))).toMatchObject({
    kind: 'reported',
    code: 'NOT_FOUND',
    number: 1010,
    message: 'there is no replicaSet "nobody"',
    hint: '`berth ls` lists the replicaSets.',
  });
  await client.close();
});

test('a query that is not answered in time is given up', async () => {
  await using face = await openSocketFace({ services: { replicaSet: { list: () => never } } });
  const client = await connect({ socket: face.path, timeoutMs: 50 });
  expect(await failing(client.trpc.replicaSet.list.query({}))).toMatchObject({
    kind: 'unreachable',
    message: 'berthd did not answer replicaSet.list within 0.05 s',
  });
  await client.close();
});

test('a change cut off by a crash has an unknown outcome; a query has none', async () => {
  let asked = 0;
  const hanging = () => {
    asked += 1;
    return never;
  };
  const face = await openSocketFace({ services: { replicaSet: { stop: hanging, list: hanging } } });
  const client = await connect({ socket: face.path });
  const stop = failing(client.trpc.replicaSet.stop.mutate({ name: 'train' }));
  const list = failing(client.trpc.replicaSet.list.query({}));
  await eventually('both calls arrived', () => asked === 2);
  await face.close();
  expect(await stop).toMatchObject({ kind: 'unknownOutcome', code: 'OUTCOME_UNKNOWN' });
  expect((await stop).message).toContain('replicaSet.stop: its outcome is unknown');
  expect(await list).toMatchObject({ kind: 'unreachable', hint: expect.stringContaining('Nothing was changed') });
  await client.close();
});

test('a call after the connection was lost fails instead of waiting for ever', async () => {
  const face = await openSocketFace();
  const client = await connect({ socket: face.path });
  const over = Promise.withResolvers<void>();
  client.trpc.event.watch.subscribe({}, { onComplete: over.resolve });
  await client.trpc.system.version.query({});
  await face.close();
  await over.promise;
  expect((await failing(client.trpc.replicaSet.stop.mutate({ name: 'train' }))).kind).not.toBe('fault');
  await client.close();
});
