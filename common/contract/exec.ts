/**
 * The channels for bytes that must not wait: raw WebSockets on the Unix socket, beside tRPC. `/exec` runs a command, or
 * comes back to one that a session holds; `/attach` is the main process of a container. And the procedures of sessions.
 *
 * The client's first text frame is an ExecFrame, at `/attach` an AttachOpen. Then: binary frames to the daemon are stdin; a text frame is an
 * ExecControl. Binary frames from the daemon begin with one byte, 1 for stdout or 2 for stderr (a TTY has only 1);
 * the last text frame is an ExecEnd. A client that leaves ends its command, but not a session nor a main process.
 */
import { z } from 'zod';
import { textCharsMax } from '../limits.ts';
import { mutation, onSet, query } from './define.ts';
import { CommandToRun, Nothing, SetName, Timestamp } from './fields.ts';

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

const ExecId = z.string().min(1).max(64).describe('Id of the session');

/** Comes back to a session; what was missed of its output comes first. */
export const ExecReopen = z.strictObject({ execId: ExecId, stdin: z.boolean().default(true) });

export type ExecReopen = z.output<typeof ExecReopen>;
/** The first frame at `/exec`. */
export type ExecFrame = ExecOpen | ExecReopen;

/** What a first frame at `/exec` is judged by; apart, so that what is wrong with it is told in words. */
export const execFrameSchema = (raw: unknown): z.ZodType<ExecFrame> =>
  typeof raw === 'object' && raw !== null && 'execId' in raw ? ExecReopen : ExecOpen;

export const AttachOpen = z.strictObject({
  name: SetName,
  stdin: z.boolean().default(false),
  columns: z.int().min(1).max(10_000).optional(),
  rows: z.int().min(1).max(10_000).optional(),
});
export type AttachOpen = z.output<typeof AttachOpen>;

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

export const ExecView = z
  .object({
    id: z.string(),
    name: z.string().describe('The replicaSet it runs in'),
    version: z.int(),
    cmd: z.array(z.string()),
    tty: z.boolean(),
    actor: z.string(),
    state: z.enum(['running', 'ended']),
    exitCode: z.int().nullable().describe('Null while it runs, and where it is not known'),
    attached: z.boolean().describe('Whether a client is there'),
    startedAt: Timestamp,
    endedAt: Timestamp.nullable(),
  })
  .meta({ id: 'ExecSession' });
export type ExecView = z.output<typeof ExecView>;

const notKept = { absent: 'sessions live in memory and end with the daemon' };
const byId = z.strictObject({ id: ExecId });

export const create = mutation({
  summary: 'Starts a command that outlives its client. Who does not come back for 15 minutes finds it ended.',
  input: ExecOpen.omit({ columns: true, rows: true }).extend({ stdin: z.boolean().default(true) }),
  output: ExecView,
  access: 'operate',
  idempotency: notKept,
  rest: { method: 'POST', path: onSet('exec') },
  cli: { absent: '`berth exec --detach` does it' },
});

export const list = query({
  summary: 'Lists the commands that run in sessions, and those that ended a moment ago.',
  input: z.strictObject({ name: z.string().max(textCharsMax).optional().describe('Only those in this replicaSet') }),
  output: z.array(ExecView),
  access: 'view',
  rest: { method: 'GET', path: '/exec' },
  cli: { name: 'sessions', flags: { name: { name: 'name' } } },
});

export const get = query({
  summary: 'Shows one session: its command, whether it runs, its exit code.',
  input: byId,
  output: ExecView,
  access: 'view',
  rest: { method: 'GET', path: '/exec/:id' },
  cli: { name: 'sessions show', args: ['id'] },
});

export const resize = mutation({
  summary: "Sets the size of a session's terminal.",
  input: z.strictObject({ id: ExecId, w: z.int().min(1).max(10_000), h: z.int().min(1).max(10_000) }),
  output: Nothing,
  access: 'operate',
  idempotency: notKept,
  rest: { method: 'PATCH', path: '/exec/:id/resize' },
  cli: { absent: 'a client that is there does so with its own window' },
});

export const kill = mutation({
  summary: 'Ends the command of a session with everything it started.',
  input: byId,
  output: ExecView,
  access: 'operate',
  idempotency: notKept,
  rest: { method: 'PATCH', path: '/exec/:id/kill' },
  cli: { name: 'sessions kill', args: ['id'] },
});
