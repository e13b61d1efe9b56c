/** Docker labels: the second source of truth. */
import type { VersionRecord } from './records.ts';

export const LABEL = {
  instance: 'berth.instance',
  replicaSet: 'berth.replicaset',
  uid: 'berth.uid',
  version: 'berth.version',
  operation: 'berth.operation',
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

/** Where snapshots are kept: one repository a set, one tag an operation. Repositories are lower case. */
export const snapshotTag = (uid: string, version: number, operation: string): string =>
  `berth.local/snapshot/${uid.toLowerCase()}:v${version}-${operation.toLowerCase()}`;
