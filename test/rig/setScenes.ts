/** A replicaSet in each state that it can be met in, and how tests read a refusal. */
import { AppError, type ErrorCode } from '../../common/errors.ts';
import type { CoreRig } from './coreRig.ts';

export type Scene = 'running' | 'frozen' | 'paused' | 'stopped' | 'exited' | 'gone';

/** Its container is there; `gone` is one that was removed outside Berth. */
export const WITH_CONTAINER = ['running', 'frozen', 'paused', 'stopped', 'exited'] as const;

/** A set with two GPUs, port 22 and a file, brought to a state. */
export async function bring(rig: CoreRig, name: string, scene: Scene): Promise<void> {
  const container = await rig.run(name, { gpuCount: 2, containerPorts: ['22'] });
  rig.writeFile(name, '/keep', 'mine');
  if (scene === 'frozen') await rig.call('freeze', name);
  if (scene === 'paused') await rig.call('pause', name);
  if (scene === 'stopped') await rig.call('stop', name);
  if (scene === 'exited') rig.world.exit(container, 1);
  if (scene === 'gone') rig.lose(container);
  await rig.quiet();
}

/** The code it is refused with. */
export async function codeOf(attempt: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
