import { expect, test } from 'vitest';
import type { GpuTelemetry } from '../../../../common/contract/resource.ts';
import { LatestValue, TickRows } from '../../../../daemon/adapters/nvidiaTick.ts';

const row = (uuid: string, utilizationPercent = 0): GpuTelemetry => ({
  uuid,
  utilizationPercent,
  memoryUsedBytes: null,
  temperatureC: null,
  powerW: null,
  powerLimitW: null,
});

/** The ticks that a series of GPUs yields, each as the GPUs in it. */
const ticksOf = (gpus: string, sizeExpected?: number): string[] => {
  const tick = new TickRows(sizeExpected);
  return gpus.split('').flatMap(
    (uuid) =>
      tick
        .add(row(uuid))
        ?.map((gpu) => gpu.uuid)
        .join('') ?? [],
  );
};

test('a tick of known size is whole with its last row', () => {
  expect(ticksOf('abcabcab', 3)).toEqual(['abc', 'abc']);
});

test('the first tick of unknown size is whole when a GPU comes again, later ones with their last row', () => {
  expect(ticksOf('abc')).toEqual([]);
  expect(ticksOf('abcabcabc')).toEqual(['abc', 'abc', 'abc']);
});

test('a GPU that falls silent holds the others back once', () => {
  expect(ticksOf('abcababab', 3)).toEqual(['abc', 'ab', 'ab', 'ab']);
});

test('a GPU more than expected joins the tick that was handed out', () => {
  expect(ticksOf('abcabcabc', 2)).toEqual(['ab', 'abc', 'abc', 'abc']);
});

test('a single GPU ticks with every row', () => {
  expect(ticksOf('aaa', 1)).toEqual(['a', 'a', 'a']);
  expect(ticksOf('aaa')).toEqual(['a', 'a']);
});

test('a new tick has new values', () => {
  const tick = new TickRows(1);
  tick.add(row('a', 10));
  expect(tick.add(row('a', 90))).toEqual([row('a', 90)]);
});

test('only the newest value reaches a taker who comes late', async () => {
  const latest = new LatestValue<number>();
  latest.put(1);
  latest.put(2);
  expect(await latest.take()).toBe(2);
});

test('a taker who waits gets the next value', async () => {
  const latest = new LatestValue<number>();
  const taken = latest.take();
  latest.put(7);
  expect(await taken).toBe(7);
});

test('closing ends the wait and drops what nobody took', async () => {
  const latest = new LatestValue<number>();
  const taken = latest.take();
  latest.close();
  latest.put(1);
  expect(await taken).toBeUndefined();
  expect(await latest.take()).toBeUndefined();
});
