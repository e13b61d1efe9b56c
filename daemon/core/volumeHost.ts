/**
 * Volumes whose size holds, as directories of the host: all that Berth does on the host's file systems as root.
 * A fixed list of verbs on ids and numbers, never on paths or options of a caller, so that a small root helper can
 * serve them for a daemon without root.
 *
 * Invariants
 *  - Every verb can be run twice, also after a crash in its middle: what is done already is left as it is.
 *  - A verb that rejects has lost no byte; running it again, or `remove`, ends the matter.
 *  - What containers bind, `path(id)`, stays the same for the whole life of a volume, and exists only while the volume
 *    is mounted: a start without it fails, and nothing is ever written to the host's own disk in its place.
 *
 * Not here: volumes without a size, which are Docker's (engine.ts); versions, users and names (operations/).
 */

/** quota: a directory with an XFS project quota. loop: an image file with ext4, mounted. */
export type SizedBackend = 'quota' | 'loop';

export type VolumeHostErrorKind =
  /** The host's disk has not the room; `bytes` says how much would be needed. */
  | 'noRoom'
  /** It holds more than it would have room for; `bytes` says how much. */
  | 'tooSmall'
  /** It has to be unmounted for this, and somebody has it open. */
  | 'inUse'
  /** There is no such volume on this host. */
  | 'missing'
  | 'failed';

export class VolumeHostError extends Error {
  override readonly name = 'VolumeHostError';
  readonly kind: VolumeHostErrorKind;
  readonly bytes: number | undefined;

  constructor(kind: VolumeHostErrorKind, message: string, options: { bytes?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.bytes = options.bytes;
  }
}

/** What this host can do, probed once at start. */
export interface VolumeSupport {
  /** Null: a size cannot be enforced here. */
  readonly backend: SizedBackend | null;
  /** Where images and directories are. */
  readonly directory: string;
  /** Why this backend; without one, what is missing and how to get it. A sentence for people. */
  readonly reason: string;
  /** Whether a volume can grow while containers use it. */
  readonly growsInUse: boolean;
}

export interface VolumeLook {
  readonly backend: SizedBackend;
  readonly mounted: boolean;
  /** What can be written in all, and what is written; null while it is not mounted. */
  readonly capacityBytes: number | null;
  readonly usedBytes: number | null;
}

export interface VolumeHost {
  support(): VolumeSupport;
  /** Of the file system that holds the volumes. */
  room(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** Makes it, with at least `sizeBytes` to write, and mounts it. `thin`: takes the host's room only when written to. */
  create(id: string, options: { readonly sizeBytes: number; readonly thin: boolean }): Promise<void>;
  /** Mounts it, if it is not. */
  mount(id: string): Promise<void>;
  /**
   * Grows or shrinks it, with every byte; one that has this size is only mounted. In use where `growsInUse` allows;
   * else it is unmounted for a while, and rejects as `inUse` where somebody has it open. Smaller than what it holds:
   * `tooSmall`, and nothing has changed.
   */
  resize(id: string, sizeBytes: number): Promise<void>;
  /** Unmounts it, if it is mounted. Rejects as `inUse`, and leaves it mounted, where somebody has it open. */
  unmount(id: string): Promise<void>;
  /** Unmounts it and removes it with all it holds; one that is not there is fine. Rejects as `inUse`. */
  remove(id: string): Promise<void>;
  /** Undefined: there is none. */
  look(id: string): Promise<VolumeLook | undefined>;
  /** Ids of all that are there, whoever made them. */
  list(): Promise<readonly string[]>;
  /** The directory that containers bind. */
  path(id: string): string;
}

/** What an id may be: it becomes the name of a directory. */
export const VOLUME_ID = /^[a-zA-Z0-9][a-zA-Z0-9_.]{0,99}-[0-9A-HJKMNP-TV-Z]{26}$/;
