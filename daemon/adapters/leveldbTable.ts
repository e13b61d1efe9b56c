/**
 * Proves one table of LevelDB, byte by byte: every block against its checksum, and that blocks and footer fill the file.
 *
 * A table never changes once it is written, and LevelDB believes it when it reads: a flipped bit can make a row vanish,
 * its mark of deletion being one bit. Source: LevelDB's document "table format".
 */
import { uncompress } from 'snappyjs';
import { ByteReader, checksumFits } from './leveldbChecksum.ts';
import { isBlank } from './leveldbLog.ts';

const footerBytes = 48;
const handlesBytes = 40;
const trailerBytes = 5;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
const SNAPPY = 1;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

class Fault extends Error {}

/** What is wrong with it; undefined when nothing is. */
export function tableFault(bytes: Buffer): string | undefined {
  try {
    const { metaIndex, index } = footerOf(bytes);
    const handles = [...handlesIn(bytes, index), ...handlesIn(bytes, metaIndex), metaIndex, index];
    const end = handles
      .toSorted((a, b) => a.offset - b.offset)
      .reduce((at, handle) => {
        if (handle.offset !== at) throw new Fault(`no block begins at byte ${at}`);
        blockAt(bytes, handle);
        return at + handle.size + trailerBytes;
      }, 0);
    return end === bytes.length - footerBytes ? undefined : `its blocks end at byte ${end}`;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    if (error instanceof RangeError) return 'its index makes no sense';
    throw error;
  }
}

function footerOf(bytes: Buffer): { readonly metaIndex: Handle; readonly index: Handle } {
  const footer = bytes.subarray(Math.max(0, bytes.length - footerBytes));
  if (footer.length < footerBytes || !footer.subarray(handlesBytes).equals(MAGIC))
    throw new Fault('its end is missing');
  const reader = new ByteReader(footer.subarray(0, handlesBytes));
  const metaIndex = handleFrom(reader);
  const index = handleFrom(reader);
  if (!isBlank(footer.subarray(reader.offset, handlesBytes)))
    throw new Fault('its footer is not blank where it should be');
  return { metaIndex, index };
}

const handleFrom = (reader: ByteReader): Handle => ({ offset: reader.varint(), size: reader.varint() });

/** The stored bytes of a block that matches its checksum, and whether they are compressed. */
function blockAt(bytes: Buffer, { offset, size }: Handle): { readonly stored: Buffer; readonly isCompressed: boolean } {
  const end = offset + size;
  if (end + trailerBytes > bytes.length) throw new Fault(`the block at byte ${offset} goes beyond its end`);
  const trailer = bytes.subarray(end, end + trailerBytes);
  const stored = bytes.subarray(offset, end);
  if (!checksumFits(trailer.subarray(1), stored, trailer.subarray(0, 1))) {
    throw new Fault(`the block at byte ${offset} does not match its checksum`);
  }
  return { stored, isCompressed: trailer[0] === SNAPPY };
}

/** The blocks that an index block points to: its entries are `shared, own, length, key's own part, handle`. */
function* handlesIn(bytes: Buffer, handle: Handle): Generator<Handle> {
  const { stored, isCompressed } = blockAt(bytes, handle);
  const block = isCompressed ? Buffer.from(uncompress(stored)) : stored;
  const restarts = block.readUInt32LE(block.length - 4);
  const entries = block.subarray(0, block.length - 4 * (restarts + 1));
  for (const reader = new ByteReader(entries); !reader.isAtEnd; ) {
    reader.varint();
    const ownBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.take(ownBytes);
    yield handleFrom(new ByteReader(reader.take(valueBytes)));
  }
}
