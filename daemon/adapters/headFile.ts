/**
 * HEAD: number and hash of the newest batch, beside the database, so that a database which lost its tail shows.
 *
 * Two slots of one disk sector each are written in turn, in place, through a descriptor that stays open. That costs
 * one `fdatasync` and no new blocks, so it works on a full disk; a new file and a rename would cost three flushes and
 * need room. A write cut short spoils one slot only; the other still names the batch before.
 *
 * A slot: `berth HEAD SEQUENCE HASH CRC`, padded with spaces.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { genesis, type Head } from './batchChain.ts';

const slotBytes = 512;

/** What the store needs of it. */
export interface Witness {
  read(): Promise<Head | undefined>;
  write(head: Head): Promise<void>;
  close(): Promise<void>;
}

export class HeadFile implements Witness {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<HeadFile> {
    return new HeadFile(await open(path, 'r+'));
  }

  /** Makes the file, durable before this resolves, naming a database that has no batch yet. */
  static async create(path: string): Promise<HeadFile> {
    const file = new HeadFile(await open(path, 'w+', 0o600));
    await file.#file.write(Buffer.alloc(2 * slotBytes, ' '));
    await file.write(genesis);
    await file.#file.sync();
    await syncDirectory(dirname(path));
    return file;
  }

  /** The newest head that was written whole, or undefined when neither slot can be read. */
  async read(): Promise<Head | undefined> {
    const { buffer } = await this.#file.read(Buffer.alloc(2 * slotBytes), 0, 2 * slotBytes, 0);
    return newestHead(buffer);
  }

  /** Durable when it resolves. */
  async write(head: Head): Promise<void> {
    const slot = Buffer.alloc(slotBytes, ' ');
    slot.write(formatSlot(head));
    await this.#file.write(slot, 0, slotBytes, (head.sequence % 2) * slotBytes);
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const slotsOf = (bytes: Buffer): readonly Buffer[] => [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)];

/** The newest of the heads in these bytes; undefined when there is none. */
export const newestHead = (bytes: Buffer): Head | undefined =>
  slotsOf(bytes)
    .map(parseSlot)
    .filter((head) => head !== undefined)
    .toSorted((a, b) => b.sequence - a.sequence)[0];

/** What is wrong with the file; undefined when nothing is. A new one has one entry, beside a blank slot. */
export function headFault(bytes: Buffer): string | undefined {
  if (bytes.length !== 2 * slotBytes) return `it has ${bytes.length} bytes instead of ${2 * slotBytes}`;
  const unreadable = slotsOf(bytes).filter((slot) => parseSlot(slot) === undefined);
  if (unreadable.length === 2) return 'neither of its two entries can be read';
  const isBlank = unreadable.every((slot) => slot.every((byte) => byte === 0x20));
  return isBlank ? undefined : 'one of its two entries cannot be read';
}

function formatSlot({ sequence, hash }: Head): string {
  const body = `berth HEAD ${sequence} ${hash}`;
  return `${body} ${crc32(body)}`;
}

function parseSlot(slot: Buffer): Head | undefined {
  const text = slot.toString('latin1');
  const [, sequence, hash] = /^berth HEAD (\d+) ([0-9a-f]{64}) \d+ *$/.exec(text) ?? [];
  if (sequence === undefined || hash === undefined) return undefined;
  const head = { sequence: Number(sequence), hash };
  return formatSlot(head).padEnd(slotBytes) === text ? head : undefined;
}

/** A new name in a directory is durable only once the directory is. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
