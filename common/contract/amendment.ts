/** Changes of a set that make no new version: they amend the current one, and the next has them too. */
import { z } from 'zod';
import { mutation, onSet } from './define.ts';
import { nameFor, SetName } from './fields.ts';
import { LimitFields } from './specFields.ts';

export const resources = mutation({
  summary:
    'Changes what the container may use, at once and without a new version. A set that does not run has it at its next start.',
  input: z.strictObject({ name: SetName, ...LimitFields }),
  output: z.object({
    changes: z.array(z.string()).describe('Such as "memory 64 GiB > 128 GiB"; empty where all was as asked for'),
    applied: z.boolean().describe('Whether a running container has them already'),
  }),
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('resources') },
  cli: {
    name: 'resources',
    aliases: ['update'],
    args: ['name'],
    examples: ['berth resources train --memory 128GiB --cpu 16'],
  },
});

export const rename = mutation({
  summary:
    'Gives the set another name; it goes on running. Its container takes the new name with the next version, the old name is not found any more.',
  input: z.strictObject({ name: SetName, newName: nameFor('newName').describe('The new name') }),
  output: z.object({ name: z.string().describe('The new name') }),
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('rename') },
  cli: { name: 'rename', args: ['name', 'newName'], examples: ['berth rename train train_old'] },
});
