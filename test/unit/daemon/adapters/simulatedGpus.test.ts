import { expect, test } from 'vitest';
import { SimulatedGpus, simulatedDevices, simulatedLoad } from '../../../../daemon/adapters/simulatedGpus.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const gib = 1024 ** 3;

test('simulated GPUs are told apart by UUID, the same in every run', () => {
  const [first, , third] = simulatedDevices(3);
  expect(first).toEqual({
    uuid: 'SIM-00000000-0000-4000-8000-000000000000',
    index: 0,
    name: 'Simulated GPU',
    memoryBytes: 80 * gib,
    busId: null,
    numaNode: 0,
  });
  expect(third?.uuid).toBe('SIM-00000000-0000-4000-8000-000000000002');
});

test.each([
  [0, []],
  [1, [0]],
  [5, [0, 0, 0, 1, 1]],
  [8, [0, 0, 0, 0, 1, 1, 1, 1]],
])('%i simulated GPUs fill two NUMA nodes by halves', (count, nodes) => {
  expect(simulatedDevices(count).map(({ numaNode }) => numaNode)).toEqual(nodes);
});

test('the load stays within what a GPU can do, and moves', () => {
  for (const device of simulatedDevices(8)) {
    const loads = Array.from({ length: 600 }, (_, second) => simulatedLoad(device, at(second)));
    for (const { utilizationPercent, memoryUsedBytes, powerW, temperatureC } of loads) {
      expect(utilizationPercent).toBeGreaterThanOrEqual(0);
      expect(utilizationPercent).toBeLessThanOrEqual(100);
      expect(memoryUsedBytes).toBeGreaterThan(0);
      expect(memoryUsedBytes).toBeLessThanOrEqual(80 * gib);
      expect(powerW).toBeLessThanOrEqual(700);
      expect(temperatureC).toBeLessThan(90);
    }
    expect(new Set(loads.map(({ utilizationPercent }) => utilizationPercent)).size).toBeGreaterThan(20);
  }
});

test('samples carry the time of the clock and end with the signal', async () => {
  let second = 0;
  const source = new SimulatedGpus(2, { now: () => at(second++) }, 1);
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const sample of source.telemetry(abort.signal)) {
    expect(sample.gpus).toEqual(simulatedDevices(2).map((device) => simulatedLoad(device, new Date(sample.at))));
    if (seen.push(sample.at) === 3) abort.abort();
  }
  expect(seen).toEqual([at(0), at(1), at(2)].map((date) => date.toISOString()));
});
