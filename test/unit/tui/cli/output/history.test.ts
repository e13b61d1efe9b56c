import { expect, test } from 'vitest';
import type { VersionView } from '../../../../../common/contract/views.ts';
import { historyTree } from '../../../../../tui/cli/output/history.ts';
import { plainPaint } from '../../../../../tui/cli/output/paint.ts';
import { versions } from './samples.ts';

const view = { width: Number.POSITIVE_INFINITY, now: new Date('2026-01-22T10:36:04Z'), paint: plainPaint };
const sample = versions[0];

/** Parent of each version, from 1 on → the first column. */
function tree(parents: readonly (number | null)[]): readonly string[] {
  if (sample === undefined) throw new Error('no sample');
  const list: VersionView[] = parents.map((parent, at) => ({ ...sample, version: at + 1, parent, current: false }));
  return historyTree(list.toReversed(), view)
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}\d/)[0]?.trimEnd() ?? '');
}

test('a line of versions stays in one column, however long', () => {
  expect(tree([null, 1, 2, 3])).toEqual(['○ v1', '○ v2', '○ v3', '○ v4']);
});

test('versions that began with the same one branch', () => {
  expect(tree([null, 1, 1, 2, 3])).toEqual(['○ v1', '├─○ v2', '│ ○ v4', '└─○ v3', '  ○ v5']);
});

test('branches of branches keep their lines', () => {
  expect(tree([null, 1, 1, 2, 2, 4])).toEqual(['○ v1', '├─○ v2', '│ ├─○ v4', '│ │ ○ v6', '│ └─○ v5', '└─○ v3']);
});

test('a version whose parent is gone is a root of its own', () => {
  expect(tree([null, 9, 2])).toEqual(['○ v1', '○ v2', '○ v3']);
});

test('ten thousand versions are drawn without running out of stack', () => {
  expect(tree([null, ...Array.from({ length: 9_999 }, (_, at) => at + 1)])).toHaveLength(10_000);
});
