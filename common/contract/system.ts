/** The daemon itself. */
import { z } from 'zod';
import { mutation, query } from './define.ts';
import { EngineView, StoreView } from './event.ts';
import { Empty, Timestamp } from './fields.ts';

export const version = query({
  summary: 'Versions of the daemon and of what it stands on, and since when it runs.',
  input: Empty,
  output: z.object({
    berthd: z.string(),
    node: z.string(),
    pid: z.int(),
    startedAt: Timestamp,
    engine: EngineView,
    store: StoreView,
    gpuSource: z.string(),
    instance: z.string().describe('Identity of this installation, also on every container it made'),
  }),
  access: 'view',
  rest: { method: 'GET', path: '/version' },
  cli: { name: 'version' },
});

export const BackupView = z
  .object({
    path: z.string().describe('On the host of the daemon'),
    at: Timestamp,
    sequence: z.int().describe('The last change that is in it'),
    sizeBytes: z.int(),
  })
  .meta({ id: 'Backup' });
export type BackupView = z.output<typeof BackupView>;

export const backup = mutation({
  summary: 'Backs up the whole state as it is now, reads the file back, and gives up the oldest of too many.',
  input: Empty,
  output: BackupView,
  access: 'admin',
  rest: { method: 'POST', path: '/backups' },
  cli: { name: 'backup' },
});

export const backups = query({
  summary: 'Lists the backups that are kept, newest first.',
  input: Empty,
  output: z.array(BackupView),
  access: 'view',
  rest: { method: 'GET', path: '/backups' },
  cli: { name: 'backups' },
});

export const StrayView = z
  .object({
    kind: z.enum(['container', 'image', 'volume', 'directory']),
    name: z.string().describe('Of an image its first tag, of one without tags its id'),
    why: z.string().describe('What does not fit, and what follows'),
  })
  .meta({ id: 'Stray' });
export type StrayView = z.output<typeof StrayView>;

export const strays = query({
  summary: "Lists what bears Berth's labels or lies among its volumes and fits no record. The list touches nothing.",
  input: Empty,
  output: z.array(StrayView),
  access: 'view',
  rest: { method: 'GET', path: '/strays' },
  cli: { name: 'strays' },
});
