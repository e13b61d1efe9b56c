/** Docker networks: which there are, and which of them a set is on. A change is live and makes no new version. */
import { z } from 'zod';
import { listLengthMax } from '../limits.ts';
import { mutation, onSet, query } from './define.ts';
import { ByName, Empty, SetName } from './fields.ts';

const isNoNetwork = (name: string): boolean => name === 'host' || name === 'none' || name.startsWith('container:');

export const NetworkName = z
  .string()
  .max(255)
  .refine((name) => !isNoNetwork(name), {
    error: 'host, none and container:… are no networks that a set can be on: it would leave its own network namespace',
    abort: true,
  })
  .regex(/^[a-zA-Z0-9][\w.-]*$/, 'write the name of a Docker network such as "lab"')
  .describe('Name of a Docker network');

const Alias = z
  .string()
  .max(63)
  .regex(/^[a-zA-Z0-9]([\w.-]*[a-zA-Z0-9])?$/, 'use letters, digits and inner dashes, dots and underscores')
  .describe('NAME');

export const NetworkLink = z.object({
  network: z.string(),
  aliases: z.array(z.string()).describe('Names it is found by there, besides its own'),
  ipv4: z.string().nullable().describe('The address asked for; null where any will do'),
});
export type NetworkLink = z.output<typeof NetworkLink>;

export const LinkView = NetworkLink.extend({
  address: z.string().nullable().describe('The IPv4 address it has there now; null while it does not run'),
}).meta({ id: 'NetworkLinkView' });
export type LinkView = z.output<typeof LinkView>;

export const NetworkView = z
  .object({
    name: z.string(),
    driver: z.string(),
    subnets: z.array(z.string()),
    internal: z.boolean().describe('Without a way out of the host'),
    sets: z.array(z.string()).describe('ReplicaSets that are on it'),
    others: z.int().describe('Containers outside Berth that are on it'),
  })
  .meta({ id: 'Network' });
export type NetworkView = z.output<typeof NetworkView>;

const Linked = z.object({
  changes: z.array(z.string()).describe('Such as "networks bridge > bridge,lab"; empty where all was as asked for'),
  applied: z.boolean().describe('Whether a running container is on it, or off it, already'),
});

export const list = query({
  summary: 'Docker networks that a set can be on, and who is on them. They are made with `docker network create`.',
  input: Empty,
  output: z.array(NetworkView),
  access: 'view',
  rest: { method: 'GET', path: '/networks' },
  cli: { name: 'networks', aliases: ['network'] },
});

export const links = query({
  summary: 'The networks that a set is on, with its names and its address there.',
  input: ByName,
  output: z.array(LinkView),
  access: 'view',
  rest: { method: 'GET', path: onSet('networks') },
  cli: { name: 'networks of', args: ['name'] },
});

export const attach = mutation({
  summary:
    "Puts a set on another Docker network, at once and without a new version. It is found there by the set's name, whatever its version.",
  input: z.strictObject({
    name: SetName,
    network: NetworkName,
    aliases: z.array(Alias).max(listLengthMax).nullish().describe('Further names it is found by there'),
    ipv4: z.ipv4().nullish().describe('An address of its own there; only where the network has a subnet of its choice'),
  }),
  output: Linked,
  access: 'operate',
  rest: { method: 'POST', path: onSet('networks') },
  cli: {
    name: 'networks attach',
    args: ['name', 'network'],
    flags: { aliases: { name: 'alias' }, ipv4: { name: 'ip' } },
    examples: ['berth networks attach train lab', 'berth networks attach db lab --alias postgres --ip 10.20.0.5'],
  },
});

export const detach = mutation({
  summary: 'Takes a set off a Docker network, at once and without a new version. Its connections there break off.',
  input: z.strictObject({ name: SetName, network: NetworkName }),
  output: Linked,
  access: 'operate',
  rest: { method: 'DELETE', path: onSet('networks/:network') },
  cli: { name: 'networks detach', args: ['name', 'network'], examples: ['berth networks detach train lab'] },
});
