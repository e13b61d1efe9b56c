/**
 * The bytes that Docker sends for an exec: raw on a terminal, else frames of an 8-byte header (stream, 0, 0, 0, length
 * in big endian) and that many bytes. Chunks are passed on as they arrive; nothing is gathered.
 */

export interface ExecChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 8;
const STDERR = 2;

export async function* terminalChunks(source: AsyncIterable<Buffer>): AsyncGenerator<ExecChunk> {
  for await (const bytes of source) yield { stream: 'stdout', bytes };
}

export async function* framedChunks(source: AsyncIterable<Buffer>): AsyncGenerator<ExecChunk> {
  let header = Buffer.alloc(0);
  let stream: ExecChunk['stream'] = 'stdout';
  let left = 0;
  for await (const part of source) {
    let bytes = part;
    while (bytes.length > 0) {
      if (left > 0) {
        yield { stream, bytes: bytes.subarray(0, left) };
        const passed = Math.min(left, bytes.length);
        left -= passed;
        bytes = bytes.subarray(passed);
        continue;
      }
      const missing = HEADER_BYTES - header.length;
      header = Buffer.concat([header, bytes.subarray(0, missing)]);
      bytes = bytes.subarray(missing);
      if (header.length < HEADER_BYTES) break;
      stream = header[0] === STDERR ? 'stderr' : 'stdout';
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}

/** How the engine begins when it says, in place of the command's output, that it could not start the command. */
const REFUSALS = ['OCI runtime exec failed: ', 'unable to find user ', 'unable to find group '];
const REFUSAL_BYTES_MAX = 4096;

/**
 * Passes chunks on, but keeps back what may be the engine's own words until the end, and then asks `settle` whether
 * they were: if so they are no output of the command.
 */
export async function* withoutRefusal(
  chunks: AsyncIterable<ExecChunk>,
  settle: (text: string) => Promise<boolean>,
): AsyncGenerator<ExecChunk> {
  const kept: ExecChunk[] = [];
  let isOutput = false;
  for await (const chunk of chunks) {
    if (!isOutput) {
      kept.push(chunk);
      if (mayBeRefusal(textOf(kept))) continue;
      isOutput = true;
      yield* kept.splice(0);
    } else yield chunk;
  }
  if (kept.length > 0 && !(await settle(textOf(kept).trim()))) yield* kept;
}

const mayBeRefusal = (text: string): boolean =>
  text.length <= REFUSAL_BYTES_MAX && REFUSALS.some((begin) => text.startsWith(begin) || begin.startsWith(text));

const textOf = (chunks: readonly ExecChunk[]): string => Buffer.concat(chunks.map(({ bytes }) => bytes)).toString();
