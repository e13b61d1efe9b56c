/** Fields that several procedures share. Descriptions are the help texts of every face. */
import { z } from 'zod';
import { listLengthMax, nameCharsMax, stopTimeoutSMax, textCharsMax } from '../limits.ts';
import { coded } from './parse.ts';

const missing = (code: 'NAME_EMPTY' | 'IMAGE_NAME_EMPTY', field: string) => (issue: { input?: unknown }) =>
  issue.input === undefined || issue.input === null ? coded(code, `${field} is missing`) : undefined;

/** A name that a replicaSet may take. Docker's own alphabet for container names, less the dash. `field`: what asks for it. */
export const nameFor = (field: string) =>
  z
    .string({ error: missing('NAME_EMPTY', field) })
    .min(1, { error: coded('NAME_EMPTY', `${field} is empty`), abort: true })
    .refine((name) => !name.includes('-'), {
      error: (issue) => coded('NAME_HAS_DASH', `"${String(issue.input)}" contains a dash`),
      abort: true,
    })
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.]*$/, 'use letters, digits, _ and . and begin with a letter or digit')
    .max(nameCharsMax)
    .describe('Name of the replicaSet');

export const NewName = nameFor('replicaSetName');

/** A name to look up; one that no set can have is simply not found. */
export const SetName = z
  .string({ error: missing('NAME_EMPTY', 'name') })
  .min(1, { error: coded('NAME_EMPTY', 'the name is empty') })
  .max(textCharsMax)
  .describe('Name of the replicaSet');

export const ByName = z.strictObject({ name: SetName });

export const ContainerName = z.object({ containerName: z.string().describe('Container of the version that runs now') });

export const ImageName = z
  .string({ error: missing('IMAGE_NAME_EMPTY', 'imageName') })
  .refine((name) => name.trim() !== '', { error: coded('IMAGE_NAME_EMPTY', 'imageName is empty'), abort: true })
  .regex(
    /^[a-zA-Z0-9][\w.-]*(?::\d+(?=\/))?(?:\/[a-zA-Z0-9][\w.-]*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[a-f0-9]+)?$/,
    'write an image reference such as "nvidia/cuda:12.4.1-base" or "registry:5000/team/train"',
  )
  .max(textCharsMax)
  .describe('Image to run; it must be on this host already');

export const GpuCount = z
  .int()
  .min(0, { error: (issue) => coded('GPU_COUNT_NEGATIVE', `gpuCount is ${String(issue.input)}`) })
  .max(1024)
  .describe('How many GPUs');

export const Version = z.int().describe('Version number');

/** A list that clients may leave out or send as null. */
export const listOf = <S extends z.ZodType>(item: S) =>
  z
    .array(item)
    .max(listLengthMax)
    .nullish()
    .transform((list) => list ?? []);

const noColon = (text: string): boolean => !text.includes(':') && !/\p{Cc}/u.test(text);

export const Bind = z
  .strictObject({
    src: z
      .string()
      .min(1)
      .max(textCharsMax)
      .refine(noColon, 'a colon or a control character cannot stand in a bind')
      .refine(
        (src) => src.startsWith('/') || /^[a-zA-Z0-9][\w.-]*$/.test(src),
        'write a host path that begins with /, or the name of a volume',
      )
      .describe('Host path (begins with /) or volume name'),
    dest: z
      .string()
      .max(textCharsMax)
      .refine((path) => path.startsWith('/'), 'begin the path in the container with /')
      .refine(
        (path) => path.split('/').some((part) => part !== '' && part !== '.' && part !== '..'),
        'the root directory / cannot be bound over',
      )
      .refine((path) => !path.split('/').includes('..'), '.. cannot stand in the path in the container')
      .refine(noColon, 'a colon or a control character cannot stand in a bind')
      .describe('Path in the container'),
  })
  .meta({ id: 'Bind' });
export type Bind = z.output<typeof Bind>;

const RESERVED_ENV = /^(NVIDIA_|LD_|CONTAINER_VERSION$)/;

export const EnvEntry = z
  .string()
  .max(32 * textCharsMax)
  .regex(/^[^=\s]+=/, 'write KEY=value')
  .refine(
    (entry) => !RESERVED_ENV.test(entry.split('=')[0] ?? ''),
    'NVIDIA_*, LD_* and CONTAINER_VERSION are set by Berth alone',
  )
  .refine((entry) => !entry.includes('\0'), 'a NUL cannot stand in a variable')
  .describe('KEY=value');

const addressOf = (port: string): string => port.slice(0, Math.max(0, port.lastIndexOf(':')));

const addressFits = (port: string): boolean => {
  const [address, inner] = [addressOf(port), /^\[(.*)\]$/.exec(addressOf(port))?.[1]];
  return address === '' || (inner === undefined ? z.ipv4().safeParse(address) : z.ipv6().safeParse(inner)).success;
};

export const ContainerPort = z
  .string()
  .regex(
    /^((\d[\d.]*|\[[\dA-Fa-f:.]+\]):)?[1-9]\d{0,4}(\/(tcp|udp))?$/,
    'write a port such as "22", "53/udp" or "127.0.0.1:8888"',
  )
  .refine(addressFits, 'write the address of the host before the port as "127.0.0.1:8888" or "[::1]:8888"')
  .refine((port) => Number.parseInt(port.slice(port.lastIndexOf(':') + 1), 10) <= 65_535, 'a port is at most 65535')
  .describe('[address:]port, such as 22, 53/udp or 127.0.0.1:8888; a free host port is bound to it');

/** One word of a command line. */
export const Argument = z
  .string()
  .max(32 * textCharsMax)
  .refine((word) => !word.includes('\0'), 'a NUL cannot stand in an argument');

const namesProgram = ([program]: readonly string[]): boolean => program !== '';
const emptyProgram = 'the command is an empty text';

/** What a new container runs; clients may leave it to the image. */
export const Command = z
  .array(Argument)
  .max(listLengthMax)
  .refine(namesProgram, emptyProgram)
  .nullish()
  .transform((words) => words ?? []);

/** What is run in a container that is there. */
export const CommandToRun = z.array(Argument).min(1).max(1024).refine(namesProgram, emptyProgram);

const SIGNAL_NAMES: ReadonlySet<string> = new Set(
  (
    'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG ' +
    'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
  ).split(' '),
);
const isSignal = (name: string): boolean => SIGNAL_NAMES.has(name) || (/^[1-9]\d?$/.test(name) && Number(name) <= 64);

/** As `HUP`, `SIGHUP`, `sighup` or `1`; without its SIG from here on. */
export const Signal = z
  .string()
  .max(16)
  .transform((text) => text.toUpperCase().replace(/^SIG/, ''))
  .refine(isSignal, 'write a signal such as "TERM", "SIGHUP" or "9"');

/** Seconds that a container is given to end by itself before it is killed. */
export const StopTimeout = z
  .int()
  .min(0)
  .max(stopTimeoutSMax)
  .nullish()
  .describe('Seconds to end by itself before it is killed');

export const Timestamp = z.iso.datetime().describe('RFC 3339, UTC');

export const Empty = z.strictObject({});
export const Nothing = z.null();

/** A moment as people write it; left out where it is not given. */
export const Moment = z.string().min(1).max(64).optional();
