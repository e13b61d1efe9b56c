import { expect, test } from 'vitest';
import type { GpuSource, GpuTelemetrySample } from '../../../../daemon/core/gpuSource.ts';
import { Telemetry } from '../../../../daemon/core/telemetry.ts';

const quiet = () => undefined;
const sample = (at: string): GpuTelemetrySample => ({ at, gpus: [] });

/** A source whose streams are fed by hand. */
class FedSource implements GpuSource {
  readonly kind = 'simulated';
  readonly streams: { feed(value: GpuTelemetrySample): void; end(): void; readonly signal: AbortSignal }[] = [];
  devices = async () => [];
  processes = async () => [];
  notice = () => null;

  telemetry(signal: AbortSignal): AsyncIterable<GpuTelemetrySample> {
    const { readable, writable } = new TransformStream<GpuTelemetrySample, GpuTelemetrySample>();
    const writer = writable.getWriter();
    this.streams.push({ signal, feed: (value) => void writer.write(value), end: () => void writer.close() });
    return readable;
  }
}

function open() {
  const source = new FedSource();
  const errors: string[] = [];
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (_: object, message: string) => void errors.push(message),
  };
  const telemetry = new Telemetry(source, log);
  const watch = () => {
    const seen: string[] = [];
    return { seen, leave: telemetry.subscribe(({ at }) => void seen.push(at)) };
  };
  return { source, telemetry, watch, errors };
}

test('nothing runs until somebody watches', () => {
  const { source, telemetry } = open();
  expect(source.streams).toHaveLength(0);
  expect(telemetry.last()).toBeUndefined();
});

test('every watcher gets every sample of one stream', async () => {
  const { source, telemetry, watch } = open();
  const [one, two] = [watch(), watch()];
  source.streams[0]?.feed(sample('t1'));
  source.streams[0]?.feed(sample('t2'));
  await expect.poll(() => two.seen).toEqual(['t1', 't2']);
  expect(one.seen).toEqual(['t1', 't2']);
  expect(source.streams).toHaveLength(1);
  expect(telemetry.last()).toEqual(sample('t2'));
});

test('the stream goes on until the last watcher leaves, and the last sample stays', async () => {
  const { source, telemetry, watch } = open();
  const [one, two] = [watch(), watch()];
  one.leave();
  one.leave();
  expect(source.streams[0]?.signal.aborted).toBe(false);
  source.streams[0]?.feed(sample('t1'));
  await expect.poll(() => two.seen).toEqual(['t1']);
  two.leave();
  expect(source.streams[0]?.signal.aborted).toBe(true);
  expect(one.seen).toEqual([]);
  expect(telemetry.last()).toEqual(sample('t1'));
});

test('a sample of a stream that was left does not reach the next one', async () => {
  const { source, telemetry, watch } = open();
  watch().leave();
  const next = watch();
  source.streams[0]?.feed(sample('old'));
  source.streams[1]?.feed(sample('new'));
  await expect.poll(() => next.seen).toEqual(['new']);
  expect(telemetry.last()).toEqual(sample('new'));
  expect(source.streams[1]?.signal.aborted).toBe(false);
});

test('a watcher that throws is logged and disturbs nobody else', async () => {
  const { source, telemetry, watch, errors } = open();
  telemetry.subscribe(() => {
    throw new Error('watcher');
  });
  const { seen } = watch();
  source.streams[0]?.feed(sample('t1'));
  source.streams[0]?.feed(sample('t2'));
  await expect.poll(() => seen).toEqual(['t1', 't2']);
  expect(errors).toEqual(['A watcher of GPU telemetry failed', 'A watcher of GPU telemetry failed']);
});

test('a stream that ended by itself is begun anew by the next watcher', async () => {
  const { source, watch } = open();
  watch();
  source.streams[0]?.end();
  await expect
    .poll(() => {
      watch();
      return source.streams.length;
    })
    .toBe(2);
});

test('the end of a stream that was left does not begin a second one beside the next', async () => {
  const { source, watch } = open();
  watch().leave();
  const next = watch();
  source.streams[0]?.end();
  source.streams[1]?.feed(sample('t1'));
  await expect.poll(() => next.seen).toEqual(['t1']);
  watch();
  expect(source.streams).toHaveLength(2);
});
