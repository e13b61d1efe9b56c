/** The daemon itself. */
import { z } from 'zod';
import { query } from './define.ts';
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
