/** SIGKILL for berthd at each effect of an operation in turn, and a look at what it makes of that when it starts again. */
import type { Fault } from '../fault.ts';
import type { KilledOperation } from './killedOperations.ts';
import type { KillScene } from './killScene.ts';

/**
 * How many times it was killed. Right before an effect is right after the one before it, so `before` is asked for once.
 */
export async function killAtEveryEffect(
  scene: KillScene,
  operation: KilledOperation,
  moments: readonly Fault['when'][],
): Promise<number> {
  let kills = 0;
  for (const when of moments)
    for (let effect = 1; when !== 'before' || effect === 1; effect += 1) {
      await operation.begin(scene);
      await scene.daemon.strikeAt({ verb: operation.verb, effect, when });
      const failure = await operation.act(scene).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!(await wasKilled(scene))) {
        await scene.daemon.strikeAt(undefined);
        if (failure !== undefined) throw failure;
        break;
      }
      kills += 1;
      await scene.daemon.exited();
      await scene.daemon.startAgain();
      await scene.expectWhole();
      await operation.look?.(scene);
    }
  return kills;
}

/** The last effects may come after the answer. */
async function wasKilled(scene: KillScene): Promise<boolean> {
  await scene.atRest();
  // One that came during the last effect is on its way.
  await scene.atRest();
  return scene.daemon.hasStruck();
}
