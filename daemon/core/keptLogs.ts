/**
 * Logs that outlive their containers: the last of what each version printed, one file a version.
 *
 * Format, a line each: `1 TIME TEXT` for stdout, `2 TIME TEXT` for stderr, the time as Docker writes it.
 *
 * Not here: where the files lie (the adapter), when they are written and removed (operations/).
 */
import type { LogItem } from '../../common/contract/logs.ts';
import { keptLogBytesMax } from '../../common/limits.ts';
import type { Engine } from './engine.ts';
import type { ByteStream, LogQuery, OutputChunk } from './engineStreams.ts';
import { rfc3339Of } from './timeRange.ts';

export interface LogFiles {
  /** Whole or not at all; what was there is replaced. */
  write(uid: string, version: number, bytes: ByteStream): Promise<void>;
  /** Undefined where nothing was kept. */
  read(uid: string, version: number): Promise<ByteStream | undefined>;
  /** Those of all versions of a set. */
  remove(uid: string): Promise<void>;
}

const EVERYTHING: LogQuery = {
  stdout: true,
  stderr: true,
  since: undefined,
  until: undefined,
  tail: undefined,
  timestamps: true,
  follow: false,
};

/** Copies the end of a container's log. Rejects with `notFound` where there is no container any more. */
export async function keepLog(
  { engine, logFiles }: { readonly engine: Engine; readonly logFiles: LogFiles },
  { container, uid, version }: { readonly container: string; readonly uid: string; readonly version: number },
): Promise<void> {
  const source = await engine.logs(container, EVERYTHING, new AbortController().signal);
  const lines: Buffer[] = [];
  let size = 0;
  for await (const line of storedLines(source)) {
    lines.push(line);
    size += line.length;
    while (size > keptLogBytesMax) size -= lines.shift()?.length ?? size;
  }
  await logFiles.write(uid, version, chunked(lines));
}

async function* chunked(lines: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < lines.length; at += 1000) yield Buffer.concat(lines.slice(at, at + 1000));
}

async function* storedLines(source: AsyncIterable<OutputChunk>): AsyncGenerator<Buffer> {
  for await (const { stream, line } of splitLines(source)) {
    yield Buffer.concat([Buffer.from(stream === 'stdout' ? '1 ' : '2 '), line, NEWLINE]);
  }
}

const NEWLINE = Buffer.from('\n');
const LF = NEWLINE[0] as number;

/** Lines of each stream, without their ends, in the order in which they ended. */
async function* splitLines(
  source: AsyncIterable<OutputChunk>,
): AsyncGenerator<{ readonly stream: OutputChunk['stream']; readonly line: Buffer }> {
  const rest: Record<OutputChunk['stream'], Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  for await (const { stream, bytes } of source) {
    let left = Buffer.concat([rest[stream], bytes]);
    for (let end = left.indexOf(LF); end >= 0; end = left.indexOf(LF)) {
      yield { stream, line: left.subarray(0, end) };
      left = left.subarray(end + 1);
    }
    rest[stream] = left;
  }
  for (const stream of ['stdout', 'stderr'] as const) if (rest[stream].length > 0) yield { stream, line: rest[stream] };
}

/** What a kept log shows of itself to a query. */
export async function* readKept(bytes: ByteStream, query: LogQuery): AsyncGenerator<LogItem> {
  const chosen = keptItems(bytes, query);
  if (query.tail === undefined) yield* chosen;
  else yield* await lastOf(chosen, query.tail);
}

async function* keptItems(bytes: ByteStream, query: LogQuery): AsyncGenerator<LogItem> {
  const [since, until] = [query.since, query.until].map((moment) =>
    moment === undefined ? undefined : rfc3339Of(moment),
  );
  for await (const { line } of splitLines(asStdout(bytes))) {
    const [, digit, time = '', text] = /^([12]) (\S+) ?(.*)$/s.exec(line.toString('utf8')) ?? [];
    const stream = digit === '2' ? 'stderr' : 'stdout';
    if (text === undefined || !query[stream]) continue;
    if ((since !== undefined && time < since) || (until !== undefined && time > until)) continue;
    yield { stream, text: `${query.timestamps ? `${time} ` : ''}${text}\n` };
  }
}

async function* asStdout(bytes: ByteStream): AsyncGenerator<OutputChunk> {
  for await (const chunk of bytes) yield { stream: 'stdout', bytes: chunk };
}

async function lastOf(items: AsyncIterable<LogItem>, count: number): Promise<readonly LogItem[]> {
  const last: LogItem[] = [];
  for await (const item of items) {
    last.push(item);
    if (last.length > count) last.shift();
  }
  return last;
}
