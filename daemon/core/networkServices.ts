/** The network procedures: which Docker networks there are, which of them a set is on, and putting it on others. */
import type { LinkView, NetworkView } from '../../common/contract/network.ts';
import type { Services } from '../../common/services.ts';
import type { ContainerSummary, Engine, NetworkInfo } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import type { Journal } from './journal.ts';
import { linksOf } from './networkLinks.ts';
import { requireSet } from './operations/intents.ts';
import { attachNetwork, canBeJoined, detachNetwork } from './operations/networks.ts';
import type { State } from './state.ts';

export interface NetworkParts {
  readonly state: State;
  readonly engine: Engine;
  readonly journal: Journal;
}

export const networkServices = (parts: NetworkParts): Services['network'] => ({
  list: () => list(parts),
  links: ({ name }) => links(parts, name),
  attach: (input, { actor, idempotency }) =>
    parts.journal.perform({ verb: 'network attach', name: input.name, actor, idempotency }, (ctx) =>
      attachNetwork(ctx, input),
    ),
  detach: (input, { actor, idempotency }) =>
    parts.journal.perform({ verb: 'network detach', name: input.name, actor, idempotency }, (ctx) =>
      detachNetwork(ctx, input),
    ),
});

async function list({ state, engine }: NetworkParts): Promise<NetworkView[]> {
  try {
    const [networks, containers] = await Promise.all([engine.listNetworks(), engine.listContainers()]);
    return networks
      .filter(canBeJoined)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((network) => viewNetwork(state, network, containers));
  } catch (error) {
    throw toAppError(error);
  }
}

function viewNetwork(state: State, network: NetworkInfo, containers: readonly ContainerSummary[]): NetworkView {
  const { name, driver, subnets, internal } = network;
  const current = state.sets().flatMap((set) => state.current(set.name) ?? []);
  const own = new Set(current.map((version) => version.containerId));
  const sets = current.filter(({ spec }) => linksOf(spec).some((link) => link.network === name));
  const others = containers.filter(({ id, networks }) => !own.has(id) && networks.includes(name));
  return {
    name,
    driver,
    subnets: [...subnets],
    internal,
    sets: sets.map((it) => it.name),
    others: others.length,
  };
}

/** As recorded, with the address that it has at this moment. */
async function links({ state, engine }: NetworkParts, name: string): Promise<LinkView[]> {
  const { version } = requireSet({ state }, name);
  try {
    const container = await engine.inspectContainer(version.containerId);
    return linksOf(version.spec).map((link) => ({
      ...link,
      aliases: [...link.aliases],
      address: container?.networks.find((it) => it.network === link.network)?.address ?? null,
    }));
  } catch (error) {
    throw toAppError(error);
  }
}
