/**
 * Who uses which volume, read off the state. Pure.
 *
 * A bind names a volume as `bar`, or with any of its versions as `bar-2`; both mean the volume as it is now.
 *
 * Not here: volumes of Docker's that are not Berth's, which the engine knows.
 */
import type { Bind } from '../../common/contract/fields.ts';
import { AppError } from '../../common/errors.ts';
import {
  type IntentRecord,
  type ReplicaSetRecord,
  type VersionRecord,
  type VolumeRecord,
  volumeKey,
} from './records.ts';
import type { State } from './state.ts';

type HasState = { readonly state: State };

export interface VolumeUse {
  readonly set: ReplicaSetRecord;
  readonly version: VersionRecord;
  readonly dest: string;
}

/** `bar-2` → `bar`. No volume has a dash in its name. */
export const volumeNameOf = (src: string): string => src.replace(/-\d+$/, '');

export const versionName = ({ name, current }: Pick<VolumeRecord, 'name' | 'current'>): string => `${name}-${current}`;

/** What its directory on the host goes by. */
export const hostIdOf = ({ name, uid }: Pick<VolumeRecord, 'name' | 'uid'>): string => `${name}-${uid}`;

/** The volume a name or a bind's source means; undefined for host paths and for what is not Berth's. */
export function findVolume(state: State, src: string): VolumeRecord | undefined {
  if (src.startsWith('/')) return undefined;
  const volume = state.table('volume').get(volumeNameOf(src));
  return volume?.deleting === null ? volume : undefined;
}

/** Throws VOLUME_NOT_FOUND, also for a version that there never was. */
export function requireVolume({ state }: HasState, name: string): VolumeRecord {
  const volume = findVolume(state, name);
  if (volume === undefined) throw new AppError('VOLUME_NOT_FOUND', `there is no volume ${name}`);
  const [, asked] = /-(\d+)$/.exec(name) ?? [];
  if (asked === undefined || Number(asked) <= volume.current) return volume;
  throw new AppError(
    'VOLUME_NOT_FOUND',
    `volume ${volume.name} has no version ${asked}; it is at version ${volume.current}`,
  );
}

/** Sets whose current version has it bound, running or not. */
export function usesOf(state: State, volume: string): VolumeUse[] {
  return state.sets().flatMap((set) => {
    const version = set.deleting === null ? state.current(set.name) : undefined;
    const bind = version?.spec.binds.find((it) => findVolume(state, it.src)?.name === volume);
    return version === undefined || bind === undefined ? [] : [{ set, version, dest: bind.dest }];
  });
}

/** Names of the volumes of Berth's that these binds mean. Throws VOLUME_BUSY while one of them cannot be bound. */
export function volumesToBind({ state }: HasState, binds: readonly Bind[]): string[] {
  const names = new Set(binds.flatMap((bind) => findVolume(state, bind.src)?.name ?? []));
  for (const name of names) {
    const [intent] = state.openIntents(volumeKey(name));
    if (intent?.phase === 'prepared' && intent.volume?.offline)
      throw new AppError('VOLUME_BUSY', `volume ${name} is being resized`);
  }
  return [...names];
}

/** Version of each volume of Berth's among these binds, to be remembered as what was bound. */
export const volumeVersions = (state: State, binds: readonly Bind[]): Record<string, number> =>
  Object.fromEntries(
    binds.flatMap((bind) => findVolume(state, bind.src) ?? []).map((volume) => [volume.name, volume.current]),
  );

/** What it has bound: its volumes by their versions, of now where it is the current one, else of its own time. */
export function asBound(state: State, version: VersionRecord): VersionRecord {
  const isCurrent = state.current(version.name)?.version === version.version;
  const numbers = isCurrent ? volumeVersions(state, version.spec.binds) : (version.volumes ?? {});
  const binds = version.spec.binds.map((bind) => {
    const name = bind.src.startsWith('/') ? undefined : volumeNameOf(bind.src);
    const number = name === undefined ? undefined : numbers[name];
    return number === undefined ? bind : { ...bind, src: `${name}-${number}` };
  });
  return { ...version, spec: { ...version.spec, binds } };
}

/** A patch that spells the volume of its `oldBind` as the set does: clients read that name from what is bound. */
export function spelledAsBound<P extends { readonly volumePatch?: VolumePatch | null | undefined }>(
  state: State,
  { spec }: VersionRecord,
  patch: P,
): P {
  if (patch.volumePatch == null) return patch;
  const { oldBind } = patch.volumePatch;
  const meant = findVolume(state, oldBind.src)?.name;
  const bind = spec.binds.find((it) => it.dest === oldBind.dest && findVolume(state, it.src)?.name === meant);
  if (meant === undefined || bind === undefined) return patch;
  return { ...patch, volumePatch: { ...patch.volumePatch, oldBind: bind } };
}

interface VolumePatch {
  readonly oldBind: Bind;
  readonly newBind: Bind;
}

/** Operations under way whose new container will have it bound. */
export const bindersOf = (state: State, volume: string): IntentRecord[] =>
  [...state.table('intent').values()].filter((intent) => intent.binds?.includes(volume));

/** The open operation on a volume that stopped this set and has not brought it back yet. */
export const heldBy = (state: State, set: string): IntentRecord | undefined =>
  [...state.table('intent').values()].find((intent) => {
    const user = intent.volume?.users.find((it) => it.name === set);
    return user !== undefined && state.current(set)?.version === user.version;
  });

/** Throws VOLUME_BUSY for a set that an operation on a volume has yet to bring back. */
export function refuseHeld(state: State, set: string): void {
  const intent = heldBy(state, set);
  if (intent === undefined) return;
  const volume = volumeNameOf(intent.volume?.before?.name ?? '');
  throw new AppError('VOLUME_BUSY', `${set} was stopped so that volume ${volume} can be resized, and is not back yet`);
}

/** Everything that an operation keeps others from changing. */
export const namesOf = (intent: IntentRecord): string[] => [
  intent.name,
  ...(intent.volume?.users ?? []).map((user) => user.name),
];
