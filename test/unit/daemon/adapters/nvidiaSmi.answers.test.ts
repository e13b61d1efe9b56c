import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { SmiExit, StartSmi } from '../../../../daemon/adapters/nvidiaChild.ts';
import { HOST_PATHS, type HostPaths } from '../../../../daemon/adapters/nvidiaProcesses.ts';
import { NvidiaSmi } from '../../../../daemon/adapters/nvidiaSmi.ts';

const WAIT = { timeout: 4_000, interval: 5 };
const GOLDEN = join(import.meta.dirname, '../../../golden/nvidia-smi');
const golden = (name: string): string[] => readFileSync(join(GOLDEN, `${name}.txt`), 'utf8').split('\n');
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const clock = { now: () => new Date() };

/** nvidia-smi in memory: each run stays open until the test lets it answer. */
function scriptedSmi() {
  const runs: {
    readonly args: string;
    answer(lines: readonly string[], code?: number): void;
    say(line: string): void;
  }[] = [];
  const start: StartSmi = (args, onLine) => {
    const { promise: gone, resolve } = Promise.withResolvers<SmiExit>();
    const end = (code: number | null) => resolve({ code, spawnError: null });
    const answer = (lines: readonly string[], code = 0) => {
      lines.forEach(onLine);
      end(code);
    };
    runs.push({ args: args.join(' '), answer, say: onLine });
    return { pid: 4711, gone, kill: () => end(null) };
  };
  return { start, runs, started: (count: number) => vi.waitUntil(() => runs.length === count, WAIT) };
}

function open(paths: HostPaths = HOST_PATHS) {
  const smi = scriptedSmi();
  const timing = { answerMs: 60_000, staleMs: 60_000, silentMs: 120_000, pauseMs: 60_000 };
  return { smi, source: new NvidiaSmi({ start: smi.start, clock, log, paths, timing }) };
}

/** One question whose run answers at once. */
async function ask<T>(question: (source: NvidiaSmi) => Promise<T>, lines: readonly string[], code = 0) {
  const { smi, source } = open();
  const answer = question(source);
  await smi.started(1);
  smi.runs[0]?.answer(lines, code);
  return { answer, source };
}
const devicesOf = (source: NvidiaSmi) => source.devices();
const processesOf = (source: NvidiaSmi) => source.processes();

test('a second question is put once the first is answered', async () => {
  const { smi, source } = open();
  const devices = source.devices();
  const processes = source.processes();
  await smi.started(1);
  smi.runs[0]?.answer(golden('h200x8.devices'));
  await devices;
  await smi.started(2);
  smi.runs[1]?.answer([]);
  expect(await processes).toEqual([]);
  expect(smi.runs.map(({ args }) => args.split('=')[0])).toEqual(['--query-gpu', '--query-compute-apps']);
});

test('a second question is not put before', async () => {
  const { smi, source } = open();
  const both = Promise.allSettled([source.devices(), source.processes()]);
  await smi.started(1);
  await new Promise(setImmediate);
  expect(smi.runs).toHaveLength(1);
  smi.runs[0]?.answer([], 1);
  await smi.started(2);
  smi.runs[1]?.answer([], 1);
  await both;
});

test('a lost GPU costs the others nothing and is told by the notice', async () => {
  const { answer, source } = await ask(devicesOf, golden('lostGpu.devices'), 15);
  expect((await answer).map(({ index }) => index)).toEqual([0, 1, 3]);
  expect(source.notice()).toMatch(/^nvidia-smi says: Unable to determine the device handle for GPU 0000:52:00.0/);
});

test('a host whose GPUs are all gone has none, and the notice says so', async () => {
  const { answer, source } = await ask(devicesOf, golden('noDevices'), 6);
  expect(await answer).toEqual([]);
  expect(source.notice()).toContain('No devices were found');
});

test('no output at all is a failure of the inventory and no process for the processes', async () => {
  await expect((await ask(devicesOf, [])).answer).rejects.toThrow('nvidia-smi printed nothing (exit 0)');
  expect(await (await ask(processesOf, [])).answer).toEqual([]);
  await expect((await ask(processesOf, [], 9)).answer).rejects.toThrow('cannot reach the NVIDIA driver');
});

test('processes that answer again clear the notice', async () => {
  const { smi, source } = open();
  const failed = source.processes();
  await smi.started(1);
  smi.runs[0]?.answer(golden('driverDown'), 9);
  await expect(failed).rejects.toThrow('cannot reach');
  const answered = source.processes();
  await smi.started(2);
  smi.runs[1]?.answer([]);
  await answered;
  expect(source.notice()).toBeNull();
});

test('devices know their NUMA node', async () => {
  const sys = await mkdtemp(join(tmpdir(), 'sys-'));
  const device = join(sys, 'bus/pci/devices/0000:43:00.0');
  await mkdir(device, { recursive: true });
  await writeFile(join(device, 'numa_node'), '1\n');
  const { smi, source } = open({ ...HOST_PATHS, sys });
  const devices = source.devices();
  await smi.started(1);
  smi.runs[0]?.answer(golden('h200x8.devices').slice(0, 2));
  expect((await devices).map(({ numaNode }) => numaNode)).toEqual([null, 1]);
  await rm(sys, { recursive: true });
});

test('the first tick is a sample where the number of GPUs is known', async () => {
  const { smi, source } = open();
  const devices = source.devices();
  await smi.started(1);
  smi.runs[0]?.answer(golden('h200x8.devices'));
  await devices;
  const samples = source.telemetry(new AbortController().signal)[Symbol.asyncIterator]();
  const first = samples.next();
  await smi.started(2);
  for (const line of golden('h200x8.telemetry')) smi.runs[1]?.say(line);
  expect((await first).value.gpus).toHaveLength(8);
  await samples.return?.();
});

test('why the telemetry ended is told from what it printed, blank lines aside', async () => {
  const { smi, source } = open();
  const abort = new AbortController();
  const ended = source.telemetry(abort.signal)[Symbol.asyncIterator]().next();
  await smi.started(1);
  smi.runs[0]?.answer(['', 'Out of file handles', '', '', ''], 3);
  await vi.waitUntil(() => source.notice()?.startsWith('nvidia-smi gave no usable answer (exit 3): Out of'), WAIT);
  abort.abort();
  await ended;
});

test('trouble with the telemetry is forgotten once nobody watches', async () => {
  const { smi, source } = open();
  const abort = new AbortController();
  const ended = source.telemetry(abort.signal)[Symbol.asyncIterator]().next();
  await smi.started(1);
  smi.runs[0]?.answer(golden('driverDown'), 9);
  await vi.waitUntil(() => source.notice()?.includes('cannot reach the NVIDIA driver'), WAIT);
  abort.abort();
  expect(await ended).toEqual({ done: true, value: undefined });
  expect(source.notice()).toBeNull();
});
