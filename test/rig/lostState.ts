/** The state is lost, and made again from what engine and volume host show. */
import { type Evidence, type Rebuilt, rebuild } from '../../daemon/core/rebuild.ts';
import { put } from '../../daemon/core/records.ts';
import type { CoreRig } from './coreRig.ts';
import { MemoryStore } from './memoryStore.ts';

/** When it is made again. */
export const AT = '2026-02-01T00:00:00.000Z';

export async function evidenceOf(rig: CoreRig): Promise<Evidence> {
  const containers = await Promise.all(
    (await rig.engine.listContainers()).map(({ id }) => rig.engine.inspectContainer(id)),
  );
  const tags = (await rig.engine.listImages()).flatMap((image) => image.tags);
  const snapshots = await Promise.all(
    tags.map(async (tag) => ({ tag, comment: (await rig.engine.inspectImage(tag))?.comment ?? '' })),
  );
  const sized = (await rig.volumes.list()).map((id) => ({ id, metadata: rig.volumes.model.metadataOf(id) }));
  return {
    containers: containers.filter((it) => it !== undefined),
    snapshots,
    sized,
    dockerVolumes: await rig.engine.listVolumes(),
  };
}

export const instanceOf = (rig: CoreRig): string => rig.core.state.table('meta').get('instance') ?? '';

/** The state is lost; the next daemon begins with what the engine tells. */
export async function loseAndRebuild(rig: CoreRig): Promise<Rebuilt> {
  const instance = instanceOf(rig);
  rig.die();
  const rebuilt = rebuild(await evidenceOf(rig), { instance, at: AT, operation: 'REBUILD' });
  rig.store = new MemoryStore();
  rig.store.apply([put('meta', 'instance', instance), ...rebuilt.changes]);
  await rig.restart();
  return rebuilt;
}
