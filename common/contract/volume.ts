/** Volumes: named, versioned directories whose size holds. Bodies and numbers of five routes follow the older contract. */
import { z } from 'zod';
import { nameCharsMax, textCharsMax } from '../limits.ts';
import { sizeBytesMax, volumeSizeBytes } from '../volumeSize.ts';
import { mutation, query } from './define.ts';
import { Empty, Nothing, Timestamp } from './fields.ts';
import { coded } from './parse.ts';
import { PlanView, SetState } from './views.ts';

const missingName = (issue: { input?: unknown }): string | undefined =>
  issue.input === undefined || issue.input === null ? coded('VOLUME_NAME_EMPTY', 'name is missing') : undefined;

/** A name that a new volume may take. Berth appends the version to it, as it does to containers. */
export const NewVolumeName = z
  .string({ error: missingName })
  .min(1, { error: coded('VOLUME_NAME_EMPTY', 'the name is empty'), abort: true })
  .refine((name) => !name.startsWith('/'), {
    error: (issue) => coded('VOLUME_NAME_SLASH', `"${String(issue.input)}" begins with /`),
    abort: true,
  })
  .refine((name) => !name.includes('-'), {
    error: (issue) => coded('VOLUME_NAME_DASH', `"${String(issue.input)}" contains a dash`),
    abort: true,
  })
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.]*$/, 'use letters, digits, _ and . and begin with a letter or digit')
  .max(nameCharsMax)
  .describe('Name of the volume');

/** A name to look up, with or without a version: `bar-1` means `bar`. */
export const VolumeName = z
  .string({ error: missingName })
  .min(1, { error: coded('VOLUME_NAME_EMPTY', 'the name is empty') })
  .max(textCharsMax)
  .describe('Name of the volume');

export const VolumeSize = z
  .string({
    error: (issue) => (issue.input == null ? coded('SIZE_NOT_SUPPORTED', 'size is missing') : undefined),
  })
  .max(100)
  .check((payload) => {
    const bytes = volumeSizeBytes(payload.value);
    const problem =
      bytes === undefined
        ? coded('SIZE_NOT_SUPPORTED', `"${payload.value}" is no size`)
        : bytes <= 0
          ? `size ${payload.value} is not more than nothing`
          : bytes > sizeBytesMax
            ? `size ${payload.value} is more than 1024TB`
            : undefined;
    if (problem !== undefined) payload.issues.push({ code: 'custom', input: payload.value, message: problem });
  })
  .describe('Such as 500MB or 1.5TB: KB, MB, GB or TB, powers of 1024');

/** The older contract's shape: Docker's own words for a volume. Without a size there are no options. */
const VolumeOptions = z.object({
  Driver: z.string(),
  DriverOpts: z.object({ size: z.string() }).optional(),
  Name: z.string(),
});
const VolumeInfo = z.object({ version: z.int(), createTime: z.string(), opt: VolumeOptions });

export const VolumeBackend = z.enum(['quota', 'loop', 'plain']).meta({ id: 'VolumeBackend' });
export type VolumeBackend = z.output<typeof VolumeBackend>;

export const VolumeView = z
  .object({
    name: z.string(),
    uid: z.string(),
    owner: z.string(),
    version: z.int(),
    versionName: z.string().describe('Such as bar-2'),
    backend: VolumeBackend.describe('What makes its size hold; plain: nothing, it has none'),
    thin: z.boolean().describe("Takes the host's room only when it is written to"),
    size: z.string().nullable().describe('As it was asked for'),
    sizeBytes: z.int().nullable(),
    usedBytes: z.int().nullable().describe('Null where nobody counts, and while it is not mounted'),
    mounted: z.boolean().nullable().describe('Null where there is nothing to mount'),
    usedBy: z.array(z.object({ name: z.string(), dest: z.string(), state: SetState })),
    busy: z.string().nullable().describe('The operation that is changing it now'),
    reason: z.string().nullable().describe('What is wrong with it'),
    createdAt: Timestamp,
    versionCreatedAt: Timestamp,
  })
  .meta({ id: 'Volume' });
export type VolumeView = z.output<typeof VolumeView>;

export const VolumeVersionView = z
  .object({
    version: z.int(),
    versionName: z.string(),
    current: z.boolean(),
    cause: z.enum(['create', 'resize']),
    size: z.string().nullable(),
    sizeBytes: z.int().nullable(),
    note: z.string().describe('Where the bytes are, or went'),
    actor: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'VolumeVersion' });
export type VolumeVersionView = z.output<typeof VolumeVersionView>;

const ByName = z.strictObject({ name: VolumeName });
const onVolume = (what: string): string => `/volumes/:name/${what}`;

export const create = mutation({
  summary: 'Creates a volume. Its size holds: who writes more is told that there is no space left.',
  input: z.strictObject({
    name: NewVolumeName,
    size: VolumeSize.nullish().describe(
      'Such as 500MB or 1.5TB (powers of 1024); without one it is as large as the disk',
    ),
    thin: z
      .boolean()
      .nullish()
      .describe(
        'Promise room that is only taken when written to: where the host runs full, all of its data can be lost',
      ),
  }),
  output: z.object({ name: z.string().describe('Name with its version'), size: z.string().nullable() }),
  access: 'operate',
  rest: { method: 'POST', path: '/volumes', fallback: 1023 },
  cli: {
    name: 'volume create',
    args: ['name', 'size'],
    flags: { thin: { name: 'thin' } },
    examples: ['berth volume create data 200GB', 'berth run train pytorch:latest --bind data:/data'],
  },
});

export const list = query({
  summary: 'Lists the volumes with size, use and who has them bound.',
  input: Empty,
  output: z.object({
    volumes: z.array(VolumeView),
    support: z.object({
      backend: VolumeBackend.nullable().describe('What makes sizes hold on this host; null: nothing can'),
      directory: z.string(),
      reason: z.string(),
      freeBytes: z.int().nullable(),
    }),
  }),
  access: 'view',
  rest: { method: 'GET', path: '/volumes' },
  cli: { name: 'volume ls', aliases: ['list'] },
});

export const info = query({
  summary: 'The current version of a volume, in the shape that existing clients know.',
  input: ByName,
  output: z.object({ Info: VolumeInfo }),
  access: 'view',
  rest: { method: 'GET', path: '/volumes/:name', fallback: 1033 },
  cli: { absent: '`berth volume info` shows the same facts and more, from `status`' },
});

export const status = query({
  summary: 'One volume: version, size, use, backend, and who has it bound.',
  input: ByName,
  output: VolumeView,
  access: 'view',
  rest: { method: 'GET', path: onVolume('status'), fallback: 1033 },
  cli: { name: 'volume info', aliases: ['show'], args: ['name'] },
});

export const history = query({
  summary: 'Every version, newest first, in the shape that existing clients know.',
  input: ByName,
  output: z.object({
    history: z.array(z.object({ version: z.int(), createTime: z.string(), status: VolumeInfo })),
  }),
  access: 'view',
  rest: { method: 'GET', path: onVolume('history'), fallback: 1034 },
  cli: { absent: '`berth volume history` shows more, from `versions`' },
});

export const versions = query({
  summary: 'Every version with its size, its cause and where its bytes went, newest first.',
  input: ByName,
  output: z.array(VolumeVersionView),
  access: 'view',
  rest: { method: 'GET', path: onVolume('versions'), fallback: 1034 },
  cli: { name: 'volume history', aliases: ['versions'], args: ['name'] },
});

const ResizeFields = {
  name: VolumeName,
  size: VolumeSize,
  restartUsers: z
    .boolean()
    .nullish()
    .describe(
      'Where it cannot be resized in use: stop the sets that use it, and bring them back as their next versions',
    ),
};

export const resize = mutation({
  summary:
    'Makes the next version of a volume, of another size, with every byte. Smaller than what it holds is refused.',
  input: z.strictObject(ResizeFields),
  output: z.object({
    name: z.string().describe('Name with its new version'),
    size: z.string(),
    restarted: z.array(z.string()).describe('Containers of the sets that were brought back, one for each'),
  }),
  access: 'operate',
  rest: { method: 'PATCH', path: onVolume('size'), fallback: 1035 },
  cli: {
    name: 'volume resize',
    args: ['name', 'size'],
    flags: { restartUsers: { name: 'restart-users' } },
    confirm: 'plan',
    examples: ['berth volume resize data 500GB', 'berth volume resize data 100GB --restart-users'],
  },
});

export const remove = mutation({
  summary: 'Deletes a volume with everything in it. It cannot be brought back; one that a set has bound is refused.',
  input: ByName,
  output: Nothing,
  access: 'operate',
  rest: { method: 'DELETE', path: '/volumes/:name', fallback: 1025 },
  cli: { name: 'volume rm', aliases: ['delete'], args: ['name'], confirm: 'plan' },
});

export const plan = query({
  summary:
    'What resizing or deleting a volume would do: which processes end, what changes, what stays. Changes nothing.',
  input: z.strictObject({
    name: VolumeName,
    verb: z.enum(['volume resize', 'volume rm']),
    size: VolumeSize.nullish(),
    restartUsers: ResizeFields.restartUsers,
  }),
  output: PlanView,
  access: 'view',
  rest: { method: 'POST', path: onVolume('plan'), fallback: 1033 },
  cli: { absent: 'reached as --dry-run of the verb it plans' },
});
