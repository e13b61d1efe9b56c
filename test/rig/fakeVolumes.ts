/** Volume services that answer data shaped by the contract: one volume, `data`, at its second version. */
import type { VolumeVersionView, VolumeView } from '../../common/contract/volume.ts';
import { AppError } from '../../common/errors.ts';
import type { Services } from '../../common/router.ts';
import { volumeInfoOf } from '../../daemon/core/volumeViews.ts';

const AT = '2026-01-22T07:36:04.000Z';

export const fakeVolume = (over: Partial<VolumeView> = {}): VolumeView => ({
  name: 'data',
  uid: '01HMRT0000000000000000DATA',
  owner: 'alice',
  version: 2,
  versionName: 'data-2',
  backend: 'loop',
  thin: false,
  size: '50GB',
  sizeBytes: 50 * 2 ** 30,
  usedBytes: 21 * 2 ** 30,
  mounted: true,
  usedBy: [{ name: 'train', dest: '/data', state: 'running' }],
  busy: null,
  reason: null,
  createdAt: AT,
  versionCreatedAt: AT,
  ...over,
});

export const fakeVolumeVersion = (version: number): VolumeVersionView => ({
  version,
  versionName: `data-${version}`,
  current: version === 2,
  cause: version === 1 ? 'create' : 'resize',
  size: version === 1 ? '20GB' : '50GB',
  sizeBytes: (version === 1 ? 20 : 50) * 2 ** 30,
  note: version === 1 ? 'empty' : 'from 20GB: grown in place, every file stayed where it was',
  actor: 'alice',
  createdAt: AT,
});

function findVolume(name: string): VolumeView {
  if (name === 'data' || name === 'data-2') return fakeVolume();
  throw new AppError('VOLUME_NOT_FOUND', `there is no volume ${name}`);
}

const infoOfVolume = (version: number) =>
  volumeInfoOf({ name: 'data', version, size: version === 1 ? '20GB' : '50GB', createdAt: AT });

export const fakeVolumes: Services['volume'] = {
  list: async () => ({
    volumes: [fakeVolume()],
    support: {
      backend: 'loop',
      directory: '/var/lib/berth/volumes',
      reason: 'root work is possible',
      freeBytes: 2 ** 40,
    },
  }),
  create: async ({ name, size }) => ({ name: `${name}-1`, size: size ?? null }),
  status: async ({ name }) => findVolume(name),
  info: async ({ name }) => {
    findVolume(name);
    return { Info: infoOfVolume(2) };
  },
  versions: async ({ name }) => {
    findVolume(name);
    return [2, 1].map(fakeVolumeVersion);
  },
  history: async ({ name }) => {
    findVolume(name);
    const infos = [2, 1].map(infoOfVolume);
    return { history: infos.map((status) => ({ version: status.version, createTime: status.createTime, status })) };
  },
  plan: async ({ name, verb }) => ({
    verb,
    name: findVolume(name).name,
    currentVersion: 2,
    nextVersion: verb === 'volume rm' ? null : 3,
    endsProcesses: [],
    changes: [],
    keeps: [],
    steps: [],
  }),
  resize: async ({ name, size, restartUsers }) => {
    findVolume(name);
    return { name: 'data-3', size, restarted: restartUsers === true ? ['train-3'] : [] };
  },
  remove: async ({ name }) => {
    findVolume(name);
    return null;
  },
};
