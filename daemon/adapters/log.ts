/**
 * The log: pino, in the form that suits whoever reads it.
 *
 *  terminal   `12:04:31 warn  the engine does not answer  socket=/var/run/docker.sock`
 *  journald   the same without time and level, which the journal keeps itself, after a `<4>` that tells it the level
 *  elsewhere  one JSON object a line
 *
 * Invariants
 *  - One record is one line: line breaks in what others said are escaped, so nobody can forge a record.
 *  - A fact named `error` or `err` shows its message on the line and its stack in JSON.
 *
 * The logger has pino's whole face, so Fastify can use it as its `loggerInstance`.
 */
import { type Logger, pino, stdSerializers } from 'pino';

export type LogForm = 'terminal' | 'journald' | 'json';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly form: LogForm;
  readonly write: (line: string) => void;
}

export type { Logger };

export function createLog({ level, form, write }: LogOptions): Logger {
  const format = form === 'json' ? (line: string) => line : (line: string) => `${formatLine(line, form)}\n`;
  const serializers = { error: stdSerializers.err, err: stdSerializers.err };
  return pino(
    { level, base: null, serializers, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => write(format(line)) },
  );
}

/** journald sets JOURNAL_STREAM for the services whose output it reads. */
export function logFormFor(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): LogForm {
  if (env.JOURNAL_STREAM) return 'journald';
  return isTerminal ? 'terminal' : 'json';
}

/** syslog(3) priorities. */
const levels: Readonly<Record<number, { readonly name: string; readonly priority: number }>> = {
  10: { name: 'trace', priority: 7 },
  20: { name: 'debug', priority: 7 },
  30: { name: 'info', priority: 6 },
  40: { name: 'warn', priority: 4 },
  50: { name: 'error', priority: 3 },
  60: { name: 'fatal', priority: 2 },
};

/** One JSON line as a person or the journal reads it, without its line break. */
export function formatLine(line: string, form: 'terminal' | 'journald'): string {
  const { level, time, msg = '', ...facts } = JSON.parse(line) as Record<string, unknown>;
  const { name, priority } = levels[Number(level)] ?? { name: String(level), priority: 6 };
  const text = [oneLine(String(msg)), ...Object.entries(facts).map(([key, value]) => `${key}=${inWords(value)}`)];
  if (form === 'journald') return `<${priority}>${text.join('  ')}`;
  return `${localTime(String(time))} ${name.padEnd(5)} ${text.join('  ')}`;
}

function inWords(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value) {
    return JSON.stringify(value.message);
  }
  return typeof value === 'string' && /^[^\s"=\p{Cc}]+$/u.test(value) ? value : oneLine(JSON.stringify(value));
}

/** Control characters, escape sequences among them, as JSON writes them. */
const oneLine = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

function localTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}
