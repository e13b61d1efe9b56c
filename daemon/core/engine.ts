/**
 * What Berth asks of a container engine. Implemented by the Docker adapter and by the in-memory engine of the tests;
 * both pass one conformance suite.
 *
 * Invariants
 *  - A call that timed out or lost its connection rejects with kind `unknown`: it may still take effect.
 *  - `inspect…` answers undefined for what does not exist; every other call rejects with kind `notFound`.
 *  - HostConfig is built from ContainerSpec alone, so nothing a client sends can ask for privileges.
 */

import type { NetworkLink } from '../../common/contract/network.ts';
import type { EngineStreams, OutputChunk } from './engineStreams.ts';

export type EngineErrorKind =
  /** The engine does not answer at all; nothing was sent. */
  | 'down'
  /** Sent, but the answer never came: the effect may or may not happen, now or later. */
  | 'unknown'
  | 'notFound'
  | 'imageNotFound'
  /** There is no such path in the container. */
  | 'pathNotFound'
  /** A directory is needed where something else is, or the other way round. */
  | 'notDirectory'
  /** What was to be unpacked is no tar archive, or breaks off. */
  | 'badArchive'
  | 'conflict'
  /** A host port is held by somebody else; `port` says which, where the engine does. */
  | 'portTaken'
  /** The GPU runtime refused: driver missing, unknown device. */
  | 'device'
  | 'noSpace'
  /** What was asked for cannot be, whatever the state: more CPUs than there are, too little memory. */
  | 'invalid'
  /** The engine may not raise a process limit that Berth asks for. It asks no more; create the container again. */
  | 'limits'
  /** The command of an exec or a container could not be started. */
  | 'command'
  | 'failed';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly kind: EngineErrorKind;
  readonly port: number | undefined;

  constructor(kind: EngineErrorKind, message: string, options: { port?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.port = options.port;
  }
}

/** Everything a container is made of. Absent limits mean none. */
export interface ContainerSpec {
  readonly name: string;
  /** Image or snapshot to start from. */
  readonly image: string;
  readonly cmd: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly user: string;
  /** Ids of further groups. */
  readonly groups: readonly string[];
  readonly workingDir: string;
  /** Null: the beginning of its id. */
  readonly hostname: string | null;
  readonly init: boolean;
  /** For whoever stops it past Berth. */
  readonly stopTimeoutS: number;
  /** Complete environment, image's own included. */
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `SRC:DEST`, host paths and volume names. */
  readonly binds: readonly string[];
  /** `hostIp`: the one address it is bound to; every one without it. */
  readonly ports: readonly { readonly containerPort: string; readonly hostPort: number; readonly hostIp?: string }[];
  /** The one network it begins on; null: the default bridge. Others are connected before it starts. */
  readonly network: Endpoint | null;
  /** UUIDs. Empty means none at all: the device request is left out and the GPUs are hidden. */
  readonly gpus: readonly string[];
  readonly limits: ContainerLimits;
  readonly stopSignal: string | null;
  readonly healthcheck: unknown;
}

/** A network with what a container has there. Names that the engine adds of its own are left out. */
export type Endpoint = Readonly<Omit<NetworkLink, 'aliases'>> & { readonly aliases: readonly string[] };

export interface NetworkInfo {
  readonly name: string;
  readonly driver: string;
  readonly subnets: readonly string[];
  readonly internal: boolean;
}

export interface ContainerLimits {
  readonly shmBytes: number | null;
  readonly memoryBytes: number | null;
  /** Memory and swap together. */
  readonly memorySwapBytes: number | null;
  readonly nanoCpus: number | null;
  readonly cpuShares: number | null;
  readonly cpusetCpus: string | null;
  readonly pidsMax: number | null;
  readonly logBytesMax: number;
}

export interface ContainerState {
  readonly id: string;
  readonly name: string;
  readonly status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** True while a process of it may be using its GPUs: running, frozen or restarting. */
  readonly running: boolean;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** What the engine says went wrong with its last start. */
  readonly error: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly env: readonly string[];
  readonly binds: readonly string[];
  readonly ports: readonly { readonly containerPort: string; readonly hostPort: number }[];
  /** `address`: null while it has none. */
  readonly networks: readonly (Endpoint & { readonly address: string | null })[];
  /** GPUs asked for: UUIDs or indices, or a bare count (-1: all). */
  readonly gpuIds: readonly string[];
  readonly gpuCount: number;
}

/** Only what a list call tells without an inspect each. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the networks it is on. */
  readonly networks: readonly string[];
}

export interface VolumeSummary {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageSummary {
  readonly id: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageInfo {
  readonly id: string;
  readonly layers: number;
  readonly sizeBytes: number;
  readonly comment: string;
  readonly cmd: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly user: string;
  readonly workingDir: string;
  readonly env: readonly string[];
  /** Paths that the image declares as volumes. */
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal: string | null;
  readonly healthcheck: unknown;
}

export interface EngineInfo {
  readonly version: string;
  readonly apiVersion: string;
}

export interface ContainerProcess {
  readonly pid: number;
  readonly command: string;
  readonly elapsedMs: number | null;
}

export interface ExecSpec {
  readonly cmd: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly env: readonly string[];
  readonly workDir: string | undefined;
  readonly user: string | undefined;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** A command running in a container. Chunks come in order of arrival over both streams. */
export interface ExecSession {
  readonly output: AsyncIterable<OutputChunk>;
  /** Resolves once the engine has taken the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends its stdin; output goes on. */
  endInput(): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Exit code, after the output has ended. A command that could not be started rejects with kind `command`. */
  exitCode(): Promise<number>;
  /** Ends the command and the stream; safe at any time. */
  kill(): Promise<void>;
}

export interface EngineEvent {
  readonly type: 'container';
  readonly action: string;
  readonly containerId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly exitCode: number | null;
}

/** Bytes moved so far by a long call. */
export type OnBytes = (bytes: number) => void;

export interface Engine extends EngineStreams {
  info(): Promise<EngineInfo>;
  /** The new container's id. */
  create(spec: ContainerSpec): Promise<string>;
  /** Nothing to do for one that runs; `conflict` for a frozen one. */
  start(container: string): Promise<void>;
  /** A frozen one is thawed by it. */
  stop(container: string, timeoutS: number): Promise<void>;
  /** Sends a signal to the main process, without waiting for what follows. `conflict` where it does not run. */
  kill(container: string, signal: string): Promise<void>;
  /** Other limits for one that is there, running or not; one that is null limits nothing. Shared memory and log stay. */
  update(container: string, limits: ContainerLimits): Promise<void>;
  /** Suspends every process by the cgroup freezer. `conflict` where it does not run, or is frozen already. */
  freeze(container: string): Promise<void>;
  /** `conflict` where it is not frozen. */
  thaw(container: string): Promise<void>;
  /** Stopped or running; its anonymous volumes go with it. */
  remove(container: string): Promise<void>;
  inspectContainer(container: string): Promise<ContainerState | undefined>;
  listContainers(): Promise<readonly ContainerSummary[]>;
  /** Saves a container's files as an image; `berth.*` labels are blanked. `comment` names the operation. */
  commit(container: string, tag: string, comment: string): Promise<void>;
  /** Saves a container's files as an image of one layer, with the labels given. */
  flatten(container: string, tag: string, comment: string, onBytes: OnBytes): Promise<void>;
  inspectImage(image: string): Promise<ImageInfo | undefined>;
  /** Removes the tag, and the image with its last tag. */
  removeImage(image: string): Promise<void>;
  listImages(): Promise<readonly ImageSummary[]>;
  /** Creates a volume of Docker's local driver; an existing one of that name is left alone. */
  createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  removeVolume(name: string): Promise<void>;
  inspectVolume(name: string): Promise<VolumeSummary | undefined>;
  listVolumes(): Promise<readonly VolumeSummary[]>;
  listNetworks(): Promise<readonly NetworkInfo[]>;
  /** By name or id. */
  inspectNetwork(network: string): Promise<NetworkInfo | undefined>;
  /**
   * Running or not. `conflict` where it is connected already; `invalid` for an address that the network cannot give.
   */
  connect(container: string, endpoint: Endpoint): Promise<void>;
  /** `notFound` where it is not connected. A network that is gone can be left too. */
  disconnect(container: string, network: string): Promise<void>;
  /** Processes inside, as the host sees them. */
  processes(container: string): Promise<readonly ContainerProcess[]>;
  exec(container: string, spec: ExecSpec): Promise<ExecSession>;
  /** Container events from now on; ends, or throws, when the connection is lost. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
}
