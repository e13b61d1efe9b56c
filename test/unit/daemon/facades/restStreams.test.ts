import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import type { LogItem } from '../../../../common/contract/logs.ts';
import { AppError } from '../../../../common/errors.ts';
import type { Services } from '../../../../common/services.ts';
import { framedChunks } from '../../../../daemon/adapters/dockerExecStream.ts';
import { fakeServices } from '../../../rig/fakeServices.ts';
import { openRestFace } from '../../../rig/restFace.ts';

const path = '/api/v1/events';
const watching = (watch: Services['event']['watch']) => ({ services: { event: { watch } } });
const removed = (name: string): BerthEvent => ({ type: 'setRemoved', name });

/** Endless, and counts what was taken of it. */
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
  return { taken, watch };
}

/** Resolves when it has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; ; await sleep(100)) {
    if (read() === before) return before;
    before = read();
  }
}

test('events arrive as one document a line, each as soon as it happens', async () => {
  await using rest = await openRestFace();
  const [sent, response] = await rest.open('GET', path);
  expect(response.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ type: 'snapshot' });
  expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ type: 'operation' });
  sent.destroy();
});

test('a reader that stops costs a bounded number of items, and goes on where it stopped', async () => {
  const { taken, watch } = endless('x'.repeat(10_000));
  await using rest = await openRestFace(watching(watch));
  const [sent, response] = await rest.open('GET', path);
  const stopped = await settled(() => taken.count);
  expect(stopped).toBeLessThan(2_000);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await vi.waitUntil(() => bytes > stopped * 10_000 && taken.count > stopped, { timeout: 5_000 });
  sent.destroy();
});

test('a stream ends when its client leaves, even one that stopped reading', async () => {
  const { taken, watch } = endless('x'.repeat(10_000));
  await using rest = await openRestFace(watching(watch));
  const [sent] = await rest.open('GET', path);
  await settled(() => taken.count);
  sent.destroy();
  await vi.waitUntil(() => taken.ended, { timeout: 5_000 });
});

test('a quiet stream ends when its client leaves', async () => {
  const left = Promise.withResolvers<void>();
  await using rest = await openRestFace(
    watching(async function* (_input, { signal }) {
      yield removed('a');
      await once(signal, 'abort');
      left.resolve();
    }),
  );
  const [sent] = await rest.open('GET', path);
  sent.destroy();
  await left.promise;
});

test('a server that closes ends its streams rather than wait for them', async () => {
  const rest = await openRestFace();
  const [, response] = await rest.open('GET', path);
  response.resume();
  await Promise.all([rest.close(), once(response, 'end')]);
});

test('a failure before the first item is an ordinary answer', async () => {
  await using rest = await openRestFace(
    watching(async function* () {
      yield await Promise.reject(new AppError('ENGINE_DOWN', 'Docker does not answer'));
    }),
  );
  const answer = await rest.ask('GET', path);
  expect(answer).toMatchObject({ status: 503, body: { code: 503, data: null } });
  expect(answer.headers['retry-after']).toBe('5');
});

test('a failure on the way is the last line, and logged when nobody expected it', async () => {
  await using rest = await openRestFace(
    watching(async function* () {
      yield removed('a');
      throw new Error('secret');
    }),
  );
  const { text } = await rest.ask('GET', path);
  const lines = text.trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ code: 500, msg: expect.stringMatching(/^Server busy/), data: null });
  expect(text).not.toContain('secret');
  expect(rest.log.errors()).toHaveLength(1);
});

const LOG: readonly LogItem[] = [
  { stream: 'note', text: '' },
  { stream: 'stdout', text: 'out ü\n' },
  { stream: 'stderr', text: 'err\n' },
  { stream: 'note', text: '-- version 1 replaced by 2\n' },
];

const withLogs = (logs: Services['replicaSet']['logs']) => openRestFace({ services: { replicaSet: { logs } } });
const logsPath = '/api/v1/replicaSet/train/logs';

async function* fullLog(): AsyncGenerator<LogItem> {
  yield* LOG;
}

test('a log is plain text, and its end says why', async () => {
  await using rest = await withLogs(fullLog);
  const answer = await rest.ask('GET', logsPath);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(answer.text).toBe('out ü\nerr\n-- version 1 replaced by 2\n');
});

test('a Docker client gets its frames, which tell the streams apart', async () => {
  await using rest = await withLogs(fullLog);
  const headers = { accept: 'application/vnd.docker.multiplexed-stream' };
  const [, response] = await rest.open('GET', logsPath, { headers });
  expect(response.headers['content-type']).toBe(headers.accept);
  const frames: string[] = [];
  for await (const { stream, bytes } of framedChunks(response))
    frames.push(`${stream} ${Buffer.from(bytes).toString()}`);
  expect(frames).toEqual(['stdout out ü\n', 'stderr err\n', 'stderr -- version 1 replaced by 2\n']);
});

test('a log that fails on the way says so in its last line', async () => {
  await using rest = await withLogs(async function* () {
    yield* LOG.slice(0, 2);
    throw new AppError('ENGINE_DOWN', 'Docker went away');
  });
  expect((await rest.ask('GET', logsPath)).text).toMatch(/^out ü\n-- Docker went away\./);
});

test('an empty log that is followed sends its head at once', async () => {
  await using rest = await withLogs(async function* (_input, { signal }) {
    yield { stream: 'note', text: '' };
    await once(signal, 'abort');
  });
  const [request, response] = await rest.open('GET', `${logsPath}?follow=1`);
  expect(response.statusCode).toBe(200);
  request.destroy();
});

test('a wait sends its head at once, and its one answer later', async () => {
  const over = Promise.withResolvers<void>();
  await using rest = await openRestFace({
    services: {
      replicaSet: {
        async *wait() {
          yield { type: 'waiting', version: 2 };
          await over.promise;
          yield { type: 'ended', version: 2, StatusCode: 3, replacedBy: null, timedOut: false };
        },
      },
    },
  });
  const [, response] = await rest.open('POST', '/api/v1/replicaSet/train/wait', { json: { timeout: 5 } });
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  over.resolve();
  expect(JSON.parse(await text(response))).toMatchObject({ code: 200, data: { StatusCode: 3 } });
});

test('a stream that is not asked to go on answers once, in the envelope', async () => {
  let asked = 0;
  await using rest = await openRestFace({
    services: {
      replicaSet: {
        async *stats(input, caller) {
          asked += 1;
          yield* fakeServices().replicaSet.stats(input, caller);
        },
      },
    },
  });
  const path = '/api/v1/replicaSet/train/stats';
  expect((await rest.ask('GET', path)).body).toMatchObject({ code: 200, data: { name: 'train', cpuPercent: 212.5 } });
  const lines = await rest.ask('GET', `${path}?stream=1`);
  expect(lines.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  expect(JSON.parse(lines.text)).toMatchObject({ name: 'train' });
  expect(asked).toBe(2);
});
