import { expect, test } from 'vitest';
import {
  type BatchEntry,
  followChain,
  genesis,
  linksKept,
  logBytesMax,
  sealBatch,
} from '../../../../daemon/adapters/batchChain.ts';

const change = (key: string, json: string | undefined) => ({ key, json });

/** Links of `count` batches, oldest first. */
function linksOf(count: number): (readonly [string, string])[] {
  let head = genesis;
  return Array.from({ length: count }, (_, index) => {
    const batch = sealBatch(head, [change('hw/train', String(index))]);
    head = batch.head;
    const link = batch.entries.find((entry) => entry.key.startsWith('seq/'));
    return [link?.key ?? '', link?.type === 'put' ? link.value : ''] as const;
  });
}

test('a batch holds its rows, its link, and the removal of the link that is no longer kept', () => {
  const { head, entries } = sealBatch(
    { sequence: 9, hash: 'f'.repeat(64) },
    [change('a', '1'), change('b', undefined)],
    5,
  );
  expect(head.sequence).toBe(10);
  expect(entries.map(({ type, key }) => `${type} ${key}`)).toEqual([
    'put a',
    'del b',
    'put seq/0000000000000010',
    'del seq/0000000000000005',
  ]);
});

test('the hash depends on what came before and on every row', () => {
  const hash = (previous: string, key: string, json: string | undefined) =>
    sealBatch({ sequence: 1, hash: previous.repeat(64) }, [change(key, json)]).head.hash;
  const hashes = [
    hash('0', 'a', '1'),
    hash('1', 'a', '1'),
    hash('0', 'b', '1'),
    hash('0', 'a', '2'),
    hash('0', 'a', undefined),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hash('0', 'a', '1')).toBe(hashes[0]);
});

test('a whole chain is followed to its end, wherever it begins', () => {
  const links = linksOf(10);
  expect(followChain(links).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(followChain(links.slice(4)).at(-1)).toEqual(followChain(links).at(-1));
  expect(followChain([])).toEqual([]);
});

test('a missing link is named by its neighbours', () => {
  expect(() => followChain(linksOf(10).toSpliced(4, 2))).toThrow('lost changes between batch 4 and 7');
});

test('more links are kept than the smallest batches fit into two logs of LevelDB', () => {
  const { entries } = sealBatch({ sequence: linksKept + 1, hash: 'f'.repeat(64) }, [change('hw/a', '1')]);
  const bytesOf = (entry: BatchEntry) => entry.key.length + (entry.type === 'put' ? entry.value.length : 0);
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  expect(linksKept * bytes).toBeGreaterThan(2 * logBytesMax);
});
