/** The settings that tests of the core run under, unless they say otherwise. */
import type { Settings } from '../../daemon/core/settings.ts';

export const SETTINGS: Settings = {
  portRange: { start: 40_000, end: 40_019 },
  portAddress: null,
  bindRoots: [],
  stopTimeoutS: 10,
  shmBytes: null,
  memoryPerGpuBytes: null,
  cpusPerGpu: null,
  pidsMax: null,
  logBytesMax: 1_000_000,
  exitGraceMs: 600_000,
};
