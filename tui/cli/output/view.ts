/** What a renderer needs to know of the place it writes for, and the short forms that all of them share. */
import type { PortGrant, SetView } from '../../../common/contract/views.ts';
import { formatAge, formatLocalTime } from '../../../common/units.ts';
import type { Paint, Role } from './paint.ts';

export interface View {
  /** Columns; Infinity where the output is not a terminal. */
  readonly width: number;
  readonly now: Date;
  readonly paint: Paint;
}

type GpuRef = SetView['gpus'][number];

export interface Cell {
  readonly text: string;
  readonly role: Role;
}

export const cell = (text: string, role: Role = 'plain'): Cell => ({ text, role });

export const ageOf = (at: string, now: Date): string => formatAge(now.getTime() - Date.parse(at));

/** `3 h ago (2026-01-22 07:36:04 +01:00)` */
export function when(at: string, now: Date): string {
  const age = now.getTime() - Date.parse(at) < 1000 ? 'just now' : `${ageOf(at, now)} ago`;
  return `${age} (${localTime(new Date(at))})`;
}

export function localTime(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const part = (amount: number): string => String(Math.floor(Math.abs(amount))).padStart(2, '0');
  return `${formatLocalTime(at)} ${minutes < 0 ? '-' : '+'}${part(minutes / 60)}:${part(minutes % 60)}`;
}

/** A GPU as people call it: its index, or the beginning of its UUID where it has none. */
export const gpuLabel = (gpu: Pick<GpuRef, 'index' | 'uuid'>): string =>
  gpu.index === null ? gpu.uuid.slice(0, 12) : String(gpu.index);

export const gpuList = (gpus: readonly GpuRef[]): string => gpus.map(gpuLabel).join(',');

/** `40001>22`; tcp goes without saying. */
/** `127.0.0.1:40001`, or the number alone where it is bound to every address. */
const hostSide = ({ hostIp, hostPort }: PortGrant): string =>
  hostIp === undefined ? String(hostPort) : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}`;

export const portLine = (port: PortGrant): string => `${hostSide(port)} > ${port.containerPort}`;

export const portPair = (port: PortGrant): string => `${hostSide(port)}>${port.containerPort.replace(/\/tcp$/, '')}`;

export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount} ${amount === 1 ? one : many}`;
