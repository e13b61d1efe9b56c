/** The part of the configuration that policy depends on. Null means no limit. */
export interface Settings {
  /** Host ports that may be granted, both ends included. */
  readonly portRange: { readonly start: number; readonly end: number };
  /** Address that published ports are bound to unless they name one; null: every one. */
  readonly portAddress: string | null;
  /** Host directories below which users may bind. */
  readonly bindRoots: readonly string[];
  readonly stopTimeoutS: number;
  readonly shmBytes: number | null;
  readonly memoryPerGpuBytes: number | null;
  readonly cpusPerGpu: number | null;
  readonly pidsMax: number | null;
  /** Log kept of each container. */
  readonly logBytesMax: number;
  /** How long a set that ended with an error keeps its GPUs and ports. */
  readonly exitGraceMs: number;
}
