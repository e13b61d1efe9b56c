/**
 * Records from what Docker and the host show: sets, versions, volumes, grants and high-water marks, for when the state
 * is lost. Pure.
 *
 *  - A container carries the record of its version, a snapshot that of the version whose files it holds.
 *  - The highest version of a set is its current one. It runs as its container runs, and holds what that was given;
 *    a set whose container does not run holds nothing, as after a stop.
 *
 * Lost are audit, idempotency keys, drains and quarantines, amendments of a current version (also another name), versions
 * whose snapshot is gone, and the numbers of sets and volumes that were deleted: nothing is left that tells them.
 *
 * Not here: asking Docker and writing the state (the command `berthd doctor --rebuild`).
 */
import type { ContainerState } from './engine.ts';
import { LABEL, snapshotParts } from './labels.ts';
import { type RebuildFacts, rebuildVolumes, type VolumeEvidence } from './rebuildVolumes.ts';
import { type CarriedRecord, recordFrom } from './recordLabel.ts';
import { type Change, put, type ReplicaSetRecord, type VersionRecord, versionKey } from './records.ts';

export interface Evidence extends VolumeEvidence {
  readonly snapshots: readonly { readonly tag: string; readonly comment: string }[];
}

export interface Rebuilt {
  readonly changes: readonly Change[];
  readonly sets: number;
  readonly versions: number;
  readonly volumes: number;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

interface Found extends CarriedRecord {
  readonly container: ContainerState | undefined;
  readonly tag: string | undefined;
}

const REASON = 'rebuilt from the labels of its container, which does not run';

export function rebuild(evidence: Evidence, facts: RebuildFacts): Rebuilt {
  const { instance, at } = facts;
  const found = underOneName(foundIn(evidence).filter((it) => it.instance === instance));
  const notes: string[] = [];
  const changes: Change[] = highWaters(found);
  const leases = new Map<string, string>();
  let versions = 0;
  const byName = Map.groupBy(found, (it) => it.version.name);
  for (const [name, all] of byName) {
    const { uid, others } = chosenSet(all);
    if (others > 0) notes.push(`${name}: ${others} snapshots of an earlier set of that name were left out`);
    const records = versionsOf(all.filter((it) => it.set.uid === uid));
    const current = records.at(-1) as Found;
    const set = setRecord(current, at);
    changes.push(put('set', name, set));
    for (const it of records)
      changes.push(put('version', versionKey(name, it.version.version), versionRecord(it, current)));
    changes.push(...grants(set, current, at, leases, notes));
    versions += records.length;
    const lost = records.filter((it) => it !== current && it.tag === undefined).map((it) => it.version.version);
    if (lost.length > 0) notes.push(`${name}: no snapshot of version ${lost.join(', ')}: it cannot be rolled back to`);
    if (current.container === undefined)
      notes.push(`${name}: its container is gone; roll back to a version that is left`);
  }
  const volumes = rebuildVolumes(
    evidence,
    found.map((it) => it.version),
    facts,
  );
  return {
    changes: [...changes, ...volumes.changes],
    sets: byName.size,
    versions,
    volumes: volumes.volumes,
    notes: [...notes, ...volumes.notes],
  };
}

/** Also of the names that containers had before a set was renamed: none is ever used twice. */
function highWaters(found: readonly Found[]): Change[] {
  const named = found.flatMap(({ version: { name, version, containerName } }) => [
    { name, version },
    { name: containerName.replace(/-\d+$/, ''), version },
  ]);
  return [...Map.groupBy(named, (it) => it.name)].map(([name, all]) =>
    put('hw', name, Math.max(...all.map((it) => it.version))),
  );
}

/** Every instance that left something, for who has to choose. */
export const instancesIn = (evidence: Evidence): ReadonlySet<string> =>
  new Set([
    ...foundIn(evidence).map((it) => it.instance),
    ...evidence.dockerVolumes.flatMap(({ labels }) => (LABEL.volume in labels ? (labels[LABEL.instance] ?? []) : [])),
  ]);

function foundIn({ containers, snapshots }: Evidence): readonly Found[] {
  const fromContainers = containers.flatMap((container) => {
    const record = recordFrom(container.labels[LABEL.record]);
    const isOwn =
      record !== undefined &&
      container.name === record.version.containerName &&
      container.labels[LABEL.uid] === record.set.uid &&
      container.labels[LABEL.instance] === record.instance;
    return isOwn ? [{ ...record, container, tag: undefined }] : [];
  });
  const fromSnapshots = snapshots.flatMap(({ tag, comment }) => {
    const record = recordFrom(comment);
    const isOwn = record !== undefined && snapshotParts(tag)?.uid === record.set.uid.toUpperCase();
    return isOwn ? [{ ...record, container: undefined, tag }] : [];
  });
  return [...fromContainers, ...fromSnapshots];
}

/** A set that was renamed goes by the name of its newest version that is known. */
function underOneName(found: readonly Found[]): readonly Found[] {
  const byVersion = found.toSorted((a, b) => a.version.version - b.version.version);
  const names = new Map(byVersion.map(({ set, version }) => [set.uid, version.name]));
  return found.map((it) => ({ ...it, version: { ...it.version, name: names.get(it.set.uid) ?? it.version.name } }));
}

/** A name may have belonged to several sets: the one with a container counts, else the newest. */
function chosenSet(all: readonly Found[]): { readonly uid: string; readonly others: number } {
  const rank = (it: Found): string => `${it.container === undefined ? 0 : 1} ${it.set.createdAt}`;
  const { uid } = (all.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))[0] as Found).set;
  return { uid, others: all.filter((it) => it.set.uid !== uid).length };
}

/** One for each version, oldest first: what its container and its snapshot say together. */
function versionsOf(all: readonly Found[]): readonly Found[] {
  const merged = new Map<number, Found>();
  for (const it of all) {
    const before = merged.get(it.version.version);
    merged.set(it.version.version, {
      ...it,
      container: it.container ?? before?.container,
      tag: it.tag ?? before?.tag,
    });
  }
  return [...merged.values()].toSorted((a, b) => a.version.version - b.version.version);
}

/** A current version has no snapshot yet: its files are in its container. */
const versionRecord = (it: Found, current: Found): VersionRecord => ({
  ...it.version,
  amendments: it.version.amendments ?? [],
  containerId: it.container?.id ?? '',
  snapshot:
    it.tag === undefined || (it === current && it.container !== undefined) ? null : { tag: it.tag, sizeBytes: null },
});

function setRecord({ set, version, container }: Found, at: string): ReplicaSetRecord {
  const desired = container?.status === 'paused' ? 'frozen' : container?.running ? 'running' : 'stopped';
  return {
    name: version.name,
    uid: set.uid,
    owner: set.owner,
    createdAt: set.createdAt,
    current: version.version,
    desired,
    stateSince: at,
    reason: desired === 'stopped' ? REASON : null,
    deleting: null,
  };
}

function grants(
  set: ReplicaSetRecord,
  { version }: Found,
  since: string,
  taken: Map<string, string>,
  notes: string[],
): Change[] {
  if (set.desired === 'stopped') return [];
  const { name, operation } = version;
  const take = (what: string, change: Change): Change[] => {
    const holder = taken.get(what);
    if (holder !== undefined) notes.push(`${name}: ${what} was granted to ${holder} too; stop one of them`);
    taken.set(what, holder ?? name);
    return holder === undefined ? [change] : [];
  };
  return [
    ...version.gpus.flatMap((uuid) => take(`GPU ${uuid}`, put('gpuLease', uuid, { uuid, name, operation, since }))),
    ...version.ports.flatMap(({ hostPort, containerPort }) =>
      take(
        `host port ${hostPort}`,
        put('portLease', String(hostPort), { hostPort, containerPort, name, operation, since, reason: null }),
      ),
    ),
  ];
}
