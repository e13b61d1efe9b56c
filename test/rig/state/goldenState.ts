/**
 * A state with something in every table, made by the daemon's own core: what `write.ts` keeps as the database of a
 * schema, and what a migration of an older one is compared with.
 */
import { dispatch, ENTRIES } from '../../../common/services.ts';
import { type Change, put, RESIDENT, type Table } from '../../../daemon/core/records.ts';
import { CoreRig } from '../coreRig.ts';

/** Sets in several states with histories, volumes, a key, a drained GPU, and an operation that was cut off. */
export async function goldenRows(): Promise<readonly Change[]> {
  const rig = await CoreRig.open();
  const { volume, resource } = rig.services;
  await volume.create({ name: 'data', size: '20MB', thin: false }, rig.caller());
  await volume.create({ name: 'plain', size: null, thin: false }, rig.caller());
  await rig.run('train', { gpuCount: 1, containerPorts: ['22'], binds: [{ src: 'data', dest: '/data' }] });
  await volume.resize({ name: 'data', size: '30MB' }, rig.caller());
  await rig.call('patch', 'train', { gpuPatch: { gpuCount: 2 } });
  await rig.call('resources', 'train', { memory: 2 ** 30 });
  await rig.run('idle', { env: ['A=1'] });
  await rig.call('stop', 'idle');
  await resource.gpuDrain({ gpu: '3', reason: 'dust' }, rig.caller());
  const stop = ENTRIES.find(({ path }) => path === 'replicaSet.pause');
  if (stop === undefined) throw new Error('there is no replicaSet.pause');
  await rig.run('quiet');
  await dispatch(rig.services, stop, rig.caller(), { name: 'quiet', idempotencyKey: 'k1' });
  await rig.quiet();
  rig.crashAt((effect) => effect.kind === 'engine' && effect.verb === 'commit');
  await rig.call('patch', 'train', {}).catch(() => undefined);
  return [...TABLES].flatMap((table) => [...rig.store.rows(table)].map(([key, value]) => put(table, key, value)));
}

export const TABLES: ReadonlySet<Table> = new Set([...RESIDENT, 'version', 'volumeVersion', 'audit']);
