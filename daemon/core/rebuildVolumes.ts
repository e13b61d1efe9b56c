/**
 * Records of volumes from what the host and Docker show, for when the state is lost. Pure.
 *
 *  - One with a size is a directory on the host, whose id holds name and uid; a plain one is a Docker volume with labels.
 *  - Of several of one name the one that a container binds counts, else the newest.
 *
 * Lost are who owns them and their histories. The version of one with a size is the highest that a set has bound: its
 * files are the same whatever it is called.
 *
 * Not here: what the sets' records say (rebuild.ts), reading directories and asking Docker (the command).
 */
import type { ContainerState, VolumeSummary } from './engine.ts';
import { LABEL } from './labels.ts';
import { type Change, put, type VersionRecord, type VolumeRecord, versionKey, volumeKey } from './records.ts';
import { type SizedBackend, VOLUME_ID } from './volumeHost.ts';
import { hostIdOf, volumeNameOf } from './volumeUse.ts';

/** A directory below the volumes' directory; without `metadata` it was never finished, or cannot be read. */
export interface SizedVolume {
  readonly id: string;
  readonly metadata: { readonly backend: SizedBackend; readonly sizeBytes: number; readonly thin: boolean } | undefined;
}

export interface VolumeEvidence {
  readonly containers: readonly ContainerState[];
  readonly sized: readonly SizedVolume[];
  readonly dockerVolumes: readonly VolumeSummary[];
}

export interface RebuiltVolumes {
  readonly changes: readonly Change[];
  readonly volumes: number;
  readonly notes: readonly string[];
}

export interface RebuildFacts {
  readonly instance: string;
  readonly at: string;
  /** Of the audit row of the rebuild. */
  readonly operation: string;
}

const OWNER = 'unknown';

export function rebuildVolumes(
  evidence: VolumeEvidence,
  versions: readonly Pick<VersionRecord, 'spec' | 'volumes'>[],
  facts: RebuildFacts,
): RebuiltVolumes {
  const notes = evidence.sized
    .filter(({ metadata }) => metadata === undefined)
    .map(({ id }) => `volume directory ${id}: it says nothing of its volume, and was left out`);
  const found = [...sizedIn(evidence, versions, facts), ...plainIn(evidence, facts)];
  const changes: Change[] = [];
  for (const [name, all] of Map.groupBy(found, (it) => it.name)) {
    const [volume, ...others] = all.toSorted((a, b) => (rank(evidence, a) < rank(evidence, b) ? 1 : -1));
    if (volume === undefined) continue;
    for (const other of others)
      notes.push(`volume ${name}: ${placeOf(other)} is another one of that name, and was left out`);
    changes.push(...rowsOf(volume, Math.max(...all.map((it) => it.current)), facts));
  }
  const names = new Set(found.map((it) => it.name));
  return { changes, volumes: names.size, notes };
}

function sizedIn(
  { sized }: VolumeEvidence,
  versions: readonly Pick<VersionRecord, 'spec' | 'volumes'>[],
  { at }: RebuildFacts,
): readonly VolumeRecord[] {
  return sized.flatMap(({ id, metadata }) => {
    if (metadata === undefined || !VOLUME_ID.test(id)) return [];
    const dash = id.lastIndexOf('-');
    const [name, uid] = [id.slice(0, dash), id.slice(dash + 1)];
    const { backend, thin, sizeBytes } = metadata;
    const current = Math.max(1, ...versions.flatMap((version) => boundVersions(version, name)));
    const size = sizeText(sizeBytes);
    return [{ ...ageless(at), name, uid, current, backend, thin, size, sizeBytes, dockerName: null }];
  });
}

function plainIn({ dockerVolumes }: VolumeEvidence, { instance, at }: RebuildFacts): readonly VolumeRecord[] {
  return dockerVolumes.flatMap(({ name: dockerName, labels }) => {
    const { [LABEL.volume]: name, [LABEL.uid]: uid, [LABEL.version]: version } = labels;
    if (name === undefined || uid === undefined || labels[LABEL.instance] !== instance) return [];
    if (dockerName !== `${name}-${version}`) return [];
    const current = Number(version);
    return [
      { ...ageless(at), name, uid, current, backend: 'plain', thin: false, size: null, sizeBytes: null, dockerName },
    ];
  });
}

const ageless = (at: string): Pick<VolumeRecord, 'owner' | 'createdAt' | 'versionCreatedAt' | 'deleting'> => ({
  owner: OWNER,
  createdAt: at,
  versionCreatedAt: at,
  deleting: null,
});

/** What a set's version says of a volume's: which it was when the set began, and which its bind names. */
const boundVersions = ({ spec, volumes }: Pick<VersionRecord, 'spec' | 'volumes'>, name: string): number[] => [
  volumes?.[name] ?? 1,
  ...spec.binds
    .filter(({ src }) => src !== name && volumeNameOf(src) === name)
    .map(({ src }) => Number(src.slice(name.length + 1))),
];

const rank = ({ containers }: VolumeEvidence, volume: VolumeRecord): string => {
  const part = volume.dockerName === null ? `/${hostIdOf(volume)}/` : `${volume.dockerName}:`;
  const isBound = containers.some(({ binds }) => binds.some((bind) => bind.includes(part)));
  return `${isBound ? 1 : 0} ${volume.uid}`;
};

const placeOf = (volume: VolumeRecord): string =>
  volume.dockerName === null ? `the directory ${hostIdOf(volume)}` : `Docker's volume ${volume.dockerName}`;

function rowsOf(volume: VolumeRecord, highest: number, { operation }: RebuildFacts): readonly Change[] {
  const { name, current: version, size, sizeBytes, createdAt, owner: actor } = volume;
  const cause = version === 1 ? ('create' as const) : ('resize' as const);
  const note = `made again from ${placeOf(volume)}; what was before is not known`;
  const row = { name, version, cause, size, sizeBytes, note, actor, operation, createdAt };
  return [
    put('hw', volumeKey(name), highest),
    put('volume', name, volume),
    put('volumeVersion', versionKey(name, version), row),
  ];
}

const UNITS = ['TB', 'GB', 'MB', 'KB'] as const;

/** As it may have been asked for: whole, in the largest unit that leaves no rest. */
function sizeText(bytes: number): string {
  const power = UNITS.findIndex((_, at) => bytes % 2 ** (10 * (UNITS.length - at)) === 0);
  return power < 0 ? `${bytes / 2 ** 10}KB` : `${bytes / 2 ** (10 * (UNITS.length - power))}${UNITS[power]}`;
}
