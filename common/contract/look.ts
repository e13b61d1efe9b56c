/** Looks inside a set's container: what it is made of, what runs in it, what it uses, when it ends. Nothing is recorded. */
import { z } from 'zod';
import { mutation, onSet, query, subscription } from './define.ts';
import { Nothing, SetName, Timestamp } from './fields.ts';

const ByName = z.strictObject({ name: SetName });

export const inspect = query({
  summary: 'What the engine itself says of the current container, unchanged.',
  input: ByName,
  output: z.record(z.string(), z.unknown()),
  access: 'view',
  rest: { method: 'GET', path: onSet('inspect') },
  cli: { name: 'inspect', args: ['name'] },
});

export const top = query({
  summary: 'The processes in the container, as `ps` on the host shows them.',
  input: z.strictObject({
    name: SetName,
    psArgs: z
      .string()
      .max(256)
      .regex(/^[\w ,=:%+-]*$/, 'write options of ps, such as "-o pid,user,etime,args"')
      .optional()
      .describe('Options of ps; its columns must include the PID'),
  }),
  output: z.object({ Titles: z.array(z.string()), Processes: z.array(z.array(z.string())) }),
  access: 'view',
  rest: { method: 'GET', path: onSet('top') },
  cli: { name: 'top', args: ['name', 'psArgs'], examples: ['berth top train', 'berth top train "-o pid,rss,args"'] },
});

export const FileChange = z.object({
  Path: z.string(),
  Kind: z.union([z.literal(0), z.literal(1), z.literal(2)]).describe('0 modified, 1 added, 2 deleted'),
});
export type FileChange = z.output<typeof FileChange>;

export const changes = query({
  summary: 'The files that differ from what the container started from; those of earlier versions are not among them.',
  input: ByName,
  output: z.array(FileChange),
  access: 'view',
  rest: { method: 'GET', path: onSet('changes') },
  cli: { name: 'changes', aliases: ['diff'], args: ['name'] },
});

const Measure = z.number().nullable();
export const StatsView = z
  .object({
    name: z.string(),
    version: z.int(),
    at: Timestamp,
    cpuPercent: z.number().describe('100 is one core'),
    memoryBytes: z.int().describe('In use, without what the page cache could give back'),
    memoryLimitBytes: z.int().describe("The set's limit, or the memory of the host"),
    processes: z.int(),
    receivedBytes: z.int(),
    sentBytes: z.int(),
    readBytes: z.int(),
    writtenBytes: z.int(),
    gpus: z
      .array(
        z.object({
          uuid: z.string(),
          index: z.int().nullable(),
          utilizationPercent: Measure,
          memoryUsedBytes: Measure,
          memoryBytes: Measure,
          powerW: Measure,
        }),
      )
      .describe('Each GPU granted to the set; null where no figure is known'),
  })
  .meta({ id: 'Stats' });
export type StatsView = z.output<typeof StatsView>;

export const stats = subscription({
  summary: 'What the container uses of CPU, memory, network, disk and its GPUs; once, or every second until it ends.',
  input: z.strictObject({ name: SetName, stream: z.boolean().default(false).describe('Go on, once a second') }),
  output: StatsView,
  access: 'view',
  rest: { method: 'GET', path: onSet('stats'), stream: 'ndjson', streamIf: 'stream' },
  cli: { name: 'stats', args: ['name'], flags: { stream: { name: 'follow', short: 'f' } } },
});

export const WaitView = z.discriminatedUnion('type', [
  z.object({ type: z.literal('waiting'), version: z.int().describe('The version that is waited for') }),
  z.object({
    type: z.literal('ended'),
    version: z.int(),
    StatusCode: z.int().nullable().describe('Its exit code; null where it is not known, or it was replaced'),
    replacedBy: z.int().nullable().describe('The version that took its place'),
    timedOut: z.boolean(),
  }),
]);
export type WaitView = z.output<typeof WaitView>;

export const wait = subscription({
  summary: 'Waits for the container of the version that is current now, and answers with its exit code.',
  input: z.strictObject({
    name: SetName,
    condition: z
      .enum(['not-running', 'next-exit', 'removed', 'version-change'])
      .default('not-running')
      .describe('What to wait for'),
    timeout: z.number().min(0).max(31_536_000).optional().describe('Seconds after which to give up'),
  }),
  output: WaitView,
  access: 'view',
  rest: { method: 'POST', path: onSet('wait'), stream: 'last' },
  cli: {
    name: 'wait',
    args: ['name'],
    examples: ['berth wait train', 'berth wait train --condition version-change --timeout 60'],
  },
});

export const resize = mutation({
  summary: "Sets the size of the terminal of the container's main process.",
  input: z.strictObject({ name: SetName, w: z.int().min(1).max(10_000), h: z.int().min(1).max(10_000) }),
  output: Nothing,
  access: 'operate',
  idempotency: { absent: 'the same size twice is the same size' },
  rest: { method: 'PATCH', path: onSet('resize') },
  cli: { absent: '`berth attach` does so with its own window' },
});
