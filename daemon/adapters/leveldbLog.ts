/**
 * LevelDB's log format, read without LevelDB: the batches of its write-ahead log, and the edits of its manifest.
 *
 * Blocks of 32 KiB hold fragments `checksum(4) length(2) type(1) data`; the rest of a block that holds no further
 * header is zero. Source: LevelDB's document "log format".
 *
 * Not here: what the records say (leveldbManifest.ts).
 */
import { checksumFits } from './leveldbChecksum.ts';

const blockBytes = 32 * 1024;
const headerBytes = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

export interface LogContent {
  /** Those before the first fault. */
  readonly records: readonly Buffer[];
  /** Where and how the bytes stop making sense. */
  readonly fault: string | undefined;
  /** The file ends in the middle of a record: cut off while it was written, or since. */
  readonly isTorn: boolean;
}

export function readLog(bytes: Buffer): LogContent {
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = blockBytes - (at % blockBytes);
    const next = left < headerBytes ? padding(bytes, at, left) : fragmentAt(bytes, at, left);
    if (typeof next !== 'object') return { records, isTorn: next === TORN, fault: next === TORN ? undefined : next };
    at = next.end;
    if (next.type === undefined) continue;
    const begins = next.type === FULL || next.type === FIRST;
    if (begins !== (parts.length === 0)) return { records, isTorn: false, fault: `a record is cut at byte ${at}` };
    parts.push(next.data);
    if (next.type !== FULL && next.type !== LAST) continue;
    records.push(Buffer.concat(parts));
    parts = [];
  }
  return { records, isTorn: parts.length > 0, fault: undefined };
}

const TORN = 'torn';

interface Fragment {
  readonly end: number;
  readonly type: number | undefined;
  readonly data: Buffer;
}

function padding(bytes: Buffer, at: number, length: number): Fragment | string {
  const data = bytes.subarray(at, at + length);
  if (isBlank(data)) return { end: at + length, type: undefined, data };
  return `the end of the block before byte ${at + length} is not blank`;
}

function fragmentAt(bytes: Buffer, at: number, left: number): Fragment | string {
  if (bytes.length - at < headerBytes) return TORN;
  const length = bytes.readUInt16LE(at + 4);
  const type = bytes.readUInt8(at + 6);
  const end = at + headerBytes + length;
  // File systems can leave zeros where a write did not arrive.
  if (type === 0 && length === 0 && isBlank(bytes.subarray(at))) return TORN;
  if (length > left - headerBytes || type < FULL || type > LAST) return `no record begins at byte ${at}`;
  if (end > bytes.length) return TORN;
  const data = bytes.subarray(at + headerBytes, end);
  if (checksumFits(bytes.subarray(at, at + 4), bytes.subarray(at + 6, at + 7), data)) return { end, type, data };
  return `the record at byte ${at} does not match its checksum`;
}

export const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);
