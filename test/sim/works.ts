/** The operations, as clients of the simulation ask for them. A new operation joins by a line here and one in cases.ts. */
import { commitImage } from '../../daemon/core/operations/commitImage.ts';
import { continueSet, reboot } from '../../daemon/core/operations/continueSet.ts';
import { createVolume } from '../../daemon/core/operations/createVolume.ts';
import { freeze, thaw } from '../../daemon/core/operations/freeze.ts';
import { kill } from '../../daemon/core/operations/kill.ts';
import { attachNetwork, detachNetwork } from '../../daemon/core/operations/networks.ts';
import { patch, restart } from '../../daemon/core/operations/patch.ts';
import { remove } from '../../daemon/core/operations/remove.ts';
import { removeVolume } from '../../daemon/core/operations/removeVolume.ts';
import { rename } from '../../daemon/core/operations/rename.ts';
import { resizeVolume } from '../../daemon/core/operations/resizeVolume.ts';
import { resources } from '../../daemon/core/operations/resources.ts';
import { rollback } from '../../daemon/core/operations/rollback.ts';
import { run } from '../../daemon/core/operations/run.ts';
import { pause, stop } from '../../daemon/core/operations/stop.ts';
import { volumeKey } from '../../daemon/core/records.ts';
import { IMAGE, VOLUME_IMAGE } from './simHost.ts';
import type { Work } from './simulation.ts';

interface Wish {
  readonly imageName?: string;
  readonly gpuCount?: number;
  readonly containerPorts?: readonly string[];
  readonly binds?: readonly { readonly src: string; readonly dest: string }[];
}

const by = (verb: Work['request']['verb'], name: string, operation: Work['operation']): Work => ({
  request: { verb, name, actor: 'ada', idempotency: undefined },
  operation,
});

export const works = {
  run: (name: string, wish: Wish = {}): Work => {
    const plain = { imageName: IMAGE, gpuCount: 0, binds: [], env: [], containerPorts: [], cmd: [] };
    return by('run', name, (ctx) => run(ctx, { ...plain, ...wish, replicaSetName: name }));
  },
  patch: (name: string, gpuCount: number): Work =>
    by('patch', name, (ctx) => patch(ctx, { name, gpuPatch: { gpuCount } })),
  restart: (name: string): Work => by('restart', name, (ctx) => restart(ctx, { name })),
  rollback: (name: string, version: number): Work => by('rollback', name, (ctx) => rollback(ctx, { name, version })),
  stop: (name: string): Work => by('stop', name, (ctx) => stop(ctx, { name })),
  pause: (name: string): Work => by('pause', name, (ctx) => pause(ctx, { name })),
  continue: (name: string): Work => by('continue', name, (ctx) => continueSet(ctx, { name })),
  reboot: (name: string): Work => by('reboot', name, (ctx) => reboot(ctx, { name })),
  freeze: (name: string): Work => by('freeze', name, (ctx) => freeze(ctx, { name })),
  thaw: (name: string): Work => by('thaw', name, (ctx) => thaw(ctx, { name })),
  kill: (name: string, signal: string): Work => by('kill', name, (ctx) => kill(ctx, { name, signal })),
  resources: (name: string, memory: number): Work => by('resources', name, (ctx) => resources(ctx, { name, memory })),
  rename: (name: string, newName: string): Work => ({
    request: { verb: 'rename', name, besides: [newName], actor: 'ada', idempotency: undefined },
    operation: (ctx) => rename(ctx, { name, newName }),
  }),
  attachNetwork: (name: string, network: string): Work =>
    by('network attach', name, (ctx) => attachNetwork(ctx, { name, network, aliases: ['node'] })),
  detachNetwork: (name: string, network: string): Work =>
    by('network detach', name, (ctx) => detachNetwork(ctx, { name, network })),
  commit: (name: string, newImageName: string): Work =>
    by('commit', name, (ctx) => commitImage(ctx, { name, newImageName })),
  createVolume: (name: string, size: string | null): Work =>
    by('volume create', volumeKey(name), (ctx) => createVolume(ctx, { name, size })),
  resizeVolume: (name: string, size: string, users: readonly string[] = []): Work => ({
    request: { verb: 'volume resize', name: volumeKey(name), besides: users, actor: 'ada', idempotency: undefined },
    operation: (ctx) => resizeVolume(ctx, { name, size, restartUsers: true, locked: users }),
  }),
  removeVolume: (name: string): Work => by('volume rm', volumeKey(name), (ctx) => removeVolume(ctx, { name })),
  delete: (name: string): Work => by('delete', name, (ctx) => remove(ctx, { name })),
};

/** Any of them, on a set that may or may not be in a state for it; `size` fills in whatever else it takes. */
export const ANY_WORK: Readonly<Record<Work['request']['verb'], (name: string, size: number) => Work>> = {
  run: (name, size) =>
    works.run(name, {
      gpuCount: size,
      containerPorts: size % 2 === 0 ? ['22'] : [],
      ...(size === 3 ? { imageName: VOLUME_IMAGE } : {}),
    }),
  patch: works.patch,
  restart: works.restart,
  rollback: works.rollback,
  stop: works.stop,
  pause: works.pause,
  continue: works.continue,
  reboot: works.reboot,
  freeze: works.freeze,
  thaw: works.thaw,
  kill: (name, size) => works.kill(name, size % 2 === 0 ? 'KILL' : 'TERM'),
  resources: (name, size) => works.resources(name, (size + 1) * 2 ** 30),
  rename: (name, size) => works.rename(name, ['a', 'b', 'c'][size % 3] ?? 'a'),
  'network attach': (name) => works.attachNetwork(name, 'lab'),
  'network detach': (name) => works.detachNetwork(name, 'lab'),
  commit: (name) => works.commit(name, 'mine:1'),
  'volume create': (name, size) => works.createVolume(name, size === 3 ? null : `${20 + size}MB`),
  'volume resize': (name, size) => works.resizeVolume(name, `${30 + size}MB`),
  'volume rm': works.removeVolume,
  delete: works.delete,
};
