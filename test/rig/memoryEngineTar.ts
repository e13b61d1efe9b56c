/** Files of the in-memory engine as tar archives and back. Directories exist as far as files are in them. */
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Header, Parser } from 'tar';
import { EngineError } from '../../daemon/core/engine.ts';
import type { ByteStream, PathStat } from '../../daemon/core/engineStreams.ts';

type Files = ReadonlyMap<string, string>;

/** The bit of Go's FileMode. */
export const DIRECTORY = 2 ** 31;
const BLOCK = 512;

const below = (files: Files, path: string): readonly string[] => {
  const folder = path === '/' ? '/' : `${path}/`;
  return [...files.keys()].filter((it) => it.startsWith(folder));
};

/** Undefined where nothing is. */
export function statOf(files: Files, given: string): PathStat | undefined {
  const path = posix.resolve('/', given);
  const text = files.get(path);
  const isFolder = text === undefined && (path === '/' || below(files, path).length > 0);
  if (text === undefined && !isFolder) return undefined;
  const facts = { name: posix.basename(path) || '/', mtime: '2026-01-01T00:00:00Z', linkTarget: '' };
  return { ...facts, size: text?.length ?? 0, mode: isFolder ? DIRECTORY + 0o755 : 0o644 };
}

/** The entries begin with `root`. */
export async function* packed(files: Files, given: string, root: string): AsyncGenerator<Uint8Array> {
  const path = posix.resolve('/', given);
  if (files.has(path)) yield fileEntry(root, files.get(path) ?? '');
  for (const it of below(files, path).toSorted()) {
    yield fileEntry(posix.join(root, posix.relative(path, it)), files.get(it) ?? '');
  }
  yield Buffer.alloc(2 * BLOCK);
}

function fileEntry(path: string, text: string): Buffer {
  const body = Buffer.from(text);
  const entry = Buffer.alloc(BLOCK + Math.ceil(body.length / BLOCK) * BLOCK);
  new Header({ path, size: body.length, mode: 0o644, type: 'File', uid: 0, gid: 0 }).encode(entry, 0);
  body.copy(entry, BLOCK);
  return entry;
}

export async function unpackedInto(files: Map<string, string>, folder: string, bytes: ByteStream): Promise<void> {
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk: Buffer) => chunks.push(chunk));
      entry.on('end', () => {
        const path = posix.join(folder, entry.path);
        if (entry.type === 'File') files.set(path, Buffer.concat(chunks).toString());
      });
    },
  });
  const parsed = new Promise<void>((resolve, reject) => {
    parser.on('end', () => resolve());
    parser.on('error', (error) => reject(new EngineError('badArchive', `not an archive: ${error.message}`)));
  });
  const whole = await buffer(bytes);
  // The real one takes nothing at all for an archive without files.
  if (whole.length === 0) return;
  parser.end(whole);
  await parsed;
}
