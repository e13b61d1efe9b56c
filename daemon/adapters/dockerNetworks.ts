/** Docker's networks in the core's words, and putting containers on them. */
import type { ContainerState, Endpoint, NetworkInfo } from '../core/engine.ts';
import { type ContainerInspectInfo, DEADLINE_MS, type DockerConnection } from './dockerConnection.ts';

interface DockerNetwork {
  readonly Name: string;
  readonly Driver: string;
  readonly Internal: boolean;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null } | undefined;
}

const networkInfo = ({ Name: name, Driver: driver, Internal: internal, IPAM: ipam }: DockerNetwork): NetworkInfo => ({
  name,
  driver,
  internal,
  subnets: (ipam?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
});

/** What create and connect take. */
export const endpointBody = ({ aliases, ipv4 }: Endpoint) => ({
  ...(aliases.length === 0 ? {} : { Aliases: [...aliases] }),
  ...(ipv4 === null ? {} : { IPAMConfig: { IPv4Address: ipv4 } }),
});

/** Docker adds the short id to the aliases; its own it is not told again. */
export function endpointsOf({ Id: id, NetworkSettings }: ContainerInspectInfo): ContainerState['networks'] {
  return Object.entries(NetworkSettings?.Networks ?? {}).map(([network, endpoint]) => ({
    network,
    aliases: ((endpoint.Aliases as readonly string[] | null | undefined) ?? []).filter(
      (alias) => !id.startsWith(alias),
    ),
    ipv4: (endpoint.IPAMConfig as { readonly IPv4Address?: string } | null | undefined)?.IPv4Address ?? null,
    address: endpoint.IPAddress || null,
  }));
}

export async function listNetworks(connection: DockerConnection): Promise<readonly NetworkInfo[]> {
  const networks = await connection.call('list networks', DEADLINE_MS.read, (docker, abortSignal) =>
    docker.listNetworks({ abortSignal }),
  );
  return networks.map(networkInfo);
}

export async function inspectNetwork(connection: DockerConnection, network: string): Promise<NetworkInfo | undefined> {
  const info = (await connection.find(`show the network ${network}`, (docker) =>
    docker.getNetwork(network).inspect(),
  )) as DockerNetwork | undefined;
  return info && networkInfo(info);
}

export async function connect(connection: DockerConnection, container: string, endpoint: Endpoint): Promise<void> {
  const { network } = endpoint;
  const body = { Container: container, EndpointConfig: endpointBody(endpoint) };
  await connection.call(`connect ${container} to ${network}`, DEADLINE_MS.change, (docker) =>
    docker.getNetwork(network).connect(body),
  );
}

/** By force: one that is gone can be left too. */
export async function disconnect(connection: DockerConnection, container: string, network: string): Promise<void> {
  const body = { Container: container, Force: true };
  await connection.call(`disconnect ${container} from ${network}`, DEADLINE_MS.change, (docker) =>
    docker.getNetwork(network).disconnect(body),
  );
}
