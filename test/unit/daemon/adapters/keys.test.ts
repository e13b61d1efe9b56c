import { expect, test } from 'vitest';
import {
  chainKey,
  keyInTable,
  rowKey,
  sequenceOfChainKey,
  tableRange,
  versionRange,
} from '../../../../daemon/adapters/keys.ts';
import type { Table } from '../../../../daemon/core/records.ts';

const layout: Readonly<Record<Table, string>> = {
  hw: 'hw/train',
  set: 'rs/train',
  version: 'rv/train/0000007',
  volume: 'vol/data',
  volumeVersion: 'vv/data/0000002',
  gpu: 'gi/GPU-a',
  gpuLease: 'gpu/GPU-a',
  portLease: 'port/40022',
  intent: 'op/01J',
  unknown: 'unk/train-7',
  idem: 'idem/ada/k1',
  audit: 'audit/01J',
  meta: 'meta/schema',
};
const tables = Object.keys(layout) as Table[];
const within = (key: string, range: { gte: string; lt: string }): boolean => key >= range.gte && key < range.lt;

test.each(Object.entries(layout) as [Table, string][])('rows of %s lie at %s', (table, key) => {
  const own = key.slice(key.indexOf('/') + 1);
  expect(rowKey(table, own)).toBe(key);
  expect(keyInTable(table, key)).toBe(own);
});

test('each row lies in the range of its own table and in no other', () => {
  for (const [table, key] of [...Object.entries(layout), ['', chainKey(1)] as const]) {
    expect(tables.filter((other) => within(key, tableRange(other)))).toEqual(table === '' ? [] : [table]);
  }
});

test('a history holds the versions of one set, below a number where one is given', () => {
  const holds = (name: string, version: string, before?: number) =>
    within(rowKey('version', `${name}/${version}`), versionRange('train', before));
  expect(holds('train', '0000001')).toBe(true);
  expect(holds('train', '9999999')).toBe(true);
  expect(['trai', 'train2', 'train.2', 'train_', 'Train'].filter((name) => holds(name, '0000001'))).toEqual([]);
  expect(['0000001', '0000009', '0000010', '0000011'].filter((v) => holds('train', v, 10))).toEqual([
    '0000001',
    '0000009',
  ]);
  expect(holds('train', '0000001', -5)).toBe(false);
});

test('links of the chain sort as their numbers do', () => {
  const numbers = [1, 9, 10, 99, 1000, Number.MAX_SAFE_INTEGER];
  expect(numbers.map(chainKey).toSorted()).toEqual(numbers.map(chainKey));
  expect(numbers.map(chainKey).map(sequenceOfChainKey)).toEqual(numbers);
});
