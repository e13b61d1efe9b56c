/**
 * Every operation as the kills try it: how to come to where it can begin, and what must hold after it was cut off,
 * beside what always must (killScene.ts). A new operation joins by a row here.
 */
import { expect } from 'vitest';
import type { SetState, Verb } from '../../../common/contract/views.ts';
import type { KillScene } from './killScene.ts';

export interface KilledOperation {
  readonly what: string;
  readonly verb: Verb;
  begin(scene: KillScene): Promise<unknown>;
  act(scene: KillScene): Promise<unknown>;
  look?(scene: KillScene): Promise<unknown>;
  /** It has no fewer effects. */
  readonly killsMin: number;
}

type Row = Omit<KilledOperation, 'what' | 'verb' | 'killsMin'>;

const MB = 2 ** 20;

/** On a set that is brought to a state first. */
const onSet =
  (body: object = {}, state?: SetState) =>
  (path: string): Row => ({
    begin: async (scene) => {
      await scene.running();
      if (state === 'frozen') await scene.change('freeze');
      if (state === 'paused') await scene.change('pause');
      if (state === 'stopped') await scene.change('stop');
    },
    act: (scene) => scene.change(path, body),
  });

const patching: Row = {
  begin: (scene) => scene.running(),
  act: async (scene) => scene.change('', { gpuPatch: { gpuCount: (await scene.set())?.gpuCount === 2 ? 3 : 2 } }),
};

const volume = async (scene: KillScene) => (await scene.daemon.volumes()).volumes[0];
const createVolume = (scene: KillScene) => scene.daemon.ok('POST', '/volumes', { name: 'bar', size: '20MB' });
const removeVolume = (scene: KillScene) => scene.daemon.ok('DELETE', '/volumes/bar');
const resizeVolume = (scene: KillScene, size: string) =>
  scene.daemon.ok('PATCH', '/volumes/bar/size', { size, restartUsers: true });
/** `next`: the size after this one, in MB. */
const resizing = (next: (megabytes: number) => number): Row => {
  let sizes: readonly number[] = [];
  return {
    begin: async (scene) => {
      await scene.running('40MB');
      const megabytes = ((await volume(scene))?.sizeBytes ?? 0) / MB;
      sizes = [megabytes, next(megabytes)];
    },
    act: (scene) => resizeVolume(scene, `${sizes[1]}MB`),
    look: async (scene) => expect(sizes).toContain(((await volume(scene))?.sizeBytes ?? 0) / MB),
  };
};

const row = (what: string, verb: Verb, killsMin: number, rest: Row): KilledOperation => ({
  what,
  verb,
  killsMin,
  ...rest,
});

/** What `make test` has time for. */
export const quickOperations: readonly KilledOperation[] = [
  row('a run', 'run', 4, { begin: (scene) => scene.gone(), act: (scene) => scene.run() }),
  row('a patch', 'patch', 9, patching),
  row('a rollback', 'rollback', 9, {
    begin: (scene) => scene.running(),
    act: async (scene) => {
      const versions = await scene.daemon.versions(await scene.name());
      return scene.change('rollback', { version: versions.at(-1)?.version });
    },
  }),
  row(
    'a growth of a volume in use',
    'volume resize',
    3,
    resizing((megabytes) => megabytes + 5),
  ),
];

let names = 0;

export const otherOperations: readonly KilledOperation[] = [
  row('a restart', 'restart', 9, onSet()('restart')),
  row('a restart of a stopped set', 'restart', 9, onSet({}, 'stopped')('restart')),
  row('a stop', 'stop', 3, onSet()('stop')),
  row('a pause', 'pause', 3, onSet()('pause')),
  row('a continue of a paused set', 'continue', 3, onSet({}, 'paused')('continue')),
  row('a continue of a stopped set', 'continue', 3, onSet({}, 'stopped')('continue')),
  row('a reboot', 'reboot', 3, onSet()('reboot')),
  row('a freeze', 'freeze', 2, onSet()('freeze')),
  row('a thaw', 'thaw', 2, onSet({}, 'frozen')('thaw')),
  row('a kill', 'kill', 2, onSet()('kill')),
  row('a change of limits', 'resources', 2, {
    begin: (scene) => scene.running(),
    act: async (scene) => {
      const is64 = (await scene.set())?.limits.memoryBytes === 64 * MB;
      return scene.change('resources', { memory: is64 ? '128MiB' : '64MiB' });
    },
  }),
  row('a rename', 'rename', 2, {
    begin: (scene) => scene.running(),
    act: async (scene) => scene.change('rename', { newName: (await scene.name()) === 'train' ? 'moved' : 'train' }),
  }),
  row('a commit', 'commit', 2, {
    begin: (scene) => scene.running(),
    act: (scene) => {
      names += 1;
      return scene.change('commit', { newImageName: `berth-test/mine:${names}` });
    },
  }),
  row('a patch of a frozen set', 'patch', 9, {
    ...patching,
    begin: async (scene) => {
      await scene.running();
      await scene.change('freeze');
    },
  }),
  row('a delete', 'delete', 3, { begin: (scene) => scene.running(), act: (scene) => scene.gone() }),
  row('a creation of a volume', 'volume create', 2, {
    begin: async (scene) => (await volume(scene)) !== undefined && removeVolume(scene),
    act: createVolume,
  }),
  row(
    'a shrinking of a volume in use',
    'volume resize',
    9,
    resizing((megabytes) => megabytes - 1),
  ),
  row('a removal of a volume', 'volume rm', 2, {
    begin: async (scene) => (await volume(scene)) === undefined && createVolume(scene),
    act: removeVolume,
  }),
];
