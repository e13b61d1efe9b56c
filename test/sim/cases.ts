/**
 * What the sweep tries: every operation on a set in every state. A new operation joins by a line in `OPERATIONS`; a
 * test fails for a verb of the journal that has none.
 */
import type { Verb } from '../../common/contract/views.ts';
import { CANARY } from './picture.ts';
import { VOLUME_IMAGE } from './simHost.ts';
import { Simulation, type Work } from './simulation.ts';
import { works } from './works.ts';

export interface SweptOperation {
  readonly name: string;
  readonly work: Work;
  /** It goes on after a failure, whoever asked being told of it. */
  readonly isForward?: boolean;
  /** The neighbour is stopped for it, and comes back as it was or as its next version. */
  readonly mayKeepOther?: boolean;
  /** States of `train` that make a difference to it; all of them where this is missing. */
  readonly scenes?: readonly string[];
}

const patchTo = (gpuCount: number): SweptOperation => ({
  name: `patch to ${gpuCount} GPUs`,
  work: works.patch('train', gpuCount),
});

const alone = { scenes: ['running'] } as const;
const withOther = { ...alone, isForward: true, mayKeepOther: true } as const;

export const OPERATIONS: Readonly<Record<Exclude<Verb, 'start'>, readonly SweptOperation[]>> = {
  run: [
    { name: 'run', work: works.run('new', { gpuCount: 1, containerPorts: ['22'] }) },
    { name: 'run of an image with a volume', work: works.run('new', { imageName: VOLUME_IMAGE }) },
  ],
  patch: [patchTo(3), patchTo(1), patchTo(2)],
  restart: [{ name: 'restart', work: works.restart('train') }],
  rollback: [{ name: 'rollback', work: works.rollback('train', 1) }],
  stop: [{ name: 'stop', work: works.stop('train') }],
  pause: [{ name: 'pause', work: works.pause('train') }],
  continue: [{ name: 'continue', work: works.continue('train') }],
  reboot: [{ name: 'reboot', work: works.reboot('train') }],
  freeze: [{ name: 'freeze', work: works.freeze('train') }],
  thaw: [{ name: 'thaw', work: works.thaw('train') }],
  kill: [{ name: 'kill', work: works.kill('train', 'KILL'), isForward: true }],
  resources: [{ name: 'resources', work: works.resources('train', 2 ** 33) }],
  rename: [{ name: 'rename', work: works.rename('train', 'moved') }],
  'network attach': [{ name: 'network attach', work: works.attachNetwork('train', 'lab') }],
  'network detach': [{ name: 'network detach', work: works.detachNetwork('train', 'side') }],
  commit: [{ name: 'commit', work: works.commit('train', 'mine:1') }],
  'volume create': [
    { name: 'volume create', work: works.createVolume('new', '20MB'), ...alone },
    { name: 'volume create without a size', work: works.createVolume('new', null), ...alone },
  ],
  'volume resize': [
    { name: 'growth of a volume in use', work: works.resizeVolume('shared', '50MB', ['other']), ...withOther },
    { name: 'shrinking of a spare volume', work: works.resizeVolume('spare', '10MB'), isForward: true, ...alone },
  ],
  'volume rm': [
    { name: 'volume rm', work: works.removeVolume('spare'), isForward: true, ...alone },
    { name: 'volume rm of one without a size', work: works.removeVolume('plain'), isForward: true, ...alone },
  ],
  delete: [{ name: 'delete', work: works.delete('train'), isForward: true }],
};

type Step = (sim: Simulation) => void;

/** `train` has two versions, in this state; beside it runs a neighbour with one GPU. */
export const SCENES: Readonly<Record<string, Step>> = {
  running: () => {},
  frozen: (sim) => sim.do(works.freeze('train')),
  paused: (sim) => sim.do(works.pause('train')),
  stopped: (sim) => sim.do(works.stop('train')),
  'ended with an error': (sim) => end(sim, 1),
  'ended with success': (sim) => end(sim, 0),
  'removed from outside': (sim) => {
    sim.lose('train-2');
    sim.settle();
  },
};

function end(sim: Simulation, exitCode: number): void {
  sim.host.world.exit('train-2', exitCode);
  sim.run(sim.daemon.heed());
}

export function sceneOf(name: string): Simulation {
  const sim = new Simulation();
  sim.do(works.createVolume('shared', '20MB'));
  sim.do(works.createVolume('spare', '20MB'));
  sim.do(works.createVolume('plain', null));
  for (const id of sim.host.volumes.list()) sim.host.volumes.write(id, CANARY, 5_000_000);
  const binds = [{ src: 'shared', dest: '/shared' }];
  sim.do(works.run('other', { gpuCount: 1, containerPorts: ['22'], binds }));
  sim.save('other', 'files of other-1');
  sim.do(works.run('train', { gpuCount: 1, containerPorts: ['22', '80'] }));
  sim.save('train', 'files of train-1');
  sim.do(works.patch('train', 2));
  sim.save('train', 'files of train-2');
  sim.do(works.attachNetwork('train', 'side'));
  SCENES[name]?.(sim);
  return sim;
}
