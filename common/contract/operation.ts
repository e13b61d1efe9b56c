/** Operations: changes under way, and those that have ended. */
import { z } from 'zod';
import { textCharsMax } from '../limits.ts';
import { mutation, query } from './define.ts';
import { OperationView } from './views.ts';

const Id = z.string().min(1).max(textCharsMax).describe('Id of the operation');
const listMax = 500;

export const list = query({
  summary: 'Lists the operations that run, then those that have ended, newest first.',
  input: z.strictObject({
    name: z.string().max(textCharsMax).optional().describe('Only those on this replicaSet'),
    limit: z.int().min(1).max(listMax).default(50).describe('How many at most'),
  }),
  output: z.array(OperationView),
  access: 'view',
  rest: { method: 'GET', path: '/operations' },
  cli: { name: 'ops', flags: { name: { name: 'name' }, limit: { name: 'limit', short: 'n' } } },
});

export const get = query({
  summary: 'Shows one operation: who asked for it, its steps, how it ended.',
  input: z.strictObject({ id: Id }),
  output: OperationView,
  access: 'view',
  rest: { method: 'GET', path: '/operations/:id' },
  cli: { name: 'ops show', args: ['id'] },
});

export const cancel = mutation({
  summary: 'Ends a running operation before its commit and undoes it; it answers when that is done.',
  input: z.strictObject({ id: Id }),
  output: OperationView,
  access: 'operate',
  rest: { method: 'POST', path: '/operations/:id/cancel' },
  cli: { name: 'ops cancel', args: ['id'] },
});
