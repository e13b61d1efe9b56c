/**
 * The exec channel: a raw WebSocket at `/exec` on the Unix socket, beside tRPC, for bytes that must not wait.
 *
 * The client's first text frame is an ExecOpen. Then: binary frames to the daemon are stdin; a text frame is an
 * ExecControl. Binary frames from the daemon begin with one byte, 1 for stdout or 2 for stderr (a TTY has only 1);
 * the last text frame is an ExecEnd. A client that leaves ends its command.
 */
import { z } from 'zod';
import { textCharsMax } from '../limits.ts';
import { CommandToRun, SetName } from './fields.ts';

export const ExecOpen = z.strictObject({
  name: SetName,
  cmd: CommandToRun,
  tty: z.boolean().default(false),
  stdin: z.boolean().default(false),
  env: z
    .array(z.string().regex(/^[^=\s]+=/, 'write KEY=value'))
    .max(64)
    .default([]),
  workDir: z.string().max(textCharsMax).optional(),
  user: z.string().max(256).optional(),
  columns: z.int().min(1).max(10_000).optional(),
  rows: z.int().min(1).max(10_000).optional(),
});
export type ExecOpen = z.output<typeof ExecOpen>;

export const ExecControl = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('resize'), columns: z.int().min(1).max(10_000), rows: z.int().min(1).max(10_000) }),
  z.strictObject({ type: z.literal('eof') }),
]);
export type ExecControl = z.output<typeof ExecControl>;

export const ExecEnd = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('exit'), exitCode: z.int() }),
  z.object({
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    hint: z.string(),
  }),
]);
export type ExecEnd = z.output<typeof ExecEnd>;

export const STDOUT = 1;
export const STDERR = 2;
