/** As test/e2e/kill.test.ts, for every operation, and also while each effect runs. */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { killAtEveryEffect } from '../rig/kills/killAtEveryEffect.ts';
import { otherOperations, quickOperations } from '../rig/kills/killedOperations.ts';
import { KillScene } from '../rig/kills/killScene.ts';
import { testEngine } from '../rig/testEngine.ts';

const told: string[] = [];
let scene: KillScene;

beforeEach(async () => {
  scene = await KillScene.open(testEngine());
});

afterEach(() => scene.dispose());
afterAll(() => {
  console.log(told.join('\n'));
});

test.each([...quickOperations, ...otherOperations])(
  '$what that is killed at any moment loses nothing and leaves nothing over',
  async (operation) => {
    const kills = await killAtEveryEffect(scene, operation, ['before', 'during', 'after']);
    expect(kills).toBeGreaterThanOrEqual(2 * operation.killsMin);
    const versions = await scene.expectEveryVersionBack();
    told.push(`${operation.what}: killed ${kills} times, ${versions} versions rolled back to`);
  },
);
