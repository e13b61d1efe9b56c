/** Human forms of quantities, shared by every face. */

const SIZE_STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1536` → `1.5 KiB`; powers of 1024, at most one decimal. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 1024 && step < SIZE_STEPS.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${SIZE_STEPS[step]}`;
}

const SIZE_LETTERS = ['', 'k', 'm', 'g', 't', 'p'];

/** `1.5 GiB`, `1.5g` and `1.5GB` → bytes; powers of 1024, any case. Undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const [, amount, letter = ''] = /^(\d{1,15}(?:\.\d{1,6})?)\s?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text.trim()) ?? [];
  return amount === undefined
    ? undefined
    : Math.floor(Number(amount) * 1024 ** SIZE_LETTERS.indexOf(letter.toLowerCase()));
}

/** `90061000` → `1 d 1 h`; the two largest parts, `0.4 s` below ten seconds. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** `90061000` → `1 d`: the largest part alone, for columns. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** The `createTime` of the REST contract: local time, `YYYY-MM-DD HH:MM:SS`. */
export function formatLocalTime(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
