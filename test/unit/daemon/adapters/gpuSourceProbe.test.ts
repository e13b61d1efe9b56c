import { afterEach, expect, test, vi } from 'vitest';
import { type GpuChoice, probeGpuSource } from '../../../../daemon/adapters/gpuSourceProbe.ts';
import type { GpuSource } from '../../../../daemon/core/gpuSource.ts';
import { type FakeMode, fakeNvidiaSmi } from '../../../rig/fakeNvidiaSmi.ts';

const MISSING = '/nonexistent/nvidia-smi';
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const clock = { now: () => new Date() };
const timing = { answerMs: 5_000, killGraceMs: 5_000 };
const probe = (choice: GpuChoice, nvidiaSmi: string, waitMs = 5_000, queryMs = 60_000): Promise<GpuSource> =>
  probeGpuSource({ choice, nvidiaSmi, clock, log, waitMs, timing: { ...timing, queryMs } });

const closers: (() => PromiseLike<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function fake(mode: FakeMode) {
  const smi = await fakeNvidiaSmi(mode);
  closers.push(() => smi[Symbol.asyncDispose]());
  return smi;
}

test('nvidia-smi that answers is the source, and its first answer is not asked for twice', async () => {
  const smi = await fake('ok');
  const source = await probe('auto', smi.path);
  expect(source.kind).toBe('nvidia-smi');
  expect(await source.devices()).toHaveLength(8);
  expect(await smi.starts()).toHaveLength(1);
});

test('a host without nvidia-smi has no GPUs and says why', async () => {
  const source = await probe('auto', MISSING);
  expect(source.kind).toBe('none');
  expect(source.notice()).toBe(`nvidia-smi not found at ${MISSING}: no GPUs`);
  expect(await source.devices()).toEqual([]);
});

test('nvidia-smi that fails at the start is kept, and serves once its driver is back', async () => {
  const smi = await fake('driverDown');
  const source = await probe('auto', smi.path);
  expect(source.kind).toBe('nvidia-smi');
  expect(source.notice()).toContain('cannot reach the NVIDIA driver');
  await smi.become('ok');
  expect(await source.devices()).toHaveLength(8);
  expect(source.notice()).toBeNull();
});

test('nvidia-smi that answers slowly does not hold up the start, and its answer is used', async () => {
  const smi = await fake('slow');
  const source = await probe('auto', smi.path, 1);
  expect(source.notice()).toContain('its answer is awaited');
  await smi.answerNow();
  expect(await source.devices()).toHaveLength(8);
  expect(await smi.starts()).toHaveLength(1);
});

test('nvidia-smi that hangs at the start does not hold it up, and serves once it no longer hangs', async () => {
  const smi = await fake('hang');
  const source = await probe('auto', smi.path, 1, 100);
  expect(source.kind).toBe('nvidia-smi');
  await smi.become('ok');
  await vi.waitFor(async () => expect(await source.devices()).toHaveLength(8), { timeout: 4_500, interval: 20 });
});

test('no GPUs by choice is nothing to complain about, and nvidia-smi is left alone', async () => {
  const smi = await fake('ok');
  const source = await probe('none', smi.path);
  expect([source.kind, source.notice(), await smi.starts()]).toEqual(['none', null, []]);
});

test('simulated GPUs by choice need no nvidia-smi', async () => {
  const source = await probe({ simulated: 3 }, MISSING);
  expect(source.kind).toBe('simulated');
  expect(await source.devices()).toHaveLength(3);
});
