import { expect, test } from 'vitest';
import { snapshotParts, snapshotTag } from '../../../../daemon/core/labels.ts';

test('a snapshot tag tells its set and its operation again', () => {
  const [uid, operation] = ['01J000000000000000000000AB', '01J000000000000000000000CD'];
  const tag = snapshotTag(uid, 7, operation);
  expect(tag).toBe(tag.toLowerCase());
  expect(snapshotParts(tag)).toEqual({ uid, operation });
});

test.each(['app:1', 'berth.local/demo:1', 'berth.local/snapshot/x', 'other/berth.local/snapshot/a:v1-b'])(
  '%s is no snapshot',
  (tag) => {
    expect(snapshotParts(tag)).toBeUndefined();
  },
);
