/**
 * One file that holds the whole state of one moment: gzipped lines, the first says what it is, the last proves the rest.
 *
 *   {"format":"berth-backup/1","instance":…,"schema":…,"sequence":…,"hash":…,"at":…}
 *   ["hw/train","CRC SEQUENCE JSON"]      one for each row, as the database has it
 *   {"rows":…,"sha256":…}                 of all lines before
 *
 * Invariant: what `readBackup` accepts is complete: each row matches its checksum, the chain of batches reaches the one
 * that the first line names, and not a byte differs from what was written.
 *
 * Not here: when backups are taken and which are kept (backups.ts), putting one back (restore.ts).
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { StartError } from '../core/startError.ts';
import { followChain, type Head } from './batchChain.ts';
import { decodeRow } from './codecs.ts';
import { chainRange } from './keys.ts';

const FORMAT = 'berth-backup/1';

const Header = z.object({
  format: z.literal(FORMAT),
  instance: z.string(),
  schema: z.int(),
  sequence: z.int(),
  hash: z.string(),
  at: z.string(),
});
const Row = z.tuple([z.string(), z.string()]);
const Footer = z.object({ rows: z.int(), sha256: z.string() });

export type BackupHeader = Omit<z.output<typeof Header>, 'format'>;
export interface BackupSummary extends BackupHeader {
  readonly rows: number;
}

type Rows = AsyncIterable<readonly (readonly [string, string])[]>;

/** Durable when it resolves. `path` must not exist. */
export async function writeBackup(path: string, header: BackupHeader, rows: Rows): Promise<void> {
  const text = Readable.from(linesOf(header, rows), { objectMode: false });
  await pipeline(text, createGzip(), createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
}

async function* linesOf(header: BackupHeader, rows: Rows): AsyncGenerator<string> {
  const digest = createHash('sha256');
  const line = (value: unknown): string => {
    const text = `${JSON.stringify(value)}\n`;
    digest.update(text);
    return text;
  };
  let count = 0;
  yield line({ format: FORMAT, ...header });
  for await (const some of rows) {
    count += some.length;
    yield some.map(line).join('');
  }
  yield `${JSON.stringify({ rows: count, sha256: digest.digest('hex') })}\n`;
}

/** Reads it through. `take` gets its rows as they come, before the whole is proven. Throws StartError. */
export async function readBackup(
  path: string,
  take: (rows: readonly (readonly [string, string])[]) => Promise<void> = async () => {},
): Promise<BackupSummary> {
  try {
    return await proven(path, take);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw refusal(path, error);
  }
}

function refusal(path: string, error: unknown): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new StartError(`there is no file ${path}`, { cause: error });
  if (code === 'EISDIR')
    return new StartError(`${path} is a directory; name one of the backups in it`, { cause: error });
  if (code === 'EACCES') return new StartError(`${path} may not be read: ${message}`, { cause: error });
  if (code === 'Z_DATA_ERROR' && message === 'incorrect header check') {
    return new StartError(`${path} is not a backup of Berth`, { cause: error });
  }
  return new StartError(`the backup ${path} is damaged: ${message}. Take another one`, { cause: error });
}

const rowsAtOnce = 500;

async function proven(path: string, take: NonNullable<Parameters<typeof readBackup>[1]>): Promise<BackupSummary> {
  const digest = createHash('sha256');
  const links: [string, string][] = [];
  let header: BackupHeader | undefined;
  let count = 0;
  let pending: [string, string][] = [];
  for await (const line of linesIn(path)) {
    const value: unknown = JSON.parse(line);
    if (header === undefined) header = headerFrom(path, value);
    else if (!Array.isArray(value)) {
      await take(pending);
      assertWhole(Footer.parse(value), count, digest.digest('hex'));
      assertReaches(links, header);
      return { ...header, rows: count };
    } else {
      const [key, text] = Row.parse(value);
      decodeRow(key, text);
      if (key >= chainRange.gte && key < chainRange.lt) links.push([key, text]);
      count += 1;
      pending.push([key, text]);
    }
    digest.update(`${line}\n`);
    if (pending.length < rowsAtOnce) continue;
    await take(pending);
    pending = [];
  }
  throw new Error('its end is missing');
}

/** A failure to read or to unpack reaches who iterates. */
async function* linesIn(path: string): AsyncGenerator<string> {
  const source = createReadStream(path);
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  source.pipe(unpacked);
  try {
    yield* splitLines(unpacked);
  } finally {
    source.destroy();
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function headerFrom(path: string, value: unknown): BackupHeader {
  const parsed = Header.safeParse(value);
  if (!parsed.success) throw new StartError(`${path} is not a backup of Berth, or one of a newer version`);
  const { format: _, ...header } = parsed.data;
  return header;
}

function assertWhole(footer: z.output<typeof Footer>, rows: number, sha256: string): void {
  if (footer.rows !== rows || footer.sha256 !== sha256) throw new Error('it is not what was written');
}

function assertReaches(links: readonly (readonly [string, string])[], { sequence, hash }: Head): void {
  const newest = followChain(links).at(-1);
  if (newest?.sequence !== sequence || newest.hash !== hash) throw new Error('its newest changes are missing');
}
