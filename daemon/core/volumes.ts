/**
 * The volume procedures: each finds its volume, and reads the state or hands an operation to the journal.
 *
 * Not here: the operations themselves (operations/), mounts and use (volumeCare.ts).
 */
import type { PlanView } from '../../common/contract/views.ts';
import { AppError } from '../../common/errors.ts';
import type { Services } from '../../common/router.ts';
import type { ContainerProcess, Engine } from './engine.ts';
import { toAppError } from './engineFailure.ts';
import type { Journal } from './journal.ts';
import { createVolume } from './operations/createVolume.ts';
import { removeVolume } from './operations/removeVolume.ts';
import { resizeVolume, restartedOf } from './operations/resizeVolume.ts';
import { judgedResize, removalPlan, resizePlan } from './planVolume.ts';
import { ownProcesses } from './processes.ts';
import { type VersionRecord, volumeKey } from './records.ts';
import { look } from './round.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { VolumeCare } from './volumeCare.ts';
import type { VolumeHost } from './volumeHost.ts';
import { requireVolume, usesOf } from './volumeUse.ts';
import { viewVolumeVersion, volumeInfoOf } from './volumeViews.ts';

type Volumes = Services['volume'];

export interface VolumeParts {
  readonly state: State;
  readonly store: Store;
  readonly engine: Engine;
  readonly journal: Journal;
  readonly volumes: VolumeHost;
  readonly care: VolumeCare;
}

export const volumeServices = (parts: VolumeParts): Volumes => ({
  ...reads(parts),
  ...changes(parts),
  plan: (input) => plan(parts, input),
});

function reads(parts: VolumeParts): Pick<Volumes, 'list' | 'status' | 'info' | 'versions' | 'history'> {
  const { store, care, volumes } = parts;
  return {
    list: async () => {
      await care.refresh();
      const { backend, directory, reason } = volumes.support();
      return { volumes: care.views(), support: { backend, directory, reason, freeBytes: await freeBytes(volumes) } };
    },
    status: async ({ name }) => care.freshView(requireVolume(parts, name)),
    info: async ({ name }) => {
      const volume = requireVolume(parts, name);
      return { Info: volumeInfoOf({ ...volume, version: volume.current, createdAt: volume.versionCreatedAt }) };
    },
    versions: async ({ name }) => {
      const volume = requireVolume(parts, name);
      return (await store.volumeVersions(volume.name)).map((row) => viewVolumeVersion(row, volume.current));
    },
    history: async ({ name }) => {
      const infos = (await store.volumeVersions(requireVolume(parts, name).name)).map(volumeInfoOf);
      return { history: infos.map((info) => ({ version: info.version, createTime: info.createTime, status: info })) };
    },
  };
}

/** Nobody needs the volumes' directory to be there as long as there is no volume. */
const freeBytes = async (volumes: VolumeHost): Promise<number | null> =>
  volumes.room().then(
    (room) => room.freeBytes,
    () => null,
  );

function changes(parts: VolumeParts): Pick<Volumes, 'create' | 'resize' | 'remove'> {
  const { state, journal } = parts;
  return {
    create: (input, { actor, idempotency }) =>
      journal.perform({ verb: 'volume create', name: volumeKey(input.name), actor, idempotency }, (ctx) =>
        createVolume(ctx, input),
      ),
    resize: async (input, { actor, idempotency }) => {
      const { name } = requireVolume(parts, input.name);
      const locked = input.restartUsers === true ? usesOf(state, name).map((use) => use.set.name) : [];
      const request = { verb: 'volume resize', name: volumeKey(name), besides: locked, actor, idempotency } as const;
      const before = versionsOf(state, locked);
      const resized = await journal.perform(request, (ctx) => resizeVolume(ctx, { ...input, locked }));
      return { ...resized, restarted: restartedOf(state, before) };
    },
    remove: async (input, { actor, idempotency }) => {
      const { name } = requireVolume(parts, input.name);
      return journal.perform({ verb: 'volume rm', name: volumeKey(name), actor, idempotency }, (ctx) =>
        removeVolume(ctx, { name }),
      );
    },
  };
}

const versionsOf = (state: State, sets: readonly string[]): VersionRecord[] =>
  sets.flatMap((set) => state.current(set) ?? []);

async function plan(parts: VolumeParts, input: Parameters<Volumes['plan']>[0]): Promise<PlanView> {
  const volume = requireVolume(parts, input.name);
  if (input.verb === 'volume rm') return removalPlan(parts, volume, (await parts.care.freshView(volume)).usedBytes);
  if (input.size == null)
    throw new AppError('SIZE_NOT_SUPPORTED', `the size that volume ${volume.name} is to have is missing`);
  const wish = { size: input.size, restartUsers: input.restartUsers };
  try {
    const verdict = await parts.journal.round(look(judgedResize(parts, volume, wish)));
    return resizePlan(volume, wish, verdict, await processesOf(parts.engine, verdict.stops));
  } catch (error) {
    throw toAppError(error);
  }
}

const processesOf = async (engine: Engine, versions: readonly VersionRecord[]): Promise<readonly ContainerProcess[]> =>
  (await Promise.all(versions.map((version) => ownProcesses(engine, version.containerId)))).flat();
