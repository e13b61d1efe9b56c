/**
 * Docker's frames, as the daemon sends a log, written to the stream that each belongs to.
 *
 * On a terminal colours pass, and nothing else that it would obey: a log must not move the cursor or set a title.
 */
import { Writable } from 'node:stream';
import { safeJson, safeLog } from '../safe.ts';
import type { OutStream } from './terminal.ts';

const HEADER_BYTES = 8;

export class FrameReader extends Writable {
  readonly #stdout: OutStream;
  readonly #stderr: OutStream;
  readonly #json: boolean;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(stdout: OutStream, stderr: OutStream, json: boolean) {
    super();
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#json = json;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    const full: OutStream[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      const out = this.#json || frame.stream === 'stdout' ? this.#stdout : this.#stderr;
      if (!out.write(this.#form(frame, out)) && !full.includes(out)) full.push(out);
    }
    Promise.all(full.map((out) => new Promise<void>((resolve) => out.once('drain', resolve)))).then(() => done(), done);
  }

  #form(frame: Frame, out: OutStream): string | Buffer {
    if (this.#json) return `${safeJson({ stream: frame.stream, text: frame.bytes.toString('utf8') })}\n`;
    return out.isTTY === true ? safeLog(frame.bytes.toString('utf8')) : frame.bytes;
  }

  #next(): Frame | undefined {
    if (this.#waiting.length < HEADER_BYTES) return undefined;
    const end = HEADER_BYTES + this.#waiting.readUInt32BE(4);
    if (this.#waiting.length < end) return undefined;
    const stream = this.#waiting[0] === 2 ? 'stderr' : 'stdout';
    const bytes = this.#waiting.subarray(HEADER_BYTES, end);
    this.#waiting = this.#waiting.subarray(end);
    return { stream, bytes };
  }
}

interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}
