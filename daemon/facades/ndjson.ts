/**
 * A subscription over REST: one JSON document a line, for as long as the client stays.
 *
 * Invariants
 *  - The next item is asked for only when the last one was taken, so a slow reader costs one item.
 *  - A failure before the first item is an ordinary answer; one after it is a last line in the envelope.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { ErrorReport } from '../../common/errors.ts';
import { refusal } from './envelope.ts';

export const ndjsonType = 'application/x-ndjson; charset=utf-8';

export interface LineSource {
  readonly items: AsyncIterable<unknown>;
  readonly report: (error: unknown) => ErrorReport;
}

export async function sendLines(reply: FastifyReply, { items, report }: LineSource): Promise<FastifyReply> {
  const iterator = items[Symbol.asyncIterator]();
  const first = await iterator.next();
  const lines = Readable.from(linesOf(first, iterator, report), { objectMode: false, highWaterMark: 16 * 1024 });
  return await reply.type(ndjsonType).header('x-accel-buffering', 'no').send(lines);
}

async function* linesOf(
  first: IteratorResult<unknown>,
  iterator: AsyncIterator<unknown>,
  report: LineSource['report'],
): AsyncGenerator<string> {
  try {
    for (let item = first; item.done !== true; item = await iterator.next()) yield line(item.value);
  } catch (error) {
    yield line(refusal(report(error)));
  } finally {
    await iterator.return?.();
  }
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
