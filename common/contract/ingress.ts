/**
 * Who may reach a set's published ports. Declared, because clients may look for it, and answered with why it is not
 * offered: a filter on the host's firewall is a policy of the whole host. An address for each port is offered instead.
 */
import { z } from 'zod';
import { mutation, onSet, query } from './define.ts';
import { ContainerPort, SetName } from './fields.ts';

const Rules = z
  .array(z.strictObject({ port: ContainerPort, cidrs: z.array(z.union([z.cidrv4(), z.cidrv6()])).max(256) }))
  .max(256);
const absent = 'not offered; `run --port ADDRESS:PORT` says on which address of the host a port can be reached';

export const ingress = query({
  summary: 'Source addresses that may reach published ports. Not offered: publish a port on one address instead.',
  input: z.strictObject({ name: SetName }),
  output: z.object({ rules: Rules }),
  access: 'view',
  rest: { method: 'GET', path: onSet('ingress') },
  cli: { absent },
});

export const setIngress = mutation({
  summary: 'Restricts who may reach published ports. Not offered: publish a port on one address instead.',
  input: z.strictObject({ name: SetName, rules: Rules }),
  output: z.object({ rules: Rules }),
  access: 'operate',
  rest: { method: 'PUT', path: onSet('ingress') },
  cli: { absent },
});
