/** What the native procedures show of sets, versions, operations and plans. Times are RFC 3339 in UTC. */
import { z } from 'zod';
import { Bind, Timestamp } from './fields.ts';
import { NetworkLink } from './network.ts';

/**
 * What a set is meant to be doing.
 *  - running: its container runs, or is being brought back
 *  - frozen: suspended by the cgroup freezer, everything kept
 *  - paused: stopped, GPUs and ports kept
 *  - stopped: stopped, GPUs and ports released
 *  - exited: ended by itself
 */
export const SetState = z.enum(['running', 'frozen', 'paused', 'stopped', 'exited']).meta({ id: 'SetState' });
export type SetState = z.output<typeof SetState>;

export const PortGrant = z.object({
  containerPort: z.string().describe('For example "22/tcp"'),
  hostPort: z.int(),
  hostIp: z.string().optional().describe('Address of the host it is bound to, where one was asked for'),
});
export type PortGrant = z.output<typeof PortGrant>;

export const GpuRef = z.object({ uuid: z.string(), index: z.int().nullable(), name: z.string() });

/** Null where only the configuration of the host limits it. */
export const LimitsView = z
  .object({
    nanoCpus: z.int().nullable().describe('Billionths of a CPU'),
    memoryBytes: z.int().nullable(),
    memorySwapBytes: z.int().nullable().describe('Memory and swap together'),
    cpuShares: z.int().nullable(),
    cpusetCpus: z.string().nullable(),
    pidsMax: z.int().nullable(),
  })
  .meta({ id: 'Limits' });
export type LimitsView = z.output<typeof LimitsView>;

export const SetView = z
  .object({
    name: z.string(),
    uid: z.string(),
    owner: z.string(),
    state: SetState,
    reason: z.string().nullable().describe('Why it is in that state, where that is not plain'),
    busy: z.string().nullable().describe('The operation that is changing it now'),
    version: z.int(),
    containerName: z.string(),
    containerId: z.string(),
    imageName: z.string(),
    gpuCount: z.int(),
    gpus: z.array(GpuRef).describe('Granted now; empty after stop'),
    ports: z.array(PortGrant),
    leasesHeld: z.boolean(),
    binds: z.array(Bind),
    env: z.array(z.string()),
    cmd: z.array(z.string()),
    entrypoint: z.array(z.string()).nullable().describe("Null, as below: the image's own, or the host's default"),
    user: z.string().nullable(),
    workDir: z.string().nullable(),
    hostname: z.string().nullable(),
    init: z.boolean().nullable(),
    stopTimeoutS: z.int().nullable(),
    shmBytes: z.int().nullable(),
    labels: z.array(z.string()),
    limits: LimitsView,
    networks: z.array(NetworkLink).nullable().describe('Null: the default bridge alone'),
    createdAt: Timestamp,
    versionCreatedAt: Timestamp,
    stateSince: Timestamp,
  })
  .meta({ id: 'ReplicaSet' });
export type SetView = z.output<typeof SetView>;

/** What changes a replicaSet, and can be planned. */
export const SetVerb = z.enum([
  'run',
  'patch',
  'rollback',
  'restart',
  'stop',
  'pause',
  'continue',
  'start',
  'reboot',
  'freeze',
  'thaw',
  'kill',
  'resources',
  'rename',
  'commit',
  'delete',
]);

export type SetVerb = z.output<typeof SetVerb>;

/** What changes anything. */
export const Verb = z.enum([
  ...SetVerb.options,
  'network attach',
  'network detach',
  'volume create',
  'volume resize',
  'volume rm',
]);
export type Verb = z.output<typeof Verb>;

export const Amendment = z
  .object({
    at: Timestamp,
    actor: z.string(),
    operation: z.string(),
    changes: z.array(z.string()).describe('Such as "memory 64 GiB > 128 GiB"'),
  })
  .meta({ id: 'Amendment' });
export type Amendment = z.output<typeof Amendment>;

export const VersionView = z
  .object({
    version: z.int(),
    current: z.boolean(),
    parent: z.int().nullable().describe('The version it was made from; null for the first'),
    cause: Verb,
    changes: z.array(z.string()).describe('What differs from the parent, such as "gpus 1 > 2"'),
    amendments: z.array(Amendment).describe('What was changed since without making a new version, oldest first'),
    createdAt: Timestamp,
    actor: z.string(),
    imageName: z.string(),
    gpuCount: z.int(),
    gpus: z.array(z.string()).describe('UUIDs granted to it'),
    ports: z.array(PortGrant),
    binds: z.array(Bind),
    restorable: z.boolean().describe('Its files can be rolled back to'),
    snapshotBytes: z.int().nullable().describe('What its snapshot adds on disk'),
  })
  .meta({ id: 'Version' });
export type VersionView = z.output<typeof VersionView>;

export const OperationStep = z.object({
  name: z.string(),
  startedAt: Timestamp,
  endedAt: Timestamp.nullable(),
  bytes: z.int().nullable().describe('Bytes moved so far, where known'),
});

export const OperationView = z
  .object({
    id: z.string(),
    verb: Verb,
    name: z.string(),
    actor: z.string(),
    state: z.enum(['running', 'succeeded', 'failed', 'undone']),
    startedAt: Timestamp,
    endedAt: Timestamp.nullable(),
    steps: z.array(OperationStep),
    message: z.string().nullable().describe('The outcome in a sentence'),
  })
  .meta({ id: 'Operation' });
export type OperationView = z.output<typeof OperationView>;

export const PlanView = z
  .object({
    verb: Verb,
    name: z.string(),
    currentVersion: z.int(),
    nextVersion: z.int().nullable().describe('Null when no new version is made'),
    endsProcesses: z.array(z.object({ command: z.string(), pid: z.int(), elapsedMs: z.int().nullable() })),
    changes: z.array(z.string()),
    keeps: z.array(z.string()),
    steps: z.array(z.string()),
  })
  .meta({ id: 'Plan' });
export type PlanView = z.output<typeof PlanView>;
