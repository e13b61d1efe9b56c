import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import { AppError } from '../../../../common/errors.ts';
import type { Services } from '../../../../common/services.ts';
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
