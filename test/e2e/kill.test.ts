/**
 * SIGKILL in the middle: berthd ends after each effect of an operation in turn, and starts again on what it left.
 * Whatever the moment, nothing is lost or left over, and every version has its files. Every other operation:
 * test/full/kills.test.ts.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killAtEveryEffect } from '../rig/kills/killAtEveryEffect.ts';
import { quickOperations } from '../rig/kills/killedOperations.ts';
import { KillScene } from '../rig/kills/killScene.ts';
import { testEngine } from '../rig/testEngine.ts';

let scene: KillScene;

beforeEach(async () => {
  scene = await KillScene.open(testEngine());
});

afterEach(() => scene.dispose());

const LIMIT_MS = 300_000;

test.each(quickOperations)(
  '$what that is cut off anywhere loses nothing and leaves nothing over',
  { timeout: LIMIT_MS },
  async (operation) => {
    const kills = await killAtEveryEffect(scene, operation, ['after']);
    expect(kills).toBeGreaterThanOrEqual(operation.killsMin);
    if (operation.verb !== 'volume resize') await scene.expectEveryVersionBack();
  },
);
