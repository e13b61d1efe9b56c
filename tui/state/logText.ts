/**
 * The lines of a log, as many as fit: the oldest go first, a line too long is cut, so that neither a gigabyte of log
 * nor a line of a megabyte needs more memory or time than this.
 *
 * Pure, and cheap to add to: full chunks are shared between one text and the next, and what a filter found in one is
 * found once.
 */
import { safe } from '../safe.ts';

export interface LogLine {
  /** Counted from the first that ever came, so that it stays the same while older ones go. */
  readonly number: number;
  /** RFC 3339; empty where the log has none. */
  readonly at: string;
  /** Harmless (safe.ts). */
  readonly text: string;
  readonly stream: LogStream;
}

export type LogStream = 'stdout' | 'stderr' | 'note';

export interface LogText {
  readonly chunks: readonly (readonly LogLine[])[];
  /** Of the next line. */
  readonly next: number;
  readonly characters: number;
  /** What has come of a line whose end has not. */
  readonly open: Readonly<Partial<Record<LogStream, string>>>;
}

export const EMPTY_LOG: LogText = { chunks: [], next: 0, characters: 0, open: {} };

const linesMax = 50_000;
const charactersMax = 16 * 2 ** 20;
export const lineCharactersMax = 8_192;
const chunkLines = 512;

export function withLog(text: LogText, stream: LogStream, piece: string): LogText {
  const lines = ((text.open[stream] ?? '') + piece).split('\n');
  const rest = cutLine(lines.pop() ?? '');
  const fresh = lines.map((line, at) => lineOf(line, text.next + at, stream));
  return bounded({
    chunks: fresh.length === 0 ? text.chunks : joined(text.chunks, fresh),
    next: text.next + fresh.length,
    characters: text.characters + charactersIn(fresh),
    open: { ...text.open, [stream]: rest },
  });
}

/** Of a line without an end only as much is kept as is shown, and that there was more. */
const cutLine = (line: string): string =>
  line.length > lineCharactersMax + 1 ? line.slice(0, lineCharactersMax + 1) : line;

const STAMP = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?/;

function lineOf(raw: string, number: number, stream: LogStream): LogLine {
  const isCut = raw.length > lineCharactersMax;
  const [stamp = '', at = ''] = STAMP.exec(raw) ?? [];
  const line = raw.slice(stamp.length, lineCharactersMax).replace(/\r$/, '');
  // A progress bar draws over its line again and again; only the last of it counts.
  const last = line.slice(line.lastIndexOf('\r') + 1);
  return { number, at, text: safe(last) + (isCut ? ' …' : ''), stream };
}

function joined(chunks: LogText['chunks'], fresh: readonly LogLine[]): LogText['chunks'] {
  const last = chunks.at(-1);
  if (last === undefined || last.length >= chunkLines) return [...chunks, fresh];
  return [...chunks.slice(0, -1), [...last, ...fresh]];
}

const charactersIn = (lines: readonly LogLine[]): number => lines.reduce((sum, { text }) => sum + text.length, 0);

function bounded(text: LogText): LogText {
  let { chunks, characters } = text;
  let lines = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  while (chunks.length > 1 && (lines > linesMax || characters > charactersMax)) {
    const [oldest = [], ...others] = chunks;
    lines -= oldest.length;
    characters -= charactersIn(oldest);
    chunks = others;
  }
  return { ...text, chunks, characters };
}

const found = new WeakMap<readonly LogLine[], { readonly filter: string; readonly lines: readonly LogLine[] }>();

/** The lines that hold every word of the filter; all of them where there is none. */
export const filteredLines = ({ chunks }: LogText, filter: string): readonly LogLine[] =>
  filter === '' ? chunks.flat() : chunks.flatMap((chunk) => filteredChunk(chunk, filter));

function filteredChunk(chunk: readonly LogLine[], filter: string): readonly LogLine[] {
  const known = found.get(chunk);
  if (known?.filter === filter) return known.lines;
  const words = filter.toLowerCase().split(/\s+/);
  const lines = chunk.filter(({ text }) => holdsAll(text, words));
  found.set(chunk, { filter, lines });
  return lines;
}

export function holdsAll(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}
