/** Host ports: who holds which. */
import type { PortView } from '../../../common/contract/resource.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, type View } from './view.ts';

export interface PortListing {
  readonly start: number;
  readonly end: number;
  readonly free: number;
  readonly ports: readonly PortView[];
}

export function portTable({ start, end, free, ports }: PortListing, view: View): string {
  const summary = `${free} of the host ports ${start}-${end} are free.`;
  if (ports.length === 0) return summary;
  const columns: readonly Column<PortView>[] = [
    { title: 'PORT', cell: (port) => cell(String(port.hostPort), 'strong') },
    { title: 'HOLDER', cell: (port) => port.holder ?? 'outside Berth', widthMin: 10 },
    { title: 'CONTAINER PORT', cell: (port) => port.containerPort ?? '-' },
    { title: 'STATE', cell: (port) => cell(port.state, port.state === 'foreign' ? 'warn' : 'plain') },
    { title: 'FOR', cell: (port) => ageOf(port.since, view.now) },
    { title: 'REASON', cell: (port) => port.reason ?? '', widthMin: 12 },
  ];
  return `${table(columns, ports, view)}\n${summary}`;
}
