/**
 * What a user could tell of a host: sets, versions with the files of each, grants, own images; no ids, no times.
 *
 * Two hosts with equal pictures are equally good: this is how all-or-nothing is checked, and that no file is lost.
 */
import { type VersionRecord, type VolumeRecord, versionKey } from '../../daemon/core/records.ts';
import { hostIdOf } from '../../daemon/core/volumeUse.ts';
import { isLost } from '../rig/coreViolations.ts';
import type { SimHost } from './simHost.ts';

/** What tests write, and read again. */
export const CANARY = '/keep';
const SEED = '/data/seed';

interface Saved {
  readonly host: SimHost;
  readonly saved: ReadonlyMap<string, string>;
  readonly lost: ReadonlySet<string>;
}

export interface Picture {
  readonly whole: string;
  /** But for the host ports: for faults that teach that one is taken. */
  readonly withoutPorts: string;
  /** But for the set `other`, which may come back as it was or as its next version, and for who has which GPU. */
  readonly withoutOther: string;
}

export function pictureOf(host: SimHost): Picture {
  const { rows, world } = host;
  const versions = [...rows.rows('version').values()];
  const sets = [...rows.rows('set').values()].map(({ name, desired, current, reason }) => ({
    name,
    desired,
    current,
    reason,
    versions: versions.filter((it) => it.name === name).map((it) => versionPicture(host, it)),
  }));
  const holders = (leases: ReadonlyMap<string, { name: string | null }>) =>
    [...leases].map(([key, { name }]) => `${key} ${name}`);
  const own = [...world.images.keys()].filter((tag) => tag.startsWith('mine:'));
  const volumes = [...rows.rows('volume').values()].map((it) => volumePicture(host, it));
  const seen = { sets, gpus: holders(rows.rows('gpuLease')), own, volumes };
  const others = { sets: sets.filter((set) => set.name !== 'other'), own, volumes };
  return {
    whole: JSON.stringify({ ...seen, ports: holders(rows.rows('portLease')) }),
    withoutOther: JSON.stringify(others),
    withoutPorts: JSON.stringify(seen, (key, value: unknown) => (key === 'hostPort' ? 0 : value)),
  };
}

const volumePicture = ({ volumes, world }: SimHost, volume: VolumeRecord): readonly unknown[] => [
  volume.name,
  volume.current,
  volume.size,
  volume.dockerName === null ? [...volumes.filesOf(hostIdOf(volume))] : world.volumes.has(volume.dockerName),
];

const versionPicture = (host: SimHost, version: VersionRecord): readonly unknown[] => [
  version.version,
  version.parent,
  version.gpus,
  version.ports,
  filesOf(host, version),
];

/** The canary and the volume's file: in the container, or where that is gone, in the snapshot. */
export function filesOf({ world }: SimHost, version: VersionRecord): readonly (string | undefined)[] {
  if (version.snapshot === null) {
    const container = world.find(version.containerId);
    if (container === undefined) return ['gone'];
    return [CANARY, SEED].map((path) => world.readFile(container.id, path));
  }
  return [world.images.get(version.snapshot.tag)?.files.get(CANARY)];
}

/** Every version whose files are anywhere has what was saved in it last, or in the version it came from. */
export function lostFiles({ host, saved, lost }: Saved): string[] {
  const wanted = (uid: string, version: VersionRecord | undefined): string | undefined => {
    if (version === undefined) return undefined;
    const { name, parent } = version;
    const text = saved.get(`${uid}/${version.version}`);
    return text ?? wanted(uid, parent === null ? undefined : host.rows.get('version', versionKey(name, parent)));
  };
  return [...host.rows.rows('set').values()].flatMap(({ name, uid }) =>
    host.rows
      .versions(name)
      .filter((version) => !isLost(lost, uid, version.version))
      .map((version) => ({ version, seen: filesOf(host, version)[0], due: wanted(uid, version) }))
      .filter(({ seen, due }) => seen !== due)
      .map(({ version, seen, due }) => `I4 ${version.containerName} has the files "${seen}", not "${due}"`),
  );
}
