/** What a set's containers have printed, of the current version and of those before it. */
import { z } from 'zod';
import { onSet, subscription } from './define.ts';
import { Moment, SetName, Version } from './fields.ts';

export const LogsInput = z.strictObject({
  name: SetName,
  stdout: z
    .boolean()
    .default(true)
    .describe('Whether what went to stdout is among it; a container with a terminal has no other'),
  stderr: z.boolean().default(true).describe('Whether what went to stderr is among it'),
  since: Moment.describe('Only what came after: RFC 3339, Unix seconds, or how long ago, such as 10m or 1h30m'),
  until: Moment.describe('Only what came before'),
  tail: z.int().min(0).optional().describe('Only the last lines'),
  timestamps: z.boolean().default(false).describe('Each line with its time'),
  follow: z.boolean().default(false).describe('Go on until the container ends'),
  resume: z.boolean().default(false).describe('Where a followed version is replaced, go on with the next'),
  version: Version.min(1).optional().describe('An earlier version; its last 10 MB are kept'),
});
export type LogsInput = z.output<typeof LogsInput>;

export const LogItem = z.object({
  stream: z.enum(['stdout', 'stderr', 'note']).describe('note: a word of Berth, such as why it ends'),
  text: z.string(),
});
export type LogItem = z.output<typeof LogItem>;

export const logs = subscription({
  summary: 'What the container has printed, and with follow what it prints, until it ends or is replaced.',
  input: LogsInput,
  output: LogItem,
  access: 'view',
  rest: { method: 'GET', path: onSet('logs'), stream: 'text' },
  cli: {
    name: 'logs',
    args: ['name', 'version'],
    flags: {
      stdout: { name: 'no-stdout' },
      stderr: { name: 'no-stderr' },
      follow: { name: 'follow', short: 'f' },
      tail: { name: 'tail', short: 'n' },
      timestamps: { name: 'timestamps', short: 't' },
    },
    examples: ['berth logs train -f --tail 100', 'berth logs train 2 --tail 1000'],
  },
});
