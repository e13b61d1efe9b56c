/**
 * The kinds of value that a setting can have, each from what TOML holds or from the text of a flag or variable.
 * The message of a schema says what is allowed; who said it and where is added by config.ts.
 *
 * A bare number is bytes, seconds or a count, as the kind says.
 */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1e3, min: 6e4, h: 36e5, d: 864e5 };

const sizeForm = 'a size such as "10MiB", or a number of bytes';

/** Bytes. */
export const size = quantity(sizeUnits, 'B', sizeForm);

/** Milliseconds. */
export const duration = quantity(durationUnits, 's', 'a duration such as "10min" or "30s", or a number of seconds');

/** Bytes, also as a share of what the host has. */
export const sizeOrShare = (wholeBytes: number) =>
  z.union(
    [
      size,
      z
        .string()
        .regex(/^(100|[1-9]?\d)%$/)
        .transform((text) => Math.floor((wholeBytes * Number.parseInt(text, 10)) / 100)),
    ],
    { error: `${sizeForm}, or a share of the host's memory such as "50%"` },
  );

/** The value, or null for "none". */
export const orNone = <S extends z.ZodType>(schema: S, form: string) =>
  z.union([z.literal('none').transform(() => null), schema], { error: `"none", or ${form}` });

const digits = z.string().regex(/^\d+$/);

export const wholeNumber = (min: number, form: string) =>
  z.union([z.int().min(min), digits.transform(Number).pipe(z.int().min(min))], { error: form });

export const positiveNumber = (form: string) =>
  z.union(
    [
      z.number().positive(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number)
        .pipe(z.number().positive()),
    ],
    { error: form },
  );

export const yesOrNo = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'true or false',
});

export const path = z.string({ error: 'a path' }).min(1, { error: 'a path' });

/** Linux keeps 108 bytes for the path of a socket, the last of them zero. */
export const socketPath = path.refine((text) => Buffer.byteLength(text) < 108, {
  error: 'a path of at most 107 bytes; a socket cannot have a longer one',
});

/** Of the host, or 0.0.0.0. */
export const ipAddress = z.string().refine((text) => isIP(text) !== 0);

/** Absolute paths; in a flag or variable separated by commas. */
export const pathList = z.union(
  [
    z.array(z.string().startsWith('/')),
    z
      .string()
      .transform((text) => text.split(',').filter(Boolean))
      .pipe(z.array(z.string().startsWith('/'))),
  ],
  { error: 'absolute paths, such as ["/data", "/scratch"]' },
);

const modeForm = 'an octal mode in quotes, such as "0660"';
export const fileMode = z
  .string({ error: modeForm })
  .regex(/^0?[0-7]{3}$/, { error: modeForm })
  .transform((text) => Number.parseInt(text, 8));

const rangeForm = 'two ports FROM-TO between 1 and 65535, such as "40000-65535"';

/** Both ends included. */
export const portRange = z
  .string({ error: rangeForm })
  .regex(/^\d+-\d+$/, { error: rangeForm })
  .transform((text) => text.split('-').map(Number))
  .transform(([start = 0, end = 0]) => ({ start, end }))
  .refine(({ start, end }) => start >= 1 && start <= end && end <= 65_535, { error: rangeForm });

/** Which GPUs to serve. */
export type GpuChoice = 'auto' | 'none' | { readonly simulated: number };

export const gpuChoice = z.union(
  [
    z.enum(['auto', 'none']),
    z
      .string()
      .regex(/^sim:([1-9]|[1-5]\d|6[0-4])$/)
      .transform((text) => ({ simulated: Number(text.slice(4)) })),
  ],
  { error: '"auto", "none", or "sim:N" with N from 1 to 64' },
);

/** What makes the size of a volume hold. */
export type VolumeBackendChoice = z.infer<typeof volumeBackend>;

export const volumeBackend = z.enum(['auto', 'quota', 'loop', 'none'], {
  error: '"auto", "quota", "loop" or "none"',
});

const dockerHostForm = 'unix:///PATH or tcp://HOST:PORT';
export const dockerHost = z
  .string({ error: dockerHostForm })
  .regex(/^(unix:\/\/\/.+|tcp:\/\/[^/:]+:\d+|tcp:\/\/\[[^\]]+\]:\d+)$/, { error: dockerHostForm });

const addressForm = 'HOST:PORT, such as "127.0.0.1:2378" or "[::1]:2378"';
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** An address of this host alone. */
export const loopbackAddress = z
  .string({ error: addressForm })
  .regex(/^(\[[^\]]+\]|[^:[\]]+):\d+$/, { error: addressForm, abort: true })
  .transform((text) => ({ host: hostOf(text), port: Number(text.slice(text.lastIndexOf(':') + 1)) }))
  .refine(({ port }) => port <= 65_535, { error: addressForm })
  .refine(({ host }) => isLoopback(host), {
    error:
      'an address of this host alone (127.0.0.1, ::1, localhost): REST has no TLS, so a token would cross the ' +
      'network in clear. From elsewhere use an SSH tunnel',
  });

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** An amount with a unit, in the smallest unit; `bare` is the unit of a plain number. */
function quantity(units: Readonly<Record<string, number>>, bare: string, form: string) {
  const pattern = new RegExp(`^(\\d+(?:\\.\\d+)?) ?(${Object.keys(units).join('|')})?$`);
  return z.union([z.number().min(0).transform(String), z.string()], { error: form }).transform((text, context) => {
    const [, amount, unit = bare] = pattern.exec(text) ?? [];
    if (amount !== undefined) return Math.round(Number(amount) * (units[unit] ?? 1));
    context.addIssue({ code: 'custom', message: form });
    return z.NEVER;
  });
}
