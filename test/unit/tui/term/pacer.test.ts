import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pacer } from '../../../../tui/term/pacer.ts';

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] }),
);
afterEach(() => void vi.useRealTimers());

/** When it painted, in milliseconds from the beginning. */
function painting(): { readonly pacer: Pacer; readonly at: number[] } {
  const began = performance.now();
  const at: number[] = [];
  return { pacer: new Pacer(() => at.push(Math.round(performance.now() - began))), at };
}

test('after a quiet time a change is painted at once', () => {
  const { pacer, at } = painting();
  vi.advanceTimersByTime(500);
  pacer.request();
  vi.advanceTimersByTime(1);
  expect(at).toHaveLength(1);
  expect(at[0]).toBeLessThanOrEqual(501);
});

test('a flood is painted some thirty times a second, and its last change always', () => {
  const { pacer, at } = painting();
  for (let ms = 0; ms < 1000; ms += 1) {
    pacer.request();
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(100);
  expect(at.length).toBeGreaterThan(25);
  expect(at.length).toBeLessThan(35);
  expect(at.at(-1)).toBeGreaterThanOrEqual(999);
});

test('after a key the pauses are short, for a moment', () => {
  const { pacer, at } = painting();
  pacer.request();
  vi.advanceTimersByTime(1);
  pacer.request();
  pacer.hurry();
  pacer.request();
  vi.advanceTimersByTime(10);
  expect(at).toHaveLength(2);
});

test('once stopped it does not paint', () => {
  const { pacer, at } = painting();
  pacer.request();
  pacer.stop();
  vi.advanceTimersByTime(1000);
  expect(at).toEqual([]);
});
