/** An exec session under a test's hand: it says what it is made to say, and ends by `end` or by being killed. */
import { PassThrough } from 'node:stream';
import type { ExecSession } from '../../daemon/core/engine.ts';

type Chunk = { readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array };

export class FakeCommand implements ExecSession {
  readonly said = new PassThrough({ objectMode: true });
  readonly written: Buffer[] = [];
  readonly sizes: string[] = [];
  readonly killed = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<number>();
  inputEnded = false;
  /** What `write` waits for. */
  taking = (): Promise<void> => Promise.resolve();

  readonly output: AsyncIterable<Chunk> = this.said;

  say(stream: Chunk['stream'], text: string | Buffer): boolean {
    return this.said.write({ stream, bytes: Buffer.from(text) });
  }
  end(exitCode: number | Error): void {
    if (typeof exitCode === 'number') this.#exit.resolve(exitCode);
    else this.#exit.reject(exitCode);
    this.said.end();
  }
  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(Buffer.from(bytes));
    await this.taking();
  }
  endInput(): void {
    this.inputEnded = true;
  }
  async resize(columns: number, rows: number): Promise<void> {
    this.sizes.push(`${columns}x${rows}`);
  }
  exitCode(): Promise<number> {
    return this.#exit.promise;
  }
  async kill(): Promise<void> {
    this.killed.resolve();
    this.end(137);
  }
}
