/** Hostile names in every place of the UI, through a terminal emulator. */
import { expect, test } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import { Emulator } from '../../../rig/emulator.ts';
import { hostileText, numbers } from '../../../rig/hostileText.ts';
import { UiScene } from '../../../rig/uiScene.ts';
import { uiSnapshot } from '../../../rig/uiWorld.ts';

type Snapshot = Extract<BerthEvent, { type: 'snapshot' }>;

/** The same snapshot with every free text replaced. */
function spoiled(random: () => number): Snapshot {
  const snapshot = uiSnapshot() as Snapshot;
  const evil = (): string => hostileText(random);
  return {
    ...snapshot,
    sets: snapshot.sets.map((set) => ({ ...set, name: evil(), owner: evil(), imageName: evil(), reason: evil() })),
    gpus: snapshot.gpus.map((gpu) => ({ ...gpu, name: evil(), holder: evil(), owner: evil(), reason: evil() })),
    ports: snapshot.ports.map((port) => ({ ...port, holder: evil(), reason: evil() })),
    volumes: snapshot.volumes.map((volume) => ({ ...volume, name: evil(), owner: evil(), reason: evil() })),
    operations: snapshot.operations.map((it) => ({ ...it, name: evil(), actor: evil(), message: evil() })),
  };
}

const KEYS = ['1', '2', '4', '5', '6', '0', 'i', 'escape', '2', 'a', 'escape', 'y', '6', 'enter', 'escape'] as const;

test('no name, owner, image or message reaches the state of the terminal from any view', async () => {
  const random = numbers(99);
  const emulator = new Emulator(100, 30);
  const before = emulator.state();
  for (let round = 0; round < 40; round += 1) {
    const scene = new UiScene({ width: 100, height: 30, hostName: hostileText(random) });
    scene.send({ type: 'daemon', event: spoiled(random) });
    for (const key of KEYS) {
      const { characters } = scene.press(key).frame();
      emulator.write(`\u001b[H${characters.join('')}\u001b[H`);
    }
    await emulator.settled();
    expect(emulator.state(), `round ${round}`).toEqual(before);
  }
});
