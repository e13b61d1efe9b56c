/** The network procedures of fakeServices.ts: one network, with one set on it. */
import type { Services } from '../../common/services.ts';

/** `find` refuses sets that are not there. */
export const fakeNetworks = (find: (name: string) => unknown): Services['network'] => ({
  list: async () => [
    { name: 'bridge', driver: 'bridge', subnets: ['172.17.0.0/16'], internal: false, sets: ['train'], others: 2 },
  ],
  links: async ({ name }) => {
    find(name);
    return [{ network: 'bridge', aliases: [], ipv4: null, address: '172.17.0.2' }];
  },
  attach: async ({ name, network }) => {
    find(name);
    return { changes: [`networks bridge > bridge,${network}`], applied: true };
  },
  detach: async ({ name, network }) => {
    find(name);
    return { changes: [`networks bridge,${network} > bridge`], applied: true };
  },
});
