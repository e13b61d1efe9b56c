/** Docker labels: the second source of truth. */
import type { VersionRecord, VolumeRecord } from './records.ts';

export const LABEL = {
  instance: 'berth.instance',
  replicaSet: 'berth.replicaset',
  volume: 'berth.volume',
  uid: 'berth.uid',
  version: 'berth.version',
  operation: 'berth.operation',
  record: 'berth.record',
} as const;

export const labelsOf = (
  instance: string,
  uid: string,
  version: Pick<VersionRecord, 'name' | 'version' | 'operation'>,
): Record<string, string> => ({
  [LABEL.instance]: instance,
  [LABEL.replicaSet]: version.name,
  [LABEL.uid]: uid,
  [LABEL.version]: String(version.version),
  [LABEL.operation]: version.operation,
});

/** Of the Docker volume that a volume without a size is. */
export const volumeLabels = (
  instance: string,
  volume: Pick<VolumeRecord, 'name' | 'uid' | 'current'>,
  operation: string,
): Record<string, string> => ({
  [LABEL.instance]: instance,
  [LABEL.volume]: volume.name,
  [LABEL.uid]: volume.uid,
  [LABEL.version]: String(volume.current),
  [LABEL.operation]: operation,
});

/** Where snapshots are kept: one repository a set, one tag an operation. Repositories are lower case. */
export const snapshotTag = (uid: string, version: number, operation: string): string =>
  `berth.local/snapshot/${uid.toLowerCase()}:v${version}-${operation.toLowerCase()}`;

/** What a snapshot's tag tells; undefined for any other image. */
export function snapshotParts(tag: string): { readonly uid: string; readonly operation: string } | undefined {
  const [, uid, operation] = /^berth\.local\/snapshot\/([0-9a-z]+):v\d+-([0-9a-z]+)$/.exec(tag) ?? [];
  if (uid === undefined || operation === undefined) return undefined;
  return { uid: uid.toUpperCase(), operation: operation.toUpperCase() };
}

/** Volumes that stand for an image's VOLUME lines. Named by the set's uid: a recreated name never sees old files. */
export const volumePrefix = (uid: string): string => `berth-${uid.toLowerCase()}-`;
