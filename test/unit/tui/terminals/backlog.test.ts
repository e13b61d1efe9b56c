import { expect, test } from 'vitest';
import { Backlog } from '../../../../tui/terminals/backlog.ts';

const KIB = 1024;

test('a source is held above 256 KiB and goes on below 64 KiB, once each', () => {
  const calls: string[] = [];
  const backlog = new Backlog({ pause: () => calls.push('pause'), resume: () => calls.push('resume') });
  backlog.add(256 * KIB);
  expect(calls).toEqual([]);
  backlog.add(1);
  backlog.add(100);
  expect(calls).toEqual(['pause']);
  backlog.remove(192 * KIB);
  expect(calls).toEqual(['pause']);
  backlog.remove(200);
  backlog.remove(1);
  expect(calls).toEqual(['pause', 'resume']);
});
