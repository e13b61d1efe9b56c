/** The keys that leave a main process without ending it: `ctrl-p,ctrl-q` unless somebody says otherwise. */
import { Transform, type TransformCallback } from 'node:stream';
import { UsageError } from './input.ts';

/** Throws UsageError. */
export function detachSequence(text: string): Buffer {
  return Buffer.from(text.split(',').map(keyCode));
}

function keyCode(key: string): number {
  const [, letter] = /^ctrl-([a-z@[\\\]^_])$/.exec(key) ?? [];
  if (letter !== undefined) return letter.toUpperCase().charCodeAt(0) % 64;
  if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
  throw new UsageError(`--detach-keys takes keys such as ctrl-p,ctrl-q, not "${key}"`);
}

/** Passes bytes on until the sequence comes. What may be its beginning waits for the next key. */
export class UntilDetached extends Transform {
  readonly #sequence: Buffer;
  readonly #onDetach: () => void;
  #seen = 0;

  constructor(sequence: Buffer, onDetach: () => void) {
    super();
    this.#sequence = sequence;
    this.#onDetach = onDetach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const passed: Buffer[] = [];
    for (const byte of chunk) {
      if (byte === this.#sequence[this.#seen]) {
        this.#seen += 1;
        if (this.#seen === this.#sequence.length) {
          this.push(Buffer.concat(passed));
          this.#onDetach();
          return;
        }
        continue;
      }
      passed.push(this.#sequence.subarray(0, this.#seen));
      this.#seen = byte === this.#sequence[0] ? 1 : 0;
      if (this.#seen === 0) passed.push(Buffer.of(byte));
    }
    done(null, Buffer.concat(passed));
  }
}
