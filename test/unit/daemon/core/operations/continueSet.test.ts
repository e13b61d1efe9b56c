import { describe, expect, test } from 'vitest';
import type { Effect } from '../../../../../daemon/core/effects.ts';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { stubGpu, stubGpus } from '../../../../rig/engine/stubGpus.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../../rig/setScenes.ts';

const goOn = (rig: CoreRig) => rig.call('continueSet', 'train');

test.each(WITH_CONTAINER)(
  'continue of a %s set starts the same container with the same GPUs and ports',
  async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    expect(await goOn(rig)).toBeNull();
    expect(await rig.status('train')).toMatchObject({
      state: 'running',
      version: 1,
      ports: [{ containerPort: '22/tcp', hostPort: 40_000 }],
    });
    expect(Object.keys(rig.gpuHolders())).toEqual(stubGpus(2));
    expect(rig.readFile('train', '/keep')).toBe('mine');
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  },
);

test('continue of a running set restarts it in place', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const { startedAt } = rig.world.get('train-1');
  await goOn(rig);
  expect(rig.world.get('train-1').startedAt).not.toBe(startedAt);
});

test('a container that was removed outside cannot go on', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'gone');
  await expect(goOn(rig)).rejects.toMatchObject({ code: 'WRONG_STATE' });
});

test('continue after a stop is refused while another set holds its GPUs, and says who', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'stopped');
  await rig.run('other', { gpuCount: 1, containerPorts: ['22'] });
  await expect(goOn(rig)).rejects.toMatchObject({ code: 'LEASES_TAKEN' });
  await expect(goOn(rig)).rejects.toThrow('GPU 0 held by other');
  expect(await rig.status('train')).toMatchObject({ state: 'stopped' });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test("a stopped set's ports go to others last, so they are there when it comes back", async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  await rig.run('other', { containerPorts: ['22'] });
  expect(rig.core.state.current('other')?.ports).toMatchObject([{ hostPort: 40_001 }]);
  await goOn(rig);
  expect(rig.core.state.current('train')?.ports).toMatchObject([{ hostPort: 40_000 }]);
});

test.each(['stopped', 'paused', 'running'] as const)(
  'a port that an outsider took from a %s set is marked foreign, and continue says to use restart',
  async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    rig.world.outsiderPorts.add(40_000);
    await expect(goOn(rig)).rejects.toThrow('host port 40000');
    expect(rig.core.state.table('portLease').get('40000')?.name).toBeNull();
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
    await rig.call('restart', 'train');
    expect(rig.core.state.current('train')?.ports).toMatchObject([{ hostPort: 40_001 }]);
    expect(rig.readFile('train', '/keep')).toBe('mine');
  },
);

test('a port that is let go a moment later is waited for, not given up', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'paused');
  rig.world.outsiderPorts.add(40_000);
  rig.at(
    (effect) => effect.kind === 'wait',
    () => void rig.world.outsiderPorts.delete(40_000),
  );
  await goOn(rig);
  expect(rig.core.state.current('train')?.ports).toMatchObject([{ hostPort: 40_000 }]);
  expect(rig.violations()).toEqual([]);
});

test('a device that fails on continue is quarantined, and the set stays as it was', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  rig.world.brokenGpus.set(stubGpu(1), 'Xid 79');
  expect(await codeOf(goOn(rig))).toBe('DEVICE_FAILED');
  expect(await rig.status('train')).toMatchObject({ state: 'stopped', leasesHeld: false });
  expect(rig.core.state.table('gpu').get(stubGpu(1))?.quarantine).not.toBeNull();
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a start that shows itself late, after continue gave up, is stopped before its GPUs go to others', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.loseAnswer('late', 'start');
  const attempt = codeOf(goOn(rig));
  expect(await attempt).toBe('OUTCOME_UNKNOWN');
  rig.engine.faults.settleLate();
  await rig.quiet();
  expect(rig.world.get('train-1').status).toBe('exited');
  expect(rig.violations()).toEqual([]);
});

/** The status of the container when an undone continue gives its GPUs back. */
function statusAtRelease(rig: CoreRig): { seen: string | undefined } {
  const at: { seen: string | undefined } = { seen: undefined };
  rig.at(
    (effect) =>
      effect.kind === 'write' && effect.changes.some((change) => change.table === 'gpuLease' && 'del' in change),
    () => {
      at.seen = rig.world.get('train-1').status;
    },
  );
  return at;
}

test('a continue that cannot be written down stops the container before its GPUs go to others', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  const at = statusAtRelease(rig);
  const release = rig.engine.hold('start');
  const attempt = codeOf(goOn(rig));
  await rig.quiet();
  rig.store.failNextWrite();
  release();
  expect(await attempt).toBe('STORE_FAILED');
  expect(at.seen).toBe('exited');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a start that shows itself while continue gives up is stopped before its GPUs go to others', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  for (let tries = 0; tries < 3; tries += 1) rig.engine.faults.loseAnswer('late', 'start');
  let waits = 0;
  rig.at(
    (effect) => {
      waits += effect.kind === 'wait' ? 1 : 0;
      return waits === 4;
    },
    () => rig.engine.faults.settleLate(),
  );
  expect(await codeOf(goOn(rig))).toBe('OUTCOME_UNKNOWN');
  expect(waits).toBe(4);
  expect(rig.engine.calls.filter((call) => call.startsWith('stop'))).toHaveLength(2);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

describe('start', () => {
  test('says that a running set needs nothing', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    expect(await rig.call('start', 'train')).toEqual({ containerName: 'train-1', newVersion: false, action: 'none' });
  });

  test.each(['paused', 'stopped', 'exited'] as const)('brings a %s set back in the same container', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    expect(await rig.call('start', 'train')).toMatchObject({ containerName: 'train-1', action: 'continued' });
  });

  test('takes its GPUs again also where somebody has started the container already', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    rig.world.exit('train-1', 0);
    await rig.quiet();
    const release = rig.engine.hold('inspectContainer');
    const starting = rig.call('start', 'train');
    await rig.quiet();
    rig.engine.model.start('train-1');
    release();
    expect(await starting).toMatchObject({ containerName: 'train-1', action: 'continued' });
    expect(await rig.status('train')).toMatchObject({ state: 'running', leasesHeld: true });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('takes the next version where the GPUs went to others', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'stopped');
    await rig.run('other', { gpuCount: 2 });
    expect(await rig.call('start', 'train')).toEqual({
      containerName: 'train-2',
      newVersion: true,
      action: 'restarted',
    });
    expect(rig.readFile('train', '/keep')).toBe('mine');
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('takes the next version where a port turns out to be taken outside', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'stopped');
    rig.world.outsiderPorts.add(40_000);
    expect(await rig.call('start', 'train')).toMatchObject({ action: 'restarted' });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });
});

describe('reboot', () => {
  test.each(['running', 'frozen'] as const)('begins the same container of a %s set anew', async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const before = rig.core.state.current('train');
    const startedAt = rig.world.get('train-1').startedAt;
    expect(await rig.call('reboot', 'train')).toBeNull();
    expect(rig.core.state.current('train')).toEqual(before);
    expect(rig.world.get('train-1').startedAt).not.toBe(startedAt);
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1, leasesHeld: true });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('gives the container the time to end that was asked for', async () => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', 'running');
    const timeouts: unknown[] = [];
    const listen = () =>
      rig.at(
        (effect) => effect.kind === 'engine' && effect.verb === 'stop',
        (effect) => timeouts.push(effect.kind === 'engine' && effect.args[1]),
      );
    for (const [verb, input] of [
      ['reboot', { timeout: 77 }],
      ['reboot', {}],
      ['stop', { timeout: 0 }],
    ] as const) {
      listen();
      await rig.call(verb, 'train', input);
    }
    expect(timeouts).toEqual([77, rig.settings.stopTimeoutS, 0]);
  });
});

describe('a daemon that dies while it brings back', () => {
  const atStart = (effect: Effect): boolean => effect.kind === 'engine' && effect.verb === 'start';

  test.each(['running', 'frozen'] as const)(
    'a %s set after a restart of the engine leaves it running',
    async (scene) => {
      const rig = await CoreRig.open();
      await bring(rig, 'train', scene);
      await rig.engineDown();
      rig.world.reboot();
      rig.crashAt(atStart, 'after');
      await rig.engineUp();
      expect(rig.crashed).toBe(true);
      await rig.restart();
      expect(await rig.status('train')).toMatchObject({ state: 'running' });
      expect(rig.violations()).toEqual([]);
    },
  );

  test('a stopped set, with a process left on its GPUs, keeps others from them', async () => {
    const rig = await CoreRig.open({ gpus: 2 });
    await bring(rig, 'train', 'stopped');
    rig.world.strandNextStart();
    rig.at(
      (effect) => effect.kind === 'write' && rig.world.liveTasks().length > 0,
      () => rig.die(),
    );
    await expect(goOn(rig)).rejects.toThrow();
    await rig.restart();
    expect(await rig.status('train')).toMatchObject({ state: 'stopped' });
    expect(await codeOf(rig.run('other', { gpuCount: 1 }))).toBe('GPUS_BUSY');
    expect(rig.violations()).toEqual([]);
  });
});
