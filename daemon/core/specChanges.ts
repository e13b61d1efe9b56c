/** What differs between two versions, in the words of the version tree: `gpus 1 > 2`, `volume /data a > b`. Pure. */
import { formatBytes } from '../../common/units.ts';
import { linksOf } from './networkLinks.ts';
import type { Limits, NetworkLink, VersionSpec } from './records.ts';

export function describeChanges(before: VersionSpec, after: VersionSpec): string[] {
  const changes: string[] = [];
  if (before.gpuCount !== after.gpuCount) changes.push(`gpus ${before.gpuCount} > ${after.gpuCount}`);
  if (before.imageName !== after.imageName) changes.push(`image ${before.imageName} > ${after.imageName}`);
  changes.push(...bindChanges(before, after));
  changes.push(...listChange('ports', before.containerPorts, after.containerPorts));
  changes.push(...networkChanges(before, after));
  changes.push(...entryChanges('env', before.env, after.env));
  changes.push(...entryChanges('labels', before.labels, after.labels));
  if (before.cmd.join('\0') !== after.cmd.join('\0')) changes.push('command changed');
  if (before.entrypoint?.join('\0') !== after.entrypoint?.join('\0')) changes.push('entrypoint changed');
  return [...changes, ...optionChanges(before, after), ...limitChanges(before.limits, after.limits)];
}

const OPTIONS = [
  ['user', ({ user }) => user],
  ['workdir', ({ workDir }) => workDir],
  ['hostname', ({ hostname }) => hostname],
  ['init', ({ init }) => (init === null ? null : init ? 'yes' : 'no')],
  ['stop timeout', ({ stopTimeoutS }) => (stopTimeoutS === null ? null : `${stopTimeoutS} s`)],
  ['shm', ({ shmBytes }) => bytes(shmBytes)],
] as const satisfies readonly (readonly [string, (spec: VersionSpec) => string | null])[];

const LIMITS = [
  ['cpu', ({ nanoCpus }) => (nanoCpus === null ? null : String(nanoCpus / 1e9))],
  ['memory', ({ memoryBytes }) => bytes(memoryBytes)],
  ['memory and swap', ({ memorySwapBytes }) => bytes(memorySwapBytes)],
  ['cpu shares', ({ cpuShares }) => (cpuShares === null ? null : String(cpuShares))],
  ['cpus', ({ cpusetCpus }) => cpusetCpus],
  ['pids', ({ pidsMax }) => (pidsMax === null ? null : String(pidsMax))],
] as const satisfies readonly (readonly [string, (limits: Limits) => string | null])[];

const bytes = (count: number | null): string | null => (count === null ? null : formatBytes(count));

const optionChanges = (before: VersionSpec, after: VersionSpec): string[] =>
  OPTIONS.flatMap(([name, of]) => valueChange(name, of(before), of(after)));

/** `memory default > 64 GiB` */
export const limitChanges = (before: Limits, after: Limits): string[] =>
  LIMITS.flatMap(([name, of]) => valueChange(name, of(before), of(after)));

const valueChange = (name: string, before: string | null, after: string | null): string[] =>
  before === after ? [] : [`${name} ${before ?? 'default'} > ${after ?? 'default'}`];

/** `networks bridge > bridge, lab at 10.0.0.5` */
export const networkChanges = (before: VersionSpec, after: VersionSpec): string[] =>
  listChange('networks', linksOf(before).map(linkText), linksOf(after).map(linkText));

function linkText({ network, aliases, ipv4 }: NetworkLink): string {
  const names = aliases.length === 0 ? '' : ` as ${aliases.join(' and ')}`;
  return `${network}${names}${ipv4 === null ? '' : ` at ${ipv4}`}`;
}

const keyOf = (entry: string): string => entry.split('=', 1)[0] ?? '';

/** Keys alone: values may be secrets. */
function entryChanges(what: string, before: readonly string[], after: readonly string[]): string[] {
  const keys = (entries: readonly string[]): Set<string> => new Set(entries.map(keyOf));
  const [old, now] = [keys(before), keys(after)];
  const list = (sign: string, entries: readonly string[]): string[] => entries.map((entry) => sign + keyOf(entry));
  const parts = [
    ...list(
      '+',
      after.filter((entry) => !old.has(keyOf(entry))),
    ),
    ...list(
      '-',
      before.filter((entry) => !now.has(keyOf(entry))),
    ),
    ...list(
      '~',
      after.filter((entry) => old.has(keyOf(entry)) && !before.includes(entry)),
    ),
  ];
  return parts.length === 0 ? [] : [`${what} ${parts.join(' ')}`];
}

function bindChanges(before: VersionSpec, after: VersionSpec): string[] {
  const sources = (spec: VersionSpec): Map<string, string> => new Map(spec.binds.map((bind) => [bind.dest, bind.src]));
  const [old, now] = [sources(before), sources(after)];
  const dests = new Set([...old.keys(), ...now.keys()]);
  return [...dests]
    .filter((dest) => old.get(dest) !== now.get(dest))
    .map((dest) => `volume ${dest} ${old.get(dest) ?? 'none'} > ${now.get(dest) ?? 'none'}`);
}

function listChange(what: string, before: readonly string[], after: readonly string[]): string[] {
  const show = (list: readonly string[]): string => list.join(',') || 'none';
  return show(before) === show(after) ? [] : [`${what} ${show(before)} > ${show(after)}`];
}
