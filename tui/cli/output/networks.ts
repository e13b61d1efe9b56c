/** Docker networks: which there are, and which of them a set is on. */
import type { LinkView, NetworkLink, NetworkView } from '../../../common/contract/network.ts';
import { safe } from '../../safe.ts';
import { type Column, table } from './table.ts';
import { cell, type View } from './view.ts';

export function networkTable(networks: readonly NetworkView[], view: View): string {
  const columns: readonly Column<NetworkView>[] = [
    { title: 'NETWORK', cell: (network) => cell(network.name, 'strong'), widthMin: 10 },
    { title: 'DRIVER', cell: (network) => (network.internal ? `${network.driver}, internal` : network.driver) },
    { title: 'SUBNETS', cell: (network) => network.subnets.join(' ') || '-', widthMin: 12 },
    { title: 'SETS', cell: (network) => network.sets.join(' ') || '-', widthMin: 8 },
    { title: 'OTHERS', cell: (network) => String(network.others || '-') },
  ];
  return table(columns, networks, view);
}

export function linkTable(name: string, links: readonly LinkView[], view: View): string {
  const columns: readonly Column<LinkView>[] = [
    { title: 'NETWORK', cell: (link) => cell(link.network, 'strong'), widthMin: 10 },
    { title: 'ADDRESS', cell: (link) => link.address ?? '-' },
    { title: 'ASKED FOR', cell: (link) => link.ipv4 ?? '-' },
    { title: 'FOUND AS', cell: (link) => namesOf(name, link).join(' ') || '-', widthMin: 10 },
  ];
  return table(columns, links, view);
}

/** Docker's default bridge has no names. */
const namesOf = (name: string, { network, aliases }: LinkView): string[] =>
  network === 'bridge' ? [] : [...new Set([name, ...aliases])];

export function linkText({ network, aliases, ipv4 }: NetworkLink): string {
  const names = aliases.length === 0 ? '' : `, also as ${aliases.join(' ')}`;
  return `${network}${names}${ipv4 === null ? '' : `, at ${ipv4}`}`;
}

export function relinked(name: string, { changes, applied }: { changes: readonly string[]; applied: boolean }): string {
  if (changes.length === 0) return `${safe(name)} is on that network already.`;
  const when = applied ? 'now' : 'when it runs again';
  return safe(`${name} has other networks ${when}: ${changes.join(', ')}.`);
}
