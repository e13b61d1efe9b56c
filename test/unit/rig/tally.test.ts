import { expect, test } from 'vitest';
import { closingLine, sum, tallyOfPart } from '../../rig/tally.ts';

const tally = (passed: number, failed: number, skipped = 0) => ({ passed, failed, skipped });

test('the closing line counts over all parts', () => {
  expect(closingLine(sum([tally(3, 0), tally(4, 2, 1)]))).toBe('7 passed, 2 failed');
});

test('a part that ended without a result is one failure, even when its exit code says success', () => {
  expect(tallyOfPart(0, undefined)).toEqual(tally(0, 1));
});

test('a part that failed without a failed test adds one failure', () => {
  expect(tallyOfPart(1, tally(5, 0))).toEqual(tally(5, 1));
});

test('a part with failed tests adds those alone', () => {
  expect(tallyOfPart(1, tally(5, 2))).toEqual(tally(5, 2));
});
