/**
 * network attach and detach: the container that is there joins or leaves a Docker network, as an amendment of the current
 * version. One that does not run is on it at its next start.
 *
 * Effects: intent · connect or disconnect · commit of the amendment.
 * Undo: on that network as the version says. Others are not touched.
 */
import { AppError } from '../../../common/errors.ts';
import { engine, type Operation, write } from '../effects.ts';
import type { NetworkInfo } from '../engine.ts';
import { DEFAULT_NETWORK, endpointOf, linksOf } from '../networkLinks.ts';
import type { IntentRecord, NetworkLink, ReplicaSetRecord, VersionRecord, VersionSpec } from '../records.ts';
import { networkChanges } from '../specChanges.ts';
import { amended } from './amend.ts';
import { type OperationContext, stamp } from './context.ts';
import { close, closeUndone, intentOf, open, requireSet, startingPoint } from './intents.ts';
import { ensureConnected, ensureDisconnected, isKind } from './settle.ts';

export interface DetachInput {
  readonly name: string;
  readonly network: string;
}

export interface AttachInput extends DetachInput {
  readonly aliases?: readonly string[] | null | undefined;
  readonly ipv4?: string | null | undefined;
}

export interface Linked {
  changes: string[];
  applied: boolean;
}

interface Known {
  readonly set: ReplicaSetRecord;
  readonly version: VersionRecord;
}

export function* attachNetwork(ctx: OperationContext, input: AttachInput): Operation<Linked> {
  const known = requireSet(ctx, input.name);
  const { name: network } = yield* requireNetwork(input.network);
  const link = { network, aliases: input.aliases ?? [], ipv4: input.ipv4 ?? null };
  refuseOnDefault(link);
  const links = linksOf(known.version.spec);
  const present = links.find((it) => it.network === network);
  if (present === undefined) return yield* relink(ctx, 'network attach', known, network, [...links, link]);
  if (JSON.stringify(present) === JSON.stringify(link)) return yield* nothingToDo(known.version);
  throw new AppError(
    'WRONG_STATE',
    `${input.name} is on ${network} already, with another name or address. Detach it first`,
  );
}

export function* detachNetwork(ctx: OperationContext, { name, network }: DetachInput): Operation<Linked> {
  const known = requireSet(ctx, name);
  const links = linksOf(known.version.spec);
  const left = links.filter((link) => link.network !== network);
  if (left.length === links.length)
    throw new AppError('NETWORK_NOT_ATTACHED', `${name} is not on the network ${network}`);
  const { containerPorts } = known.version.spec;
  if (network === DEFAULT_NETWORK && containerPorts.length > 0) {
    throw new AppError(
      'WRONG_STATE',
      `${name} publishes ${containerPorts.join(', ')} through ${network}. Take the ports out first, with \`berth patch ${name} --unpublish PORT\``,
    );
  }
  if (left.length === 0) {
    throw new AppError('WRONG_STATE', `${network} is the only network of ${name}. Attach another one first`);
  }
  return yield* relink(ctx, 'network detach', known, network, left);
}

/** Every network that the version is to be on is there. */
export function* requireNetworks({ networks }: VersionSpec): Operation<void> {
  for (const { network } of networks ?? []) yield* requireNetwork(network);
}

export function* undoNetwork(ctx: OperationContext, intent: IntentRecord): Operation<void> {
  const version = ctx.state.current(intent.name);
  const container = version && (yield* engine('inspectContainer', version.containerId));
  if (version !== undefined && container !== undefined && intent.network !== undefined) {
    try {
      yield* linkAsRecorded(version, intent.network);
    } catch (error) {
      // The network was removed meanwhile: its next start says so.
      if (!isKind(error, 'notFound')) throw error;
    }
  }
  yield* closeUndone(ctx, intent);
}

function* requireNetwork(wanted: string): Operation<NetworkInfo> {
  const network = yield* engine('inspectNetwork', wanted);
  if (network === undefined) throw new AppError('NETWORK_NOT_FOUND', `there is no Docker network ${wanted}`);
  if (canBeJoined(network)) return network;
  throw new AppError('NETWORK_REFUSED', `${wanted} is the network ${network.name}, which a set cannot be on`);
}

/** Not the host's own network namespace, and not none at all. */
export const canBeJoined = ({ driver }: NetworkInfo): boolean => driver !== 'host' && driver !== 'null';

function refuseOnDefault({ network, aliases, ipv4 }: NetworkLink): void {
  if (network !== DEFAULT_NETWORK || (aliases.length === 0 && ipv4 === null)) return;
  throw new AppError('NETWORK_REFUSED', `Docker's default network ${network} knows no aliases and no fixed addresses`);
}

function* nothingToDo({ containerId }: VersionRecord): Operation<Linked> {
  return { changes: [], applied: (yield* engine('inspectContainer', containerId))?.running === true };
}

function* relink(
  ctx: OperationContext,
  verb: 'network attach' | 'network detach',
  known: Known,
  network: string,
  networks: readonly NetworkLink[],
): Operation<Linked> {
  const { version } = known;
  const spec = { ...version.spec, networks: isDefault(networks) ? null : networks };
  const changes = networkChanges(version.spec, spec);
  const container = yield* engine('inspectContainer', version.containerId);
  const answer = { changes, applied: container?.running === true };
  const previous = startingPoint(known, container);
  const intent = intentOf(ctx, verb, version.name, { answer, network, previous });
  yield* write(open(intent));
  if (container !== undefined) {
    ctx.progress.step(verb === 'network attach' ? `connect to ${network}` : `disconnect from ${network}`);
    yield* explained(linkAsRecorded({ ...version, spec }, network), network);
  }
  yield* write(amended(ctx, version, spec, changes), ...close(intent, stamp(ctx)));
  return answer;
}

const isDefault = (networks: readonly NetworkLink[]): boolean =>
  networks.length === 1 && networks[0]?.network === DEFAULT_NETWORK;

function* linkAsRecorded({ name, containerId, spec }: VersionRecord, network: string): Operation<void> {
  const link = linksOf(spec).find((it) => it.network === network);
  if (link === undefined) yield* ensureDisconnected(containerId, network);
  else yield* ensureConnected(containerId, endpointOf(name, link));
}

function* explained(linking: Operation<void>, network: string): Operation<void> {
  try {
    yield* linking;
  } catch (error) {
    if (!isKind(error, 'invalid')) throw error;
    const how = `a fixed address needs a network made with a subnet of its own, as by \`docker network create --subnet\``;
    throw new AppError('NETWORK_REFUSED', `${network} cannot be joined that way: ${error.message}; ${how}`, {
      cause: error,
    });
  }
}
