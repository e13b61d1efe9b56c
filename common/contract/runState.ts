/** What a replicaSet is doing: stopping, suspending, starting again, signals. Its configuration stays as it is. */
import { z } from 'zod';
import { mutation, onSet } from './define.ts';
import { ByName, ContainerName, Nothing, SetName, Signal, StopTimeout } from './fields.ts';

export const stop = mutation({
  summary: 'Stops the container and frees its GPUs and ports.',
  input: z.strictObject({ name: SetName, timeout: StopTimeout }),
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('stop'), fallback: 1010 },
  cli: { name: 'stop', args: ['name'], confirm: 'plan' },
});

export const pause = mutation({
  summary: 'Stops the container; its GPUs and ports stay with it.',
  input: ByName,
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('pause'), fallback: 1018 },
  cli: { name: 'pause', args: ['name'], confirm: 'plan' },
});

export const continueSet = mutation({
  summary:
    'Starts the same container again, or restarts it in place when it runs. After a stop its old GPUs and ports must be free.',
  input: ByName,
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('continue'), fallback: 1011 },
  cli: { name: 'continue', args: ['name'], confirm: 'plan' },
});

export const restart = mutation({
  summary: 'Recreates the set as its next version, with GPUs and ports applied for again.',
  input: ByName,
  output: ContainerName,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('restart'), fallback: 1011 },
  cli: { name: 'restart', args: ['name'], confirm: 'plan' },
});

export const start = mutation({
  summary:
    'Brings a set back: the same container where its GPUs and ports are held or still free, else its next version.',
  input: ByName,
  output: z.object({
    containerName: z.string(),
    newVersion: z.boolean(),
    action: z.enum(['none', 'thawed', 'continued', 'restarted']).describe('What it took'),
  }),
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('start'), fallback: 1019 },
  cli: { name: 'start', args: ['name'] },
});

export const reboot = mutation({
  summary:
    'Restarts the running container in place: the same container, GPUs and ports, with its processes begun anew.',
  input: z.strictObject({ name: SetName, timeout: StopTimeout }),
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('reboot') },
  cli: { name: 'reboot', args: ['name'], confirm: 'plan', examples: ['berth reboot train --timeout 60'] },
});

export const freeze = mutation({
  summary: 'Suspends every process of the container where it stands. Memory, GPU memory, GPUs and ports stay with it.',
  input: ByName,
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('freeze') },
  cli: { name: 'freeze', args: ['name'] },
});

export const thaw = mutation({
  summary: 'Lets the processes of a frozen container go on.',
  input: ByName,
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('thaw') },
  cli: { name: 'thaw', args: ['name'] },
});

export const kill = mutation({
  summary:
    'Sends a signal to the main process of a running container. One that ends keeps its GPUs and ports as after a crash.',
  input: z.strictObject({ name: SetName, signal: Signal.default('KILL').describe('Such as TERM, HUP or USR1') }),
  output: Nothing,
  access: 'operate',
  rest: { method: 'PATCH', path: onSet('kill') },
  cli: {
    name: 'kill',
    args: ['name'],
    flags: { signal: { name: 'signal', short: 's' } },
    confirm: 'plan',
    examples: ['berth kill train', 'berth kill train --signal USR1'],
  },
});
