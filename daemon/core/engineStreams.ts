/**
 * What Berth asks of a container engine besides changes: looks inside, logs, files, waiting, attaching.
 *
 * Invariants
 *  - Every promise resolves once the engine has agreed; what it then streams is as fast as its reader.
 *  - A signal ends the stream and what the engine does for it; the stream then simply ends.
 *  - Unknown containers reject with `notFound`, unknown paths with `pathNotFound`, states that do not fit with `conflict`.
 *
 * Not here: the verbs that change containers (engine.ts).
 */

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Unix seconds, with a fraction where there is one. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly tail: number | undefined;
  readonly timestamps: boolean;
  readonly follow: boolean;
}

/** Since the container began, but for `cpuPercent` and what is in use now. */
export interface ContainerUsage {
  readonly at: string;
  /** Since the measurement before; null for the first. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly processes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

/** 0 modified, 1 added, 2 deleted. */
export interface FileChange {
  readonly path: string;
  readonly kind: 0 | 1 | 2;
}

/** What is at a path; `mode` as Go's FileMode. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

export interface ArchiveOptions {
  readonly noOverwriteDirNonDir: boolean;
  readonly copyUIDGID: boolean;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export type ByteStream = AsyncIterable<Uint8Array>;

/** The main process of a container, as a terminal sees it. Leaving it does not end it. */
export interface Attachment {
  readonly output: AsyncIterable<OutputChunk>;
  /** Resolves once the engine has taken the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the input of the main process, where it has one. */
  endInput(): void;
  /** Lets go of it; safe at any time. */
  detach(): void;
}

export interface EngineStreams {
  /** The engine's own answer, unchanged. */
  inspectRaw(container: string): Promise<Readonly<Record<string, unknown>>>;
  /** `psArgs`: options of the host's `ps`. */
  top(container: string, psArgs: string | undefined): Promise<ProcessTable>;
  /** What differs from the image the container started from. */
  changes(container: string): Promise<readonly FileChange[]>;
  /** A measurement a second. Ends with the container. */
  usage(container: string, signal: AbortSignal): Promise<AsyncIterable<ContainerUsage>>;
  /** What the container has printed; with a terminal all of it is stdout. A followed log ends with the container. */
  logs(container: string, query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<OutputChunk>>;
  exportFiles(container: string, signal: AbortSignal): Promise<ByteStream>;
  statPath(container: string, path: string): Promise<PathStat>;
  /** A file or directory as a tar archive. */
  readArchive(
    container: string,
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly stat: PathStat; readonly bytes: ByteStream }>;
  /** Unpacks a tar archive into a directory that is there. */
  writeArchive(
    container: string,
    path: string,
    bytes: ByteStream,
    options: ArchiveOptions,
    signal: AbortSignal,
  ): Promise<void>;
  /** The exit code. Rejects with `unknown` when the signal fires first. */
  wait(container: string, condition: WaitCondition, signal: AbortSignal): Promise<number>;
  attach(container: string, stdin: boolean): Promise<Attachment>;
  /** The size of the main process's terminal. */
  resize(container: string, columns: number, rows: number): Promise<void>;
}
