/**
 * A subscription over REST: as one JSON document a line, as plain text, or as the one answer it ends with.
 *
 * Invariants
 *  - The next item is asked for only when the last one was taken, so a slow reader costs one item.
 *  - A failure before the first item is an ordinary answer; one after it is the last thing the body says, and of text,
 *    which anybody can print, a trailer says it too.
 *
 * Not here: archives (restTransfers.ts).
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { errorCodeHeader } from '../../common/byteClient.ts';
import type { RestStream } from '../../common/contract/define.ts';
import type { LogItem } from '../../common/contract/logs.ts';
import type { ErrorReport } from '../../common/errors.ts';
import { jsonType, refusal, success } from './envelope.ts';

export const ndjsonType = 'application/x-ndjson; charset=utf-8';
export const textType = 'text/plain; charset=utf-8';
/** Docker's frames: a client that wants to tell stdout from stderr asks for them. */
export const framesType = 'application/vnd.docker.multiplexed-stream';

export interface StreamSource {
  readonly items: AsyncIterable<unknown>;
  readonly report: (error: unknown) => ErrorReport;
}

interface Form {
  readonly type: string;
  /** What is written of each item; nothing for those that only tell that it goes on. */
  readonly item: (item: unknown) => string | Buffer;
  readonly failure: (report: ErrorReport) => string | Buffer;
}

const document = (value: unknown): string => `${JSON.stringify(value)}\n`;

const LINES: Form = { type: ndjsonType, item: document, failure: (report) => document(refusal(report)) };

const textOf = (item: unknown): string => (item as LogItem).text;
const told = (report: ErrorReport): string => `-- ${refusal(report).msg}\n`;

const TEXT: Form = { type: textType, item: textOf, failure: told };

const FRAMES: Form = {
  type: framesType,
  item: (item) => frame((item as LogItem).stream, textOf(item)),
  failure: (report) => frame('note', told(report)),
};

/** Docker's header of eight bytes, then the text. What Berth says itself goes to stderr. */
function frame(stream: LogItem['stream'], text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return bytes;
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

export async function sendStream(
  reply: FastifyReply,
  stream: Exclude<RestStream, 'tar'>,
  source: StreamSource,
): Promise<FastifyReply> {
  const iterator = source.items[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (stream === 'last') return await send(reply, jsonType, lastOf(first, iterator, source.report));
  const wantsFrames = reply.request.headers.accept?.includes(framesType) === true;
  const form = stream === 'ndjson' ? LINES : wantsFrames ? FRAMES : TEXT;
  let failure = '';
  const report = (error: unknown): ErrorReport => {
    const told = source.report(error);
    failure = told.code;
    return told;
  };
  if (form !== LINES) reply.trailer(errorCodeHeader, async () => failure);
  return await send(reply, form.type, itemsOf(form, first, iterator, report));
}

/** The first item alone is the answer. */
export async function firstOf({ items }: StreamSource): Promise<unknown> {
  for await (const item of items) return item;
  throw new Error('a stream ended before its first item');
}

/** The head goes out at once: clients wait for it before they show that something is on its way. */
async function send(reply: FastifyReply, type: string, body: AsyncIterable<string | Buffer>): Promise<FastifyReply> {
  const source = Readable.from(body, { objectMode: false, highWaterMark: 16 * 1024 });
  const sent = reply.type(type).header('x-accel-buffering', 'no').send(source);
  reply.raw.flushHeaders();
  return await sent;
}

async function* itemsOf(
  form: Form,
  first: IteratorResult<unknown>,
  iterator: AsyncIterator<unknown>,
  report: StreamSource['report'],
): AsyncGenerator<string | Buffer> {
  try {
    for (let item = first; item.done !== true; item = await iterator.next()) yield form.item(item.value);
  } catch (error) {
    yield form.failure(report(error));
  } finally {
    await iterator.return?.();
  }
}

async function* lastOf(
  first: IteratorResult<unknown>,
  iterator: AsyncIterator<unknown>,
  report: StreamSource['report'],
): AsyncGenerator<string> {
  try {
    let last: unknown = null;
    for (let item = first; item.done !== true; item = await iterator.next()) last = item.value;
    yield JSON.stringify(success(last));
  } catch (error) {
    yield JSON.stringify(refusal(report(error)));
  } finally {
    await iterator.return?.();
  }
}
