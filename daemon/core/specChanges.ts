/** What differs between two versions, in the words of the version tree: `gpus 1 > 2`, `volume /data a > b`. Pure. */
import type { VersionSpec } from './records.ts';

export function describeChanges(before: VersionSpec, after: VersionSpec): string[] {
  const changes: string[] = [];
  if (before.gpuCount !== after.gpuCount) changes.push(`gpus ${before.gpuCount} > ${after.gpuCount}`);
  if (before.imageName !== after.imageName) changes.push(`image ${before.imageName} > ${after.imageName}`);
  changes.push(...bindChanges(before, after));
  changes.push(...listChange('ports', before.containerPorts, after.containerPorts));
  changes.push(...listChange('env', keysOf(before.env), keysOf(after.env)));
  if (before.cmd.join('\0') !== after.cmd.join('\0')) changes.push('command changed');
  return changes;
}

const keysOf = (env: readonly string[]): string[] => env.map((entry) => entry.split('=', 1)[0] ?? '');

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
