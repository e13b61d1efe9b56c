import { on, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { TRPCClientError } from '@trpc/client';
import { expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import { AppError } from '../../../../common/errors.ts';
import { type Caller, ENTRIES, type Services } from '../../../../common/services.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

const INPUTS: Readonly<Record<string, unknown>> = {
  'replicaSet.run': { imageName: 'busybox', replicaSetName: 'foo' },
  'replicaSet.rollback': { name: 'train', version: 1 },
  'replicaSet.execute': { name: 'train', cmd: ['ls'] },
  'replicaSet.setIngress': { name: 'train', rules: [] },
  'replicaSet.rename': { name: 'train', newName: 'other' },
  'network.attach': { name: 'train', network: 'lab' },
  'network.detach': { name: 'train', network: 'lab' },
  'replicaSet.commit': { name: 'train', newImageName: 'team/train:v1' },
  'replicaSet.plan': { name: 'train', verb: 'stop' },
  'volume.create': { name: 'data', size: '20GB' },
  'volume.resize': { name: 'data', size: '50GB' },
  'volume.plan': { name: 'data', verb: 'volume rm' },
  'replicaSet.resize': { name: 'train', w: 80, h: 24 },
  'exec.create': { name: 'train', cmd: ['sh'] },
  'exec.get': { id: 'x' },
  'exec.resize': { id: 'x', w: 80, h: 24 },
  'exec.kill': { id: 'x' },
  'replicaSet.statPath': { name: 'train', path: '/data' },
  'resource.gpuDrain': { gpu: '0' },
  'operation.get': { id: '01J' },
  'operation.cancel': { id: '01J' },
  'resource.gpuUndrain': { gpu: '0' },
};
const inputOf = (path: string, schema: { safeParse(value: unknown): { success: boolean } }) =>
  INPUTS[path] ?? (schema.safeParse({}).success ? {} : { name: path.startsWith('volume.') ? 'data' : 'train' });

test.each(ENTRIES.filter(({ procedure: { kind } }) => kind === 'query' || kind === 'mutation'))(
  '$path answers over tRPC what its schema promises',
  async ({ path, procedure }) => {
    await using face = await openSocketFace();
    const input = inputOf(path, procedure.input);
    const data = await (procedure.kind === 'query' ? face.trpc.query(path, input) : face.trpc.mutation(path, input));
    expect(procedure.output.parse(data)).toEqual(data);
  },
);

async function refusalOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TRPCClientError)) throw new Error('the call was not refused', { cause: error });
  return { message: error.message, data: error.data as { report: unknown } };
}

const failing = (error: unknown) => ({
  replicaSet: {
    stop: async () => {
      throw error;
    },
  },
});

test('a refusal carries the whole report, with the number of its procedure', async () => {
  await using face = await openSocketFace();
  const { message, data } = await refusalOf(face.trpc.mutation('replicaSet.stop', { name: 'nobody' }));
  expect(message).toBe('there is no replicaSet "nobody"');
  expect(data.report).toEqual({
    code: 'NOT_FOUND',
    number: 1010,
    httpStatus: 404,
    message: 'there is no replicaSet "nobody"',
    hint: '`berth ls` lists the replicaSets.',
    details: {},
  });
});

test('details and Retry-After reach the client', async () => {
  const busy = new AppError('GPUS_BUSY', 'none is free', { details: { asked: 3, free: 0 } });
  await using face = await openSocketFace({ services: failing(busy) });
  const { data } = await refusalOf(face.trpc.mutation('replicaSet.stop', { name: 'train' }));
  expect(data.report).toMatchObject({ number: 1013, details: { asked: 3, free: 0 }, retryAfterS: 30 });
});

test('what nobody expected is logged once, and tells the client nothing of it', async () => {
  const secret = new Error('secret in /etc/passwd');
  await using face = await openSocketFace({ services: failing(secret) });
  const error = await refusalOf(face.trpc.mutation('replicaSet.stop', { name: 'train' }));
  expect(error.data.report).toMatchObject({ code: 'INTERNAL', number: 500 });
  expect(JSON.stringify([error.message, error.data])).not.toMatch(/secret|passwd|\.ts/);
  expect(face.log.errors()).toMatchObject([{ facts: { err: secret, path: 'replicaSet.stop' } }]);
});

test.each([
  ['an unknown procedure', 'replicaSet.explode', {}, 'NO_ROUTE'],
  ['an unknown field', 'replicaSet.stop', { name: 'train', force: true }, 'BAD_INPUT'],
  ['no input where one is needed', 'replicaSet.stop', undefined, 'NAME_EMPTY'],
  ['no input but null', 'replicaSet.stop', null, 'NAME_EMPTY'],
  ['a number as a text', 'replicaSet.rollback', { name: 'train', version: '1' }, 'BAD_INPUT'],
  ['a list', 'replicaSet.stop', [], 'BAD_INPUT'],
])('%s is refused as such', async (_what, path, input, code) => {
  await using face = await openSocketFace();
  const { data } = await refusalOf(face.trpc.mutation(path, input));
  expect(data.report).toMatchObject({ code });
  expect(face.log.errors()).toEqual([]);
});

test('superjson in an input stays what it looks like: an unknown field', async () => {
  await using face = await openSocketFace();
  const input = { json: { name: 'train' }, meta: { values: { name: ['bigint'] } } };
  const { data } = await refusalOf(face.trpc.mutation('replicaSet.stop', input));
  expect(data.report).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('"json", "meta"') });
});

test('the role of the caller decides', async () => {
  await using face = await openSocketFace({ identify: () => ({ actor: 'bob', role: 'view' }) });
  expect(await face.trpc.query('system.version', {})).toMatchObject({ berthd: '0.1.0' });
  const { data } = await refusalOf(face.trpc.mutation('replicaSet.stop', { name: 'train' }));
  expect(data.report).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('bob') });
});

test('somebody who may not call at all hears why at every call', async () => {
  const identify = () => {
    throw new AppError('FORBIDDEN', 'carol is in no group of Berth');
  };
  await using face = await openSocketFace({ identify });
  for (const path of ['system.version', 'replicaSet.list']) {
    const { data } = await refusalOf(face.trpc.query(path, {}));
    expect(data.report).toMatchObject({ code: 'FORBIDDEN', message: 'carol is in no group of Berth' });
  }
});

test('services see who called', async () => {
  const callers: Caller[] = [];
  const list: Services['replicaSet']['list'] = async (_input, caller) => {
    callers.push(caller);
    return [];
  };
  await using face = await openSocketFace({ services: { replicaSet: { list } } });
  await face.trpc.query('replicaSet.list', {});
  expect(callers).toMatchObject([{ actor: 'alice', role: 'admin' }]);
});

test('a call under way hears that its client has left', async () => {
  const came = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const stop = async (_input: unknown, { signal }: Caller) => {
    came.resolve();
    await once(signal, 'abort');
    left.resolve();
    return null;
  };
  await using face = await openSocketFace({ services: { replicaSet: { stop } } });
  const client = await face.connect('/trpc');
  client.send(JSON.stringify(callOf('mutation', 'replicaSet.stop', { name: 'train' })));
  await came.promise;
  client.terminate();
  await left.promise;
});

const callOf = (method: string, path: string, input: unknown, id = 1) => ({ id, method, params: { path, input } });

const removed = (name: string): BerthEvent => ({ type: 'setRemoved', name });

function endless(payload: string) {
  const taken = { count: 0, ended: false };
  const watch: Services['event']['watch'] = async function* () {
    try {
      for (;;) {
        taken.count += 1;
        yield removed(payload);
      }
    } finally {
      taken.ended = true;
    }
  };
  return { taken, services: { event: { watch } } };
}

async function stoppedReader(face: SocketFace) {
  const client = await face.connect('/trpc');
  client.send(JSON.stringify(callOf('subscription', 'event.watch', {})));
  await once(client, 'message');
  client.pause();
  return client;
}

/** Resolves when it has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; ; await sleep(100)) {
    if (read() === before) return before;
    before = read();
  }
}

test('a subscriber that stops reading costs a bounded number of events, and gets on where it stopped', async () => {
  const { taken, services } = endless('x'.repeat(10_000));
  await using face = await openSocketFace({ services });
  const client = await stoppedReader(face);
  const stopped = await settled(() => taken.count);
  expect(stopped * 10_000).toBeLessThan(4 * 1024 * 1024);
  client.resume();
  await vi.waitUntil(() => taken.count > stopped + 100, { timeout: 5_000 });
  client.terminate();
});

test('a subscription of a stopped reader ends when that leaves', async () => {
  const { taken, services } = endless('x'.repeat(10_000));
  await using face = await openSocketFace({ services });
  const client = await stoppedReader(face);
  await settled(() => taken.count);
  client.terminate();
  await vi.waitUntil(() => taken.ended, { timeout: 5_000 });
});

test('a client that calls but never reads is not read from for ever', async () => {
  let calls = 0;
  const list: Services['replicaSet']['list'] = async () => {
    calls += 1;
    return [];
  };
  const bulky = async () => ({ gpus: [], source: 'x'.repeat(100_000), notice: null });
  await using face = await openSocketFace({ services: { replicaSet: { list }, resource: { gpuList: bulky } } });
  const client = await face.connect('/trpc');
  client.pause();
  for (let id = 0; id < 2_000; id += 1) {
    client.send(JSON.stringify(callOf('query', id % 2 === 0 ? 'resource.gpuList' : 'replicaSet.list', {}, id)));
  }
  const stopped = await settled(() => calls);
  expect(stopped).toBeLessThan(900);
  client.resume();
  await vi.waitUntil(() => calls === 1_000, { timeout: 10_000 });
  client.terminate();
});

test('the events begin with a snapshot and go on', async () => {
  await using face = await openSocketFace();
  const got: unknown[] = [];
  const watching = face.trpc.subscription('event.watch', {}, { onData: (event) => void got.push(event) });
  await vi.waitUntil(() => got.length === 2, { timeout: 5_000 });
  expect(got).toMatchObject([{ type: 'snapshot' }, { type: 'operation' }]);
  watching.unsubscribe();
});

test('a message over 1 MiB ends its connection and no other', async () => {
  await using face = await openSocketFace();
  const client = await face.connect('/trpc');
  client.send(JSON.stringify(callOf('query', 'replicaSet.list', { state: 'x'.repeat(1024 * 1024) })));
  const [code] = (await once(client, 'close')) as [number];
  expect(code).toBe(1009);
  expect(await face.trpc.query('replicaSet.list', {})).toHaveLength(2);
});

test.each([
  'nonsense',
  '[]',
  '{}',
  '{"id":1,"method":"query"}',
  '{"id":1,"method":"query","params":{"path":5}}',
  '[null]',
])('the message %s harms nobody', async (message) => {
  await using face = await openSocketFace();
  const client = await face.connect('/trpc');
  client.send(message);
  client.send(JSON.stringify(callOf('query', 'replicaSet.list', {}, 7)));
  expect(await answerTo(client, 7)).toMatchObject({ id: 7, result: { type: 'data' } });
  client.terminate();
});

async function answerTo(client: WebSocket, id: number): Promise<unknown> {
  for await (const [data] of on(client, 'message') as AsyncIterable<[Buffer]>) {
    const answer = JSON.parse(data.toString('utf8')) as { id: unknown };
    if (answer.id === id) return answer;
  }
  return undefined;
}

test('a server that closes does not wait for readers that stopped', async () => {
  const { taken, services } = endless('x'.repeat(10_000));
  const face = await openSocketFace({ services });
  await stoppedReader(face);
  await settled(() => taken.count);
  await face.close();
  await vi.waitUntil(() => taken.ended, { timeout: 5_000 });
});
