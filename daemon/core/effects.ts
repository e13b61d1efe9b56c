/**
 * The vocabulary of operations: an operation is a generator that yields effects and holds no promises, so that
 * a driver can run it for real, or step by step with a fault at any yield.
 *
 * Invariants
 *  - Between two yields an operation is synchronous: what it chose from the state is still true at its next yield.
 *  - Every effect is either journaled (write) or can be settled by looking (engine).
 *
 * Not here: the driver (journal.ts), what the operations do (operations/).
 */
import type { Engine } from './engine.ts';
import type { EngineStreams } from './engineStreams.ts';
import {
  type AuditRecord,
  type Change,
  type Table,
  type VersionRecord,
  type VolumeVersionRecord,
  versionKey,
} from './records.ts';
import type { VolumeHost } from './volumeHost.ts';

/** Engine calls that operations make; streams belong to services instead. */
export type EngineVerb = Exclude<keyof Engine, keyof EngineStreams | 'exec' | 'events' | 'processes' | 'info'>;

/** What operations ask of the host's volumes. */
export type VolumeHostVerb = Exclude<keyof VolumeHost, 'support' | 'path' | 'list'>;

export type Effect =
  | { readonly kind: 'write'; readonly changes: readonly Change[] }
  | { readonly kind: 'engine'; readonly verb: EngineVerb; readonly args: readonly unknown[] }
  /** Live processes of a container, by its id, whatever the engine says. */
  | { readonly kind: 'tasks'; readonly container: string }
  | { readonly kind: 'realPath'; readonly path: string }
  /** Keeps the end of a container's log; `dropLogs` forgets all that were kept of a set. */
  | { readonly kind: 'keepLog'; readonly container: string; readonly uid: string; readonly version: number }
  | { readonly kind: 'dropLogs'; readonly uid: string }
  /** One row of the store. */
  | { readonly kind: 'row'; readonly table: Table; readonly key: string }
  | { readonly kind: 'versions'; readonly name: string }
  | { readonly kind: 'volumeVersions'; readonly name: string }
  | { readonly kind: 'volume'; readonly verb: VolumeHostVerb; readonly args: readonly unknown[] }
  | { readonly kind: 'wait'; readonly ms: number };

export type Operation<T> = Generator<Effect, T, unknown>;

/** One atomic, synced batch. */
export function* write(...changes: readonly Change[]): Operation<void> {
  yield { kind: 'write', changes };
}

export function* engine<V extends EngineVerb>(
  verb: V,
  ...args: Parameters<Engine[V]>
): Operation<Awaited<ReturnType<Engine[V]>>> {
  return (yield { kind: 'engine', verb, args }) as Awaited<ReturnType<Engine[V]>>;
}

export function* liveTasks(container: string): Operation<readonly number[]> {
  return (yield { kind: 'tasks', container }) as readonly number[];
}

export function* realPath(path: string): Operation<string | undefined> {
  return (yield { kind: 'realPath', path }) as string | undefined;
}

export function* keepLog(container: string, uid: string, version: number): Operation<void> {
  yield { kind: 'keepLog', container, uid, version };
}

export function* dropLogs(uid: string): Operation<void> {
  yield { kind: 'dropLogs', uid };
}

export function* readVersion(name: string, version: number): Operation<VersionRecord | undefined> {
  return (yield { kind: 'row', table: 'version', key: versionKey(name, version) }) as VersionRecord | undefined;
}

/** Who did what, once the operation has ended. */
export function* readAudit(operation: string): Operation<AuditRecord | undefined> {
  return (yield { kind: 'row', table: 'audit', key: operation }) as AuditRecord | undefined;
}

/** Every version of a volume, newest first. */
export function* readVolumeVersions(name: string): Operation<readonly VolumeVersionRecord[]> {
  return (yield { kind: 'volumeVersions', name }) as readonly VolumeVersionRecord[];
}

export function* volumeHost<V extends VolumeHostVerb>(
  verb: V,
  ...args: Parameters<VolumeHost[V]>
): Operation<Awaited<ReturnType<VolumeHost[V]>>> {
  return (yield { kind: 'volume', verb, args }) as Awaited<ReturnType<VolumeHost[V]>>;
}

/** Every version of a set, newest first. */
export function* readVersions(name: string): Operation<readonly VersionRecord[]> {
  return (yield { kind: 'versions', name }) as readonly VersionRecord[];
}

export function* wait(ms: number): Operation<void> {
  yield { kind: 'wait', ms };
}
