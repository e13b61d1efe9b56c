/** Records of volumes → what the procedures show: the native view, and the older contract's shape. Pure. */

import type { Contract } from '../../common/contract/index.ts';
import type { VolumeVersionView, VolumeView } from '../../common/contract/volume.ts';
import type { OutputOf } from '../../common/services.ts';
import { formatLocalTime } from '../../common/units.ts';
import type { VolumeRecord, VolumeVersionRecord } from './records.ts';
import type { State } from './state.ts';
import type { VolumeLook } from './volumeHost.ts';
import { usesOf, versionName } from './volumeUse.ts';

export interface VolumeFacts {
  /** As the host last showed it; undefined where it was not seen, or there is nothing to see. */
  readonly look: VolumeLook | undefined;
  readonly busy: string | null;
  readonly trouble: string | null;
}

export function viewVolume(state: State, volume: VolumeRecord, { look, busy, trouble }: VolumeFacts): VolumeView {
  return {
    name: volume.name,
    uid: volume.uid,
    owner: volume.owner,
    version: volume.current,
    versionName: versionName(volume),
    backend: volume.backend,
    thin: volume.thin,
    size: volume.size,
    sizeBytes: volume.sizeBytes,
    usedBytes: look?.usedBytes ?? null,
    mounted: volume.backend === 'plain' ? null : (look?.mounted ?? false),
    usedBy: usesOf(state, volume.name).map(({ set, dest }) => ({ name: set.name, dest, state: set.desired })),
    busy,
    reason: trouble,
    createdAt: volume.createdAt,
    versionCreatedAt: volume.versionCreatedAt,
  };
}

export const viewVolumeVersion = (row: VolumeVersionRecord, current: number): VolumeVersionView => ({
  version: row.version,
  versionName: `${row.name}-${row.version}`,
  current: row.version === current,
  cause: row.cause,
  size: row.size,
  sizeBytes: row.sizeBytes,
  note: row.note,
  actor: row.actor,
  createdAt: row.createdAt,
});

type VolumeInfo = OutputOf<Contract['volume']['info']>['Info'];

/** As Docker's local driver would show it, which existing clients know. */
export const volumeInfoOf = (
  row: Pick<VolumeVersionRecord, 'name' | 'version' | 'size' | 'createdAt'>,
): VolumeInfo => ({
  version: row.version,
  createTime: formatLocalTime(new Date(row.createdAt)),
  opt: {
    Driver: 'local',
    ...(row.size === null ? {} : { DriverOpts: { size: row.size } }),
    Name: `${row.name}-${row.version}`,
  },
});
