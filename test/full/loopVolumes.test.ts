/** Image files at length: every kill before, during and after every command, and as many volumes as a host may have. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loopBench, type VolumeBench, volumeId } from '../rig/volumes/conformance.ts';
import { killAtEveryCommand, killableVerbs } from '../rig/volumes/kills.ts';

const MB = 2 ** 20;

let bench: VolumeBench;
beforeEach(async () => {
  bench = await loopBench();
});
afterEach(() => bench?.[Symbol.asyncDispose]());

test.each(killableVerbs)('a daemon killed in the middle of a $what', async (verb) => {
  expect(await killAtEveryCommand(bench, verb, ['before', 'during', 'after'])).toBeGreaterThan(5);
});

test('two hundred volumes are made, resized and removed at the same time', async () => {
  const { host } = bench;
  const ids = Array.from({ length: 200 }, (_, number) => volumeId('many', number));
  await Promise.all(ids.map((id) => host.create(id, { sizeBytes: 20 * MB, thin: false })));
  expect(await host.list()).toEqual(ids);
  await Promise.all(ids.map((id, at) => bench.write(id, 'number', at + 1)));
  const sizeOf = (at: number) => (at % 2 === 0 ? 10 : 30) * MB;
  await Promise.all(ids.map((id, at) => host.resize(id, sizeOf(at))));
  for (const [at, id] of ids.entries()) {
    expect(await bench.files(id)).toEqual({ number: at + 1 });
    expect((await host.look(id))?.capacityBytes).toBeGreaterThanOrEqual(sizeOf(at));
  }
  await Promise.all(ids.map((id) => host.remove(id)));
  expect(await host.list()).toEqual([]);
});
