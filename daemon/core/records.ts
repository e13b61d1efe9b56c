/**
 * Long because it is the schema of all that is written down, table by table. Keys stand beside each record; the store's codecs give them their bytes.
 *
 * Long because every table has its record here.
 *
 *  hw    NAME            highest version number ever given out; outlives delete. Of a volume: `volume:NAME`
 *  set   NAME            the replicaSet
 *  version NAME/N        one version
 *  volume NAME           a volume
 *  volumeVersion NAME/N  one version of a volume
 *  gpu   UUID            inventory: what was seen of a GPU, and whether it is quarantined or drained
 *  gpuLease UUID         who holds a GPU
 *  portLease N           who holds a host port, or that somebody outside Berth does
 *  intent ULID           an operation that has not ended
 *  unknown CONTAINER     a start whose outcome is not known yet
 *  audit ULID            who changed what
 *  idem  ACTOR/KEY       what was answered to a request that may be sent again
 *  meta  KEY             schema number and instance id
 */
import type { Bind } from '../../common/contract/fields.ts';
import type { NetworkLink as NetworkLinkView } from '../../common/contract/network.ts';
import type { Amendment as AmendmentView, LimitsView, PortGrant, SetState, Verb } from '../../common/contract/views.ts';
import type { VolumeBackend } from '../../common/contract/volume.ts';
import type { Idempotency } from '../../common/services.ts';

/** What was asked for; survives every recreation unless a patch changes it. */
export interface VersionSpec {
  /** The name the user gave, whatever snapshot the container really starts from. */
  readonly imageName: string;
  readonly gpuCount: number;
  readonly binds: readonly Bind[];
  readonly env: readonly string[];
  /** As asked for, "22" or "53/udp". */
  readonly containerPorts: readonly string[];
  /** Empty: the image's own. */
  readonly cmd: readonly string[];
  /** What follows is the image's own, or the configuration's default, where it is null. */
  readonly entrypoint: readonly string[] | null;
  /** As Docker takes it, with further group ids behind a plus sign. */
  readonly user: string | null;
  readonly workDir: string | null;
  readonly hostname: string | null;
  readonly init: boolean | null;
  readonly stopTimeoutS: number | null;
  readonly shmBytes: number | null;
  /** KEY=value. */
  readonly labels: readonly string[];
  readonly limits: Limits;
  /** Null: the default bridge alone. */
  readonly networks: readonly NetworkLink[] | null;
}

export type NetworkLink = Readonly<Omit<NetworkLinkView, 'aliases'>> & { readonly aliases: readonly string[] };

/** What a container may use. */
export type Limits = Readonly<LimitsView>;

/** What the image says, read once at run: a commit bakes its own values over it. */
export interface ImageDefaults {
  readonly imageId: string;
  readonly cmd: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly user: string;
  readonly workingDir: string;
  readonly env: readonly string[];
  readonly stopSignal: string | null;
  readonly healthcheck: unknown;
}

export type Amendment = {
  readonly [K in keyof AmendmentView]: K extends 'changes' ? readonly string[] : AmendmentView[K];
};

export interface Snapshot {
  /** Image reference, unique to the operation that made it. */
  readonly tag: string;
  readonly sizeBytes: number | null;
}

/** A volume that stands for a VOLUME line of the image, so that its files too survive recreation. */
export interface ImplicitVolume {
  readonly name: string;
  readonly dest: string;
}

export interface VersionRecord {
  readonly name: string;
  readonly version: number;
  readonly parent: number | null;
  readonly cause: Verb;
  /** What differs from the parent, in words. */
  readonly changes: readonly string[];
  readonly actor: string;
  readonly operation: string;
  readonly createdAt: string;
  readonly spec: VersionSpec;
  readonly defaults: ImageDefaults;
  readonly implicitVolumes: readonly ImplicitVolume[];
  /** Volumes of Berth's that it had bound when it began, each with its version then. */
  readonly volumes?: Readonly<Record<string, number>>;
  readonly gpus: readonly string[];
  readonly ports: readonly PortGrant[];
  readonly containerName: string;
  readonly containerId: string;
  /** Image the container started from. */
  readonly startedFrom: string;
  /** Live changes since it was made, oldest first; they stand in its spec too. */
  readonly amendments: readonly Amendment[];
  /** Its files as it ended; null while it is current. */
  readonly snapshot: Snapshot | null;
}

export interface ReplicaSetRecord {
  readonly name: string;
  /** ULID; labels carry it, so that a recreated name is a different set. */
  readonly uid: string;
  readonly owner: string;
  readonly createdAt: string;
  readonly current: number;
  readonly desired: SetState;
  readonly stateSince: string;
  readonly reason: string | null;
  /** The intent of a delete: the set is as good as gone. */
  readonly deleting: string | null;
}

/** Everything that is true of its current version too. */
export interface VolumeRecord {
  readonly name: string;
  /** ULID, so that a recreated name is a different volume. */
  readonly uid: string;
  readonly owner: string;
  readonly createdAt: string;
  readonly current: number;
  readonly versionCreatedAt: string;
  readonly backend: VolumeBackend;
  readonly thin: boolean;
  /** As asked for; null without one. */
  readonly size: string | null;
  readonly sizeBytes: number | null;
  /** The Docker volume of a plain one, else null. */
  readonly dockerName: string | null;
  /** The intent of a delete: it is as good as gone. */
  readonly deleting: string | null;
}

export interface VolumeVersionRecord {
  readonly name: string;
  readonly version: number;
  readonly cause: 'create' | 'resize';
  readonly size: string | null;
  readonly sizeBytes: number | null;
  readonly note: string;
  readonly actor: string;
  readonly operation: string;
  readonly createdAt: string;
}

export interface GpuRecord {
  readonly uuid: string;
  readonly index: number | null;
  readonly name: string;
  readonly memoryBytes: number | null;
  readonly busId: string | null;
  readonly numaNode: number | null;
  readonly simulated: boolean;
  readonly missingSince: string | null;
  readonly quarantine: { readonly reason: string; readonly since: string } | null;
  readonly drain: { readonly reason: string | null; readonly since: string; readonly actor: string } | null;
}

export interface GpuLease {
  readonly uuid: string;
  readonly name: string;
  readonly operation: string;
  readonly since: string;
}

export interface PortLease {
  readonly hostPort: number;
  /** Null: held by somebody outside Berth. */
  readonly name: string | null;
  readonly containerPort: string | null;
  readonly operation: string | null;
  readonly since: string;
  readonly reason: string | null;
}

/** An operation that has not ended: enough to undo it, or after its commit to finish it. */
export interface IntentRecord {
  readonly id: string;
  readonly verb: Verb;
  readonly name: string;
  readonly actor: string;
  readonly startedAt: string;
  readonly phase: 'prepared' | 'committed';
  /** Container and snapshot that this operation makes. */
  readonly container: string | null;
  readonly snapshotTag: string | null;
  readonly newVersion: number | null;
  /** The container it starts from, and whether that ran. */
  readonly previous: { readonly container: string; readonly version: number; readonly ran: boolean } | null;
  readonly addedGpus: readonly string[];
  readonly addedPorts: readonly number[];
  readonly volumes: readonly string[];
  /** What its client is told once it is committed. */
  readonly answer?: unknown;
  /** Of a kill. */
  readonly signal?: string;
  /** Of a delete that lets processes end by themselves first: how long. */
  readonly stopTimeoutS?: number;
  readonly idempotency?: Idempotency;
  /** Volumes of Berth's that the container it makes has bound, so that none is deleted meanwhile. */
  readonly binds?: readonly string[];
  /** The network that it attaches or detaches. */
  readonly network?: string;
  /** What it changes a volume from and to. */
  readonly volume?: VolumeChange;
}

export interface VolumeChange {
  readonly before: VolumeRecord | null;
  readonly after: VolumeRecord | null;
  /** It cannot be bound until this has ended. */
  readonly offline: boolean;
  /** Sets that were stopped for it, to be brought back as their next versions. */
  readonly users: readonly VolumeUser[];
}

export interface VolumeUser {
  readonly name: string;
  readonly version: number;
  readonly container: string;
}

export interface UnknownStart {
  readonly container: string;
  readonly name: string;
  readonly since: string;
}

export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  readonly startedAt?: string;
  readonly actor: string;
  readonly verb: string;
  readonly subject: string;
  readonly before: number | null;
  readonly after: number | null;
  readonly result: 'ok' | 'failed';
  readonly message: string | null;
}

/** Stands from the commit of its operation on; an operation that was undone leaves none, and may be tried again. */
export interface IdempotencyRecord {
  /** Of the request that it was answered to. */
  readonly hash: string;
  readonly answer: unknown;
  readonly at: string;
}

export interface Tables {
  hw: number;
  set: ReplicaSetRecord;
  version: VersionRecord;
  volume: VolumeRecord;
  volumeVersion: VolumeVersionRecord;
  gpu: GpuRecord;
  gpuLease: GpuLease;
  portLease: PortLease;
  intent: IntentRecord;
  unknown: UnknownStart;
  audit: AuditRecord;
  idem: IdempotencyRecord;
  meta: string;
}
export type Table = keyof Tables;

export type Change = {
  [T in Table]: PutOf<T> | { readonly table: T; readonly key: string; readonly del: true };
}[Table];
type PutOf<T extends Table> = { readonly table: T; readonly key: string; readonly value: Tables[T] };

export const put = <T extends Table>(table: T, key: string, value: Tables[T]): Change =>
  ({ table, key, value }) as unknown as Change;
export const del = (table: Table, key: string): Change => ({ table, key, del: true }) as Change;

/** Tables whose keys are NAME/N. */
export type VersionTable = 'version' | 'volumeVersion';

/** Sorts as numbers do: seven digits hold every version there will be. */
export const versionKey = (name: string, version: number): string => `${name}/${String(version).padStart(7, '0')}`;

/** What a volume's locks, intents and high-water mark go by: beside the sets' names, in which no colon can stand. */
export const volumeKey = (name: string): string => `volume:${name}`;

/** Tables small enough to live in memory; versions and audit are read where they are needed. */
export const RESIDENT = [
  'hw',
  'set',
  'volume',
  'gpu',
  'gpuLease',
  'portLease',
  'intent',
  'unknown',
  'idem',
  'meta',
] as const satisfies readonly Table[];
export type Resident = (typeof RESIDENT)[number];
