/** Which name a copied file gets, and where, by the rules that `cp` and `docker cp` share. Pure. */
import { basename, dirname, posix } from 'node:path';
import { UsageError } from './input.ts';

/** What is at a place; `nowhere`: not even the directory around it. */
export type Place = 'directory' | 'file' | 'nothing' | 'nowhere';

export type Direction =
  | { readonly kind: 'out'; readonly set: string; readonly path: string; readonly local: string }
  | { readonly kind: 'in'; readonly set: string; readonly path: string; readonly local: string };

/** The first part of each entry's path, and what it becomes; an empty `to` leaves it out. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** `SET:PATH LOCAL` or `LOCAL SET:PATH`. A local path that holds a colon begins with `./` or `/`. Throws UsageError. */
export function directionOf(source: string, target: string): Direction {
  const [from, to] = [insideOf(source), insideOf(target)];
  if (from !== undefined && to === undefined) return { kind: 'out', ...from, local: target };
  if (from === undefined && to !== undefined) return { kind: 'in', ...to, local: source };
  const hint = 'Such as `berth cp train:/data/model.pt .` or `berth cp model.pt train:/data/`.';
  throw new UsageError(from === undefined ? 'one of the two must be NAME:PATH' : 'one of the two must be here', hint);
}

function insideOf(text: string): { readonly set: string; readonly path: string } | undefined {
  const [, set, path] = /^([^/.:-][^/:]*):(.*)$/s.exec(text) ?? [];
  if (set === undefined || path === undefined) return undefined;
  if (!path.startsWith('/')) throw new UsageError(`begin the path in the container with /: ${set}:/${path}`);
  return { set, path };
}

const isContents = (path: string): boolean => /(^|\/)\.$/.test(path);

export function planOut(
  source: { readonly name: string; readonly isDirectory: boolean; readonly path: string },
  target: string,
  place: Place,
  given: string,
): Renaming & { readonly folder: string } {
  const from = source.name === '/' ? '' : source.name;
  if (place === 'nowhere') throw new UsageError(`there is no directory ${dirname(target)}`);
  if (place === 'directory') return { folder: target, from, to: isContents(source.path) ? '' : from };
  if (given.endsWith('/')) throw new UsageError(`there is no directory ${given}`);
  if (place === 'file' && source.isDirectory)
    throw new UsageError(`${given} is a file; a directory cannot take its place`);
  return { folder: dirname(target), from, to: basename(target) };
}

export function planInto(
  source: { readonly source: string; readonly isDirectory: boolean; readonly given: string },
  path: string,
  place: Place,
): Renaming & { readonly cwd: string; readonly entry: string; readonly folder: string } {
  const entry = basename(source.source);
  const here = { cwd: dirname(source.source), entry, from: entry };
  if (place === 'directory') return { ...here, folder: path, to: isContents(source.given) ? '' : entry };
  if (path.endsWith('/')) throw new UsageError(`there is no directory ${path} in the container`);
  if (place === 'file' && source.isDirectory)
    throw new UsageError(`${path} is a file; a directory cannot take its place`);
  return { ...here, folder: posix.dirname(path), to: posix.basename(path) };
}

/** `from/rest` → `to/rest`. */
export function renamed(path: string, { from, to }: Renaming): string {
  if (from === to) return path;
  const rest =
    from === '' ? path : path === from ? '' : path.startsWith(`${from}/`) ? path.slice(from.length + 1) : path;
  return posix.join(to, rest) || '.';
}
