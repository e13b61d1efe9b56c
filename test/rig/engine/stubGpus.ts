/** The GPUs of the stub driver, as gpu/inventory.csv lists them; the in-memory engine has the same. */

export const STUB_GPU_COUNT = 8;

/** UUID of the stub GPU at an index. */
export const stubGpu = (index: number): string => `GPU-5b1c0000-0000-4000-8000-${String(index).padStart(12, '0')}`;

export const stubGpus = (count = STUB_GPU_COUNT): readonly string[] =>
  Array.from({ length: count }, (_, i) => stubGpu(i));
