/**
 * A replicaSet's versions as a tree: each below the version whose files it began with.
 *
 * An only child stays in its parent's column, so that a long history does not drift to the right; where several
 * versions began with the same one, they branch.
 */
import type { VersionView } from '../../../common/contract/views.ts';
import { formatBytes } from '../../../common/units.ts';
import { type Column, table } from './table.ts';
import { ageOf, cell, type View } from './view.ts';

export interface TreeRow {
  readonly branch: string;
  readonly version: VersionView;
}

export function historyTree(versions: readonly VersionView[], view: View): string {
  const columns: readonly Column<TreeRow>[] = [
    { title: 'VERSION', cell: ({ branch, version }) => cell(branch + mark(version), version.current ? 'ok' : 'plain') },
    { title: 'AGE', cell: ({ version }) => ageOf(version.createdAt, view.now) },
    { title: 'CAUSE', cell: ({ version }) => causeText(version) },
    { title: 'CHANGES', cell: ({ version }) => changesText(version), widthMin: 14 },
    { title: 'GPUS', cell: ({ version }) => String(version.gpuCount), spare: 3 },
    { title: 'BY', cell: ({ version }) => version.actor, widthMin: 6, spare: 1 },
    { title: 'FILES', cell: ({ version }) => filesText(version), spare: 2 },
  ];
  return table(columns, treeRows(versions), view);
}

export const mark = (version: VersionView): string => `${version.current ? '●' : '○'} v${version.version}`;

export const causeText = ({ cause, parent }: VersionView): string =>
  parent === null ? cause : `${cause} of v${parent}`;

/** What it was made with, then what was amended since. */
export function changesText({ changes, amendments }: VersionView): string {
  const since = amendments.flatMap((amendment) => amendment.changes);
  return [changes.join(', '), since.length === 0 ? '' : `since: ${since.join(', ')}`].filter(Boolean).join('; ') || '-';
}

export function filesText(version: VersionView): string {
  if (version.current) return 'in use';
  if (!version.restorable) return 'gone';
  return version.snapshotBytes === null ? 'kept' : `kept, ${formatBytes(version.snapshotBytes)}`;
}

/** Roots are versions without a parent, or whose parent is not in the list. */
export function treeRows(versions: readonly VersionView[]): readonly TreeRow[] {
  const known = new Set(versions.map((version) => version.version));
  const children = Map.groupBy(
    versions.toSorted((a, b) => a.version - b.version),
    ({ parent }) => (parent !== null && known.has(parent) ? parent : null),
  );
  const rows: TreeRow[] = [];
  const stack = branches(children.get(null) ?? [], '', false);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    rows.push({ branch: next.branch, version: next.version });
    const below = children.get(next.version.version) ?? [];
    stack.push(...branches(below, next.below, below.length > 1));
  }
  return rows;
}

interface Pending extends TreeRow {
  /** What stands before the versions below it. */
  readonly below: string;
}

/** In the order in which a stack gives them back. */
function branches(versions: readonly VersionView[], before: string, forked: boolean): Pending[] {
  const last = versions.length - 1;
  return versions
    .map((version, at) => ({
      version,
      branch: before + (forked ? (at === last ? '└─' : '├─') : ''),
      below: before + (forked ? (at === last ? '  ' : '│ ') : ''),
    }))
    .toReversed();
}
