/**
 * What LevelDB's manifest says: which tables hold the rows, how long each is, and from which log on batches are to be
 * found in no table yet. Source: LevelDB's class VersionEdit.
 */
import { ByteReader } from './leveldbChecksum.ts';

export interface LiveFiles {
  /** Number → size in bytes. */
  readonly tables: ReadonlyMap<number, number>;
  /** The oldest log that counts. */
  readonly log: number;
}

/** Throws for edits that make no sense. */
export function liveFiles(edits: readonly Buffer[]): LiveFiles {
  const tables = new Map<number, number>();
  let log = 0;
  for (const edit of edits) {
    const reader = new ByteReader(edit);
    while (!reader.isAtEnd) {
      const read = FIELDS[reader.varint()];
      if (read === undefined) throw new RangeError('an edit has a field that LevelDB does not know');
      const { added, removed, newLog } = read(reader);
      if (removed !== undefined) tables.delete(removed);
      if (added !== undefined) tables.set(added.number, added.sizeBytes);
      log = newLog ?? log;
    }
  }
  return { tables, log };
}

interface Edit {
  readonly added?: { readonly number: number; readonly sizeBytes: number };
  readonly removed?: number;
  readonly newLog?: number;
}

const skipped =
  (skip: (reader: ByteReader) => void) =>
  (reader: ByteReader): Edit => {
    skip(reader);
    return {};
  };
const text = (reader: ByteReader): Buffer => reader.take(reader.varint());

/** Tag → its field. */
const FIELDS: Readonly<Record<number, (reader: ByteReader) => Edit>> = {
  1: skipped(text), // Name of the comparator.
  2: (reader) => ({ newLog: reader.varint() }),
  3: skipped((reader) => reader.varint()), // Next file number.
  4: skipped((reader) => reader.varint()), // Last sequence number.
  5: skipped((reader) => [reader.varint(), text(reader)]), // Compaction pointer: level, key.
  6: (reader) => {
    reader.varint(); // Level.
    return { removed: reader.varint() };
  },
  7: (reader) => {
    reader.varint(); // Level.
    const added = { number: reader.varint(), sizeBytes: reader.varint() };
    text(reader); // Smallest key.
    text(reader); // Largest key.
    return { added };
  },
  9: skipped((reader) => reader.varint()), // Log before that, of old versions.
};
