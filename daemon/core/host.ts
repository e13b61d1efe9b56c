/** What the core asks of the host besides engine, store and GPUs. */

import type { BackupView } from '../../common/contract/system.ts';

/** Wall clock, as the records keep it. */
export interface Clock {
  now(): Date;
}

/** New operation ids and set uids: ULIDs, strictly rising within one process. */
export type NewId = () => string;

export interface HostTasks {
  /** PIDs of live processes in the cgroup of a container, by its 64-hex id, whatever the engine says of it. */
  tasksOf(containerId: string): Promise<readonly number[]>;
}

export interface HostFiles {
  /** The path with every symbolic link followed, or undefined when there is nothing. */
  realPath(path: string): Promise<string | undefined>;
}

export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface Backups {
  /** Rejects with BACKUP_FAILED. */
  take(): Promise<BackupView>;
  /** Newest first. */
  list(): Promise<readonly BackupView[]>;
}
