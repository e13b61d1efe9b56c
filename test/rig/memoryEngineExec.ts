/** An exec session over the result of a command that the in-memory engine already knows. */
import { EngineError, type ExecSession, type ExecSpec } from '../../daemon/core/engine.ts';
import type { CommandResult } from './memoryEngineShell.ts';

interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** What the exit code of a command that was killed says. */
const KILLED = 137;

export class MemoryExec implements ExecSession {
  readonly #result: CommandResult;
  readonly #tty: boolean;
  readonly #chunks: OutputChunk[] = [];
  readonly #exit = Promise.withResolvers<number>();
  #wake = Promise.withResolvers<void>();
  #ended = false;
  /** The last size that was asked for. */
  size: { readonly columns: number; readonly rows: number } | undefined;

  constructor(result: CommandResult, { tty, stdin }: ExecSpec) {
    this.#result = result;
    this.#tty = tty;
    this.#exit.promise.catch(() => {}); // Callers that only read the output never ask for it.
    if (result.kind === 'done' || result.kind === 'endless') {
      for (const { stream, text } of result.chunks) this.#push(stream, Buffer.from(text));
    }
    if (result.kind === 'missing') this.#fail(result.message);
    else if (result.kind === 'done') this.#end(result.exitCode);
    else if (result.kind === 'copy' && !stdin) this.#end(0);
  }

  get output(): AsyncIterable<OutputChunk> {
    return this.#read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#result.kind === 'copy' && !this.#ended) this.#push('stdout', bytes.slice());
  }

  endInput(): void {
    if (this.#result.kind === 'copy') this.#end(0);
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.size = { columns, rows };
  }

  exitCode(): Promise<number> {
    return this.#exit.promise;
  }

  async kill(): Promise<void> {
    this.#end(KILLED);
  }

  #push(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#chunks.push({ stream: this.#tty ? 'stdout' : stream, bytes });
    this.#wake.resolve();
  }

  #end(exitCode: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#exit.resolve(exitCode);
    this.#wake.resolve();
  }

  #fail(message: string): void {
    this.#ended = true;
    this.#exit.reject(new EngineError('command', message));
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    while (true) {
      yield* this.#chunks.splice(0);
      if (this.#ended && this.#chunks.length === 0) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }
}
