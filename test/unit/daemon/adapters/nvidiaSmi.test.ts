import { afterEach, describe, expect, test, vi } from 'vitest';
import type { SmiChild, SmiExit, StartSmi } from '../../../../daemon/adapters/nvidiaChild.ts';
import { nvidiaSmiAt } from '../../../../daemon/adapters/nvidiaChild.ts';
import { NvidiaSmi, NvidiaSmiMissing, type SmiTiming } from '../../../../daemon/adapters/nvidiaSmi.ts';
import type { GpuTelemetrySample } from '../../../../daemon/core/gpuSource.ts';
import type { Log } from '../../../../daemon/core/host.ts';
import { type FakeMode, fakeNvidiaSmi } from '../../../rig/fakeNvidiaSmi.ts';

const WAIT = { timeout: 10_000, interval: 10 };
/** Long enough for a busy machine wherever a test waits for an answer, short where it waits for none. */
const SOON: Partial<SmiTiming> = { answerMs: 5_000, killGraceMs: 5_000, pauseMs: 10, pauseMaxMs: 40 };
const UUIDS = Array.from({ length: 8 }, (_, i) => `GPU-7c1e4f2a-0b${i}d-4a53-9e61-5d20c8f3a10${i}`);

const clock = { now: () => new Date() };
const closers: (() => PromiseLike<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

async function start(mode: FakeMode, timing: Partial<SmiTiming> = {}) {
  const smi = await fakeNvidiaSmi(mode);
  closers.push(() => smi[Symbol.asyncDispose]());
  const log = recordingLog();
  const source = new NvidiaSmi({ start: nvidiaSmiAt(smi.path), clock, log, timing: { ...SOON, ...timing } });
  const running = async () => (await smi.starts()).filter(({ pid }) => isAlive(pid)).length;
  return { smi, source, log, running };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Takes samples until stopped; the stop waits for the stream to end. */
function watch(source: NvidiaSmi) {
  const samples: GpuTelemetrySample[] = [];
  const abort = new AbortController();
  const ended = (async () => {
    for await (const sample of source.telemetry(abort.signal)) samples.push(sample);
  })();
  const stop = () => {
    abort.abort();
    return ended;
  };
  closers.push(stop);
  return { samples, stop };
}

describe('inventory and processes', () => {
  test('every GPU is a device, and nothing is wrong', async () => {
    const { source } = await start('ok');
    expect((await source.devices()).map(({ uuid }) => uuid)).toEqual(UUIDS);
    expect(source.notice()).toBeNull();
  });

  test('processes are those that compute, named by their GPU', async () => {
    const { source } = await start('ok');
    const processes = await source.processes();
    expect(processes.map(({ uuid }) => uuid)).toEqual([UUIDS[0], UUIDS[0], UUIDS[2], UUIDS[3]]);
    expect(processes[1]?.command).toBe('python');
  });

  test('questions at the same time queue, and equal ones share an answer', async () => {
    const { smi, source, running } = await start('slow');
    const answers = Promise.all([source.devices(), source.processes(), source.devices()]);
    await vi.waitUntil(async () => (await smi.starts()).length > 0, WAIT);
    expect(await running()).toBe(1);
    await smi.answerNow();
    await answers;
    expect(await smi.starts()).toHaveLength(2);
  });

  test('a driver that refuses a field still lists its GPUs', async () => {
    const { source } = await start('refusesFields');
    const devices = await source.devices();
    expect(devices.map(({ uuid }) => uuid)).toEqual(UUIDS);
    expect(devices[7]).toMatchObject({ index: 7, name: 'NVIDIA H200', memoryBytes: null, busId: null });
    expect(source.notice()).toBeNull();
  });

  test('an answer that comes too late serves the next caller', async () => {
    const { smi, source } = await start('slow', { answerMs: 1 });
    await expect(source.devices()).rejects.toThrow('nvidia-smi has not answered within');
    expect(source.notice()).toContain('has not answered');
    await smi.answerNow();
    await vi.waitFor(async () => expect(await source.devices()).toHaveLength(8), WAIT);
    expect(await smi.starts()).toHaveLength(1);
    expect(source.notice()).toBeNull();
  });
});

describe('failures', () => {
  test('a driver that is down is told with since when, and clears by itself', async () => {
    const { smi, source, log } = await start('driverDown');
    await expect(source.devices()).rejects.toThrow('cannot reach the NVIDIA driver (exit 9)');
    const told = source.notice();
    expect(told).toMatch(/cannot reach the NVIDIA driver .* \(since 2\d{3}-.*Z\)$/);
    await expect(source.devices()).rejects.toThrow('cannot reach');
    expect(source.notice()).toBe(told);
    await smi.become('ok');
    expect(await source.devices()).toHaveLength(8);
    expect(source.notice()).toBeNull();
    expect(log.lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info']);
  });

  test('processes fail on their own account', async () => {
    const { source } = await start('driverDown');
    await expect(source.processes()).rejects.toThrow('cannot reach the NVIDIA driver');
    expect(source.notice()).toContain('cannot reach the NVIDIA driver');
  });

  test.each(['devices', 'processes'] as const)('nonsense is no answer for %s', async (question) => {
    const { source } = await start('nonsense');
    await expect(source[question]()).rejects.toThrow('gave no usable answer (exit 0): Segmentation fault');
  });

  test('a program that is not there is told apart from one that fails', async () => {
    const source = new NvidiaSmi({ start: nvidiaSmiAt('/nonexistent/nvidia-smi'), clock, log: recordingLog() });
    await expect(source.devices()).rejects.toThrow(NvidiaSmiMissing);
  });

  test('a run that hangs is killed after its deadline, and the next one is asked anew', async () => {
    const { smi, source, running } = await start('hang', { queryMs: 50 });
    await expect(source.devices()).rejects.toThrow('nvidia-smi gave no answer within');
    await vi.waitUntil(async () => (await running()) === 0, WAIT);
    await smi.become('ok');
    await vi.waitFor(async () => expect(await source.devices()).toHaveLength(8), WAIT);
  });
});

describe('telemetry', () => {
  test('samples hold every GPU and come from one run', async () => {
    const { smi, source } = await start('ok');
    const { samples } = watch(source);
    await vi.waitUntil(() => samples.length >= 3, WAIT);
    expect(samples[2]?.gpus.map(({ uuid }) => uuid)).toEqual(UUIDS);
    expect(samples[2]?.gpus[2]).toMatchObject({ utilizationPercent: 100, memoryUsedBytes: 98_304 * 1024 ** 2 });
    expect(await smi.starts()).toHaveLength(1);
    expect((await smi.starts())[0]?.args).toMatch(/ -l 1$/);
  });

  test('the run ends with its watcher', async () => {
    const { source, running } = await start('ok');
    const { samples, stop } = watch(source);
    await vi.waitUntil(() => samples.length > 0, WAIT);
    expect(await running()).toBe(1);
    await stop();
    await vi.waitUntil(async () => (await running()) === 0, WAIT);
    expect(source.notice()).toBeNull();
  });

  test('leaving the loop ends the run too', async () => {
    const { source, running } = await start('ok');
    for await (const { gpus } of source.telemetry(new AbortController().signal)) {
      expect(gpus).toHaveLength(8);
      break;
    }
    await vi.waitUntil(async () => (await running()) === 0, WAIT);
  });

  test('a run that dies is replaced', async () => {
    const { smi, source } = await start('diesAfterTwo');
    await source.devices();
    const { samples } = watch(source);
    await vi.waitUntil(async () => (await smi.starts()).length >= 4, WAIT);
    expect(samples.every(({ gpus }) => gpus.length === 8)).toBe(true);
  });

  test('a driver that goes down is told, and telemetry comes back with it', async () => {
    const { smi, source } = await start('diesAfterTwo');
    const { samples } = watch(source);
    await vi.waitUntil(() => samples.length > 0, WAIT);
    await smi.become('driverDown');
    await vi.waitUntil(() => source.notice()?.includes('cannot reach the NVIDIA driver'), WAIT);
    await smi.become('ok');
    const before = samples.length;
    await vi.waitUntil(() => samples.length > before && source.notice() === null, WAIT);
  });

  test('a driver that refuses a field is asked for fewer', async () => {
    const { source } = await start('refusesFields');
    const { samples } = watch(source);
    await vi.waitUntil(() => samples.length > 0, WAIT);
    expect(samples[0]?.gpus[0]).toMatchObject({ utilizationPercent: 98, temperatureC: null, powerW: null });
    expect(source.notice()).toBeNull();
  });

  test('silence is called stale with the time of the last sample, and the run is replaced', async () => {
    const { smi, source } = await start('hang', { staleMs: 20, silentMs: 100 });
    const { samples } = watch(source);
    await vi.waitUntil(() => source.notice()?.startsWith('no GPU telemetry from nvidia-smi (since 2'), WAIT);
    await smi.become('ok');
    await vi.waitUntil(() => samples.length > 0 && source.notice() === null, WAIT);
    expect((await smi.starts()).length).toBeGreaterThan(1);
  });

  test('nonsense is repeated in the notice', async () => {
    const { source } = await start('nonsense', { staleMs: 200 });
    watch(source);
    await vi.waitUntil(() => source.notice()?.startsWith('no GPU telemetry from nvidia-smi: '), WAIT);
  });
});

/** Runs that no signal ends, until the test lets them go. */
function stuckSmi() {
  const exits: ((exit: SmiExit) => void)[] = [];
  const ended = { code: null, spawnError: null };
  const start: StartSmi = (): SmiChild => {
    const { promise: gone, resolve } = Promise.withResolvers<SmiExit>();
    exits.push(resolve);
    return { pid: 4711, gone, kill: () => undefined };
  };
  return {
    start,
    started: () => exits.length,
    letGo: () => {
      for (const exit of exits) exit(ended);
    },
  };
}

describe('a run that cannot be ended', () => {
  const HASTY: Partial<SmiTiming> = {
    answerMs: 5_000,
    queryMs: 5,
    killGraceMs: 5,
    staleMs: 5,
    silentMs: 10,
    pauseMs: 5,
  };

  test('is abandoned, named with its pid, and nothing is started beside it', async () => {
    const stuck = stuckSmi();
    const source = new NvidiaSmi({ start: stuck.start, clock, log: recordingLog(), timing: HASTY });
    await expect(source.devices()).rejects.toThrow('nvidia-smi gave no answer within');
    expect(source.notice()).toMatch(/pid 4711.* no more is asked of it until it is gone$/);
    watch(source);
    await expect(source.devices()).rejects.toThrow('nvidia-smi (pid 4711) hangs in the driver since');
    await expect(source.processes()).rejects.toThrow('hangs in the driver');
    expect(stuck.started()).toBe(1);
  });

  test('no longer stands in the way once it is gone', async () => {
    const stuck = stuckSmi();
    const source = new NvidiaSmi({ start: stuck.start, clock, log: recordingLog(), timing: HASTY });
    await expect(source.devices()).rejects.toThrow();
    await expect(source.devices()).rejects.toThrow('hangs in the driver');
    stuck.letGo();
    await vi.waitUntil(() => source.notice()?.startsWith('nvidia-smi gave no answer within'), WAIT);
    await expect(source.devices()).rejects.toThrow('gave no answer within');
    expect(stuck.started()).toBe(2);
  });

  test('holds up neither the end of the telemetry nor its watcher', async () => {
    const stuck = stuckSmi();
    const source = new NvidiaSmi({ start: stuck.start, clock, log: recordingLog(), timing: HASTY });
    const { stop } = watch(source);
    await vi.waitUntil(() => source.notice()?.includes('hangs in the driver'), WAIT);
    await stop();
    expect(stuck.started()).toBe(1);
  });
});
