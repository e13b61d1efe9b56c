/**
 * Moments as people write them: RFC 3339, Unix seconds, or how long ago (`10m`, `1h30m`). Pure.
 *
 * Kept as whole seconds and nine digits, because Docker's logs have nanoseconds and a double does not.
 */
import { AppError } from '../../common/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGO = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.(\d{1,9}))?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Unix seconds with nine digits behind the point. Throws BAD_INPUT. */
export function parseMoment(text: string, field: string, now: Date): string {
  const unix = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (unix !== null) return join(Number(unix[1]), unix[2]);
  if (AGO.test(text)) return fromMs(now.getTime() - durationMs(text));
  const moment = MOMENT.exec(text);
  const ms = moment === null ? Number.NaN : Date.parse(withZone(text));
  if (Number.isNaN(ms)) {
    throw new AppError('BAD_INPUT', `${field}: write a time such as "2026-01-22T07:36:04Z", Unix seconds, or "10m"`);
  }
  return join(Math.floor(ms / 1000), moment?.[1]);
}

/** `1136073600.000000001` → `2006-01-01T00:00:00.000000001Z`, as Docker writes the times of its logs. */
export function rfc3339Of(moment: string): string {
  const [seconds = '0', nanos = ''] = moment.split('.');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${nanos.padEnd(9, '0')}Z`;
}

const durationMs = (text: string): number =>
  [...text.matchAll(PART)].reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);

const fromMs = (ms: number): string => join(Math.floor(ms / 1000), String(Math.floor(ms) % 1000).padStart(3, '0'));

const join = (seconds: number, fraction = ''): string => `${seconds}.${fraction.padEnd(9, '0')}`;

/** A time without a zone is UTC, on whatever host. */
const withZone = (text: string): string =>
  /T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`;
