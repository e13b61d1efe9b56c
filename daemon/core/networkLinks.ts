/** The networks of a version: as recorded, and as its container is put on them. Pure. */
import type { Endpoint } from './engine.ts';
import type { NetworkLink, VersionRecord, VersionSpec } from './records.ts';

/** Docker's default bridge: it knows no names and gives no addresses that were asked for. */
export const DEFAULT_NETWORK = 'bridge';

export const linksOf = ({ networks }: Pick<VersionSpec, 'networks'>): readonly NetworkLink[] =>
  networks ?? [{ network: DEFAULT_NETWORK, aliases: [], ipv4: null }];

/** Found by the set's name too, which no version changes. */
export const endpointOf = (name: string, link: NetworkLink): Endpoint =>
  link.network === DEFAULT_NETWORK ? link : { ...link, aliases: [...new Set([name, ...link.aliases])] };

/** A container is created on one network alone; engines before API 1.44 refuse more. */
export function endpointsOf({ name, spec }: Pick<VersionRecord, 'name' | 'spec'>): {
  readonly first: Endpoint | null;
  readonly others: readonly Endpoint[];
} {
  const [first, ...others] = linksOf(spec);
  return {
    first: first === undefined || first.network === DEFAULT_NETWORK ? null : endpointOf(name, first),
    others: others.map((link) => endpointOf(name, link)),
  };
}
