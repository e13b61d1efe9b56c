/**
 * What outlives a daemon in the simulation: engine, rows, clock and ids, with faults that strike at its effects.
 *
 * Invariants
 *  - Nothing here waits or depends on chance: equal calls leave equal hosts.
 *  - `onEffect` is called around every effect of every daemon on this host; a Crash that it throws ends that daemon.
 *
 * Not here: the daemon (simDaemon.ts), what strikes (faults.ts).
 */
import type { Effect } from '../../daemon/core/effects.ts';
import type { GpuDevice } from '../../daemon/core/gpuSource.ts';
import { type Change, put } from '../../daemon/core/records.ts';
import type { Settings } from '../../daemon/core/settings.ts';
import { stubDevices } from '../rig/fakeGpuSource.ts';
import { EngineModel } from '../rig/memoryEngine.ts';
import { type EngineWorld, runsWith } from '../rig/memoryEngineWorld.ts';
import { MemoryRows } from '../rig/memoryRows.ts';
import { VolumeModel } from '../rig/memoryVolumeModel.ts';

export const INSTANCE = '01JINSTANCE000000000000000';
export const IMAGE = 'app:1';
/** Declares a volume, with a file in it. */
export const VOLUME_IMAGE = 'db:1';
export const GPU_COUNT = 4;

export const SETTINGS: Settings = {
  portRange: { start: 40_000, end: 40_009 },
  portAddress: null,
  bindRoots: [],
  stopTimeoutS: 10,
  shmBytes: null,
  memoryPerGpuBytes: null,
  cpusPerGpu: null,
  pidsMax: null,
  logBytesMax: 1_000_000,
  exitGraceMs: 600_000,
};

interface VolumeWish {
  readonly sizeBytes: number;
  readonly thin: boolean;
}

/** Ends a daemon: nothing that it still wants happens. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export type When = 'before' | 'after';
export type OnEffect = (when: When, effect: Effect) => void;

export class SimHost {
  readonly model: EngineModel;
  readonly rows = new MemoryRows();
  readonly volumes = new VolumeModel({ support: { growsInUse: false } });
  readonly settings = SETTINGS;
  nowMs = Date.UTC(2026, 0, 1);
  bootedAt = new Date(0);
  /** The next writes fail, this many of them. */
  failingWrites = 0;
  onEffect: OnEffect = () => {};
  #ids = 0;

  constructor() {
    const devices = stubDevices(GPU_COUNT);
    this.model = new EngineModel({ gpus: devices.map(({ uuid }) => uuid), images: [IMAGE] });
    this.world.addImage(VOLUME_IMAGE, { volumes: ['/data'], files: { '/data/seed': 'seed' } });
    for (const network of ['lab', 'side']) this.world.addNetwork(network);
    this.rows.apply([put('meta', 'instance', INSTANCE), ...devices.map(gpuRow)]);
  }

  get world(): EngineWorld {
    return this.model.world;
  }

  now = (): Date => new Date(this.nowMs);

  /** As long and as ordered as a ULID. */
  newId = (): string => {
    this.#ids += 1;
    return `01J${String(this.#ids).padStart(23, '0')}`;
  };

  volumePath = (id: string): string => `${this.volumes.support.directory}/${id}/mount/data`;

  /** One verb of the volume host. A container that runs has what it binds open. */
  volume({ verb, args }: Extract<Effect, { kind: 'volume' }>): unknown {
    const { volumes, world } = this;
    const [id, asked] = args as [id: string, asked: VolumeWish | number];
    if (volumes.list().includes(id)) volumes.hold(id, runsWith(world.containers.values(), this.volumePath(id)));
    return volumes.apply(verb, () => {
      if (verb === 'room') return volumes.room();
      if (verb === 'create') return volumes.create(id, (asked as VolumeWish).sizeBytes, (asked as VolumeWish).thin);
      if (verb === 'resize') return volumes.resize(id, asked as number);
      if (verb === 'unmount') return volumes.letGo(id);
      return volumes[verb](id);
    });
  }

  /** Host and engine start anew. Whoever was up is to die with them. */
  reboot(): void {
    this.world.reboot();
    this.volumes.reboot();
    this.nowMs += 1000;
    this.bootedAt = this.now();
  }
}

const gpuRow = (device: GpuDevice): Change =>
  put('gpu', device.uuid, { ...device, simulated: false, missingSince: null, quarantine: null, drain: null });
