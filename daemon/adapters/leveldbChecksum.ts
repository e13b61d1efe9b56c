/**
 * LevelDB's own checksums, which it writes and does not check when it reads: CRC-32C, rotated and shifted.
 * Source: LevelDB's documents "table format" and "log format".
 */
import { createRequire } from 'node:module';

/** The package types only its CRC-32; the CRC-32C beside it has the same shape. */
const { buf: crc32c } = createRequire(import.meta.url)('crc-32/crc32c.js') as Pick<typeof import('crc-32'), 'buf'>;

/** Whether the four bytes of `stored` are the checksum of the parts. */
export function checksumFits(stored: Buffer, ...parts: readonly Buffer[]): boolean {
  const crc = parts.reduce((seed, part) => crc32c(part, seed), 0) >>> 0;
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  return stored.readUInt32LE(0) === masked;
}

/** Reads numbers and texts one after the other. Throws RangeError past the end. */
export class ByteReader {
  offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.#bytes.length;
  }

  /** Seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.offset);
      this.offset += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  take(length: number): Buffer {
    if (this.offset + length > this.#bytes.length) throw new RangeError('the text ends early');
    this.offset += length;
    return this.#bytes.subarray(this.offset - length, this.offset);
  }
}
