/** What the in-memory engine holds: images, containers, volumes, live tasks. */
import type { ContainerSpec, ContainerState, Endpoint, ImageInfo, NetworkInfo } from '../../daemon/core/engine.ts';
import type { Files } from './memoryEngineFiles.ts';

export interface WorldImage extends ImageInfo {
  readonly files: ReadonlyMap<string, string>;
}

export interface WorldContainer {
  readonly id: string;
  spec: ContainerSpec;
  readonly image: WorldImage;
  readonly files: Files;
  /** By network. */
  readonly endpoints: Map<string, Endpoint>;
  /** GPUs that a foreign container asked for by number; -1: all. */
  readonly gpuCount: number;
  readonly log: LogLine[];
  /** How often it has ended. */
  exits: number;
  /** Of its terminal, once it was resized. */
  size: { readonly columns: number; readonly rows: number } | undefined;
  status: ContainerState['status'];
  exitCode: number;
  oomKilled: boolean;
  error: string;
  startedAt: string | null;
  finishedAt: string | null;
}

/** Containers have a terminal, so all of it is stdout. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** As Docker writes it. */
  readonly at: string;
}

export interface WorldVolume {
  readonly labels: Readonly<Record<string, string>>;
  readonly files: Files;
}

/** `configured`: made with a subnet of somebody's choice. */
export interface WorldNetwork extends NetworkInfo {
  readonly configured: boolean;
}

export interface LiveTask {
  readonly containerId: string;
  readonly pid: number;
  readonly gpus: readonly string[];
}

export interface EngineWorldOptions {
  /** UUIDs that the driver knows; by default the stub GPUs of the real test engine. */
  readonly gpus?: readonly string[];
  /** Images that exist from the start. */
  readonly images?: readonly string[];
}

export const isRunning = ({ status }: WorldContainer): boolean => status === 'running' || status === 'paused';
