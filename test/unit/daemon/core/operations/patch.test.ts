import { describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { stubGpu, stubGpus } from '../../../../rig/engine/stubGpus.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../../rig/setScenes.ts';

const patchTo = (rig: CoreRig, gpuCount: number) => rig.call('patch', 'train', { gpuPatch: { gpuCount } });

describe.each(WITH_CONTAINER)('a %s set', (scene) => {
  test.each([
    ['patch', (rig: CoreRig) => patchTo(rig, 3), 3],
    ['patch with nothing to change', (rig: CoreRig) => rig.call('patch', 'train', {}), 2],
    ['restart', (rig: CoreRig) => rig.call('restart', 'train'), 2],
  ] as const)('%s keeps every file, its port and its GPUs, and ends running', async (_, act, gpuCount) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    const before = rig.core.state.current('train');
    expect(await act(rig)).toEqual({ containerName: 'train-2' });
    const after = rig.core.state.current('train');
    expect(rig.readFile('train', '/keep')).toBe('mine');
    expect(after?.gpus).toEqual(expect.arrayContaining([...(before?.gpus ?? [])]));
    expect(after?.gpus).toHaveLength(gpuCount);
    expect(after?.ports).toEqual(before?.ports);
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 2, reason: null });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });
});

test.each(['patch', 'restart'] as const)('%s of a set whose container was removed outside says so', async (verb) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'gone');
  const attempt = rig.call(verb, 'train', {});
  await expect(attempt).rejects.toMatchObject({ code: 'WRONG_STATE' });
  await expect(attempt).rejects.toThrow('container train-1 was removed outside Berth');
  expect(rig.violations()).toEqual([]);
});

test('an unknown set is not found, and a container name is explained', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  expect(await codeOf(rig.call('patch', 'other', {}))).toBe('NOT_FOUND');
  await expect(rig.call('patch', 'train-1', {})).rejects.toThrow('did you mean train?');
});

test('stop, then patch, keeps every file', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  await patchTo(rig, 1);
  expect(rig.readFile('train', '/keep')).toBe('mine');
});

test('files deleted before a patch stay deleted', async () => {
  const rig = await CoreRig.open();
  rig.world.addImage('app:2', { files: { '/etc/conf': 'old', '/.dot': 'dot' } });
  await rig.run('train', { imageName: 'app:2' });
  rig.world.get('train-1').files.delete('/etc/conf');
  await rig.call('patch', 'train', {});
  expect(rig.readFile('train', '/etc/conf')).toBeUndefined();
  expect(rig.readFile('train', '/.dot')).toBe('dot');
});

test('patches in a row go on and on, each from the files of the one before', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1, containerPorts: ['22'] });
  for (let version = 2; version <= 12; version += 1) {
    rig.writeFile('train', `/step${version}`, 'here');
    await patchTo(rig, (version % 4) + 1);
  }
  expect(rig.readFile('train', '/step2')).toBe('here');
  expect(rig.core.state.current('train')).toMatchObject({ version: 12, ports: [{ hostPort: 40_000 }] });
  expect(rig.core.state.current('train')?.spec.imageName).toBe('app:1');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('before the limit of layers is reached the files are flattened, and the chain begins anew', async () => {
  const rig = await CoreRig.open();
  rig.world.addImage('deep:1', { layers: 113, files: { '/base': 'base' } });
  await rig.run('train', { imageName: 'deep:1' });
  await rig.call('patch', 'train', {});
  await rig.call('patch', 'train', {});
  expect(rig.engine.calls.filter((call) => call.startsWith('flatten'))).toHaveLength(1);
  expect(rig.readFile('train', '/base')).toBe('base');
  const current = rig.core.state.current('train');
  expect(rig.world.images.get(current?.startedFrom ?? '')?.layers).toBe(1);
});

test('a patch to fewer GPUs keeps UUIDs that it had, and frees the others only with the commit', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 3 });
  const heldAtStart: number[] = [];
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'start',
    () => heldAtStart.push(Object.keys(rig.gpuHolders()).length),
  );
  await patchTo(rig, 1);
  expect(heldAtStart).toEqual([3]);
  expect(rig.gpuHolders()).toEqual({ [stubGpu(0)]: 'train' });
});

test('a patch to 0 that fails keeps the GPUs that are still in use', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.failNext('failed', 'create');
  expect(await codeOf(patchTo(rig, 0))).toBe('ENGINE_FAILED');
  expect(Object.keys(rig.gpuHolders())).toHaveLength(2);
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a patch that asks for too much changes nothing and stops nobody', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.run('other', { gpuCount: 2 });
  const calls = rig.engine.calls.length;
  expect(await codeOf(patchTo(rig, 3))).toBe('GPUS_BUSY');
  expect(await codeOf(patchTo(rig, 9))).toBe('GPUS_IMPOSSIBLE');
  expect(rig.engine.calls).toHaveLength(calls);
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
});

test('a disk that fills up during the save brings the old container back, with every file', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.engine.faults.failNext('noSpace', 'commit');
  expect(await codeOf(patchTo(rig, 3))).toBe('ENGINE_NO_SPACE');
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  expect(rig.readFile('train', '/keep')).toBe('mine');
  expect(rig.violations()).toEqual([]);
});

test('host ports stay the same across patch, rollback and restart', async () => {
  const rig = await CoreRig.open();
  await rig.run('first', { containerPorts: ['22'] });
  await rig.run('train', { containerPorts: ['22', '80'] });
  await rig.call('remove', 'first');
  const ports = rig.core.state.current('train')?.ports;
  await patchTo(rig, 1);
  expect(rig.core.state.current('train')?.ports).toEqual(ports);
  await rig.call('rollback', 'train', { version: 1 });
  expect(rig.core.state.current('train')?.ports).toEqual(ports);
  await rig.call('restart', 'train');
  expect(rig.core.state.current('train')?.ports).toEqual(ports);
});

test('restart while running takes nothing new', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  for (let times = 0; times < 3; times += 1) await rig.call('restart', 'train');
  expect(Object.keys(rig.gpuHolders())).toHaveLength(2);
  expect(rig.core.state.portsOf('train')).toHaveLength(1);
});

test('a port taken by an outsider while the old container stood still is replaced by the next one', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'start',
    () => rig.world.outsiderPorts.add(40_000),
  );
  await patchTo(rig, 2);
  expect(rig.core.state.current('train')?.ports).toEqual([{ containerPort: '22/tcp', hostPort: 40_001 }]);
  expect(rig.core.state.table('portLease').get('40000')?.name).toBeNull();
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a patch that fails after an outsider took the port says why the set cannot run, and a restart brings it back', async () => {
  const rig = await CoreRig.open({ settings: { portRange: { start: 40_000, end: 40_000 } } });
  await bring(rig, 'train', 'running');
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'start',
    () => rig.world.outsiderPorts.add(40_000),
  );
  expect(await codeOf(patchTo(rig, 2))).toBe('PORTS_BUSY');
  const status = await rig.status('train');
  expect(status.state).toBe('exited');
  expect(status.reason).toContain('port 40000 is already allocated');
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
  rig.world.outsiderPorts.clear();
  await rig.advance(11 * 60_000);
  await rig.call('restart', 'train');
  expect(rig.readFile('train', '/keep')).toBe('mine');
  expect(await rig.status('train')).toMatchObject({ state: 'running', ports: [{ hostPort: 40_000 }] });
});

test('a GPU that breaks is left behind: the old version runs on, and the next patch swaps it', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  rig.world.brokenGpus.set(stubGpu(2), 'Xid 79');
  expect(await codeOf(patchTo(rig, 3))).toBe('DEVICE_FAILED');
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  await patchTo(rig, 3);
  expect(rig.core.state.current('train')?.gpus).toEqual([stubGpu(0), stubGpu(1), stubGpu(3)]);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('a stopped set whose container somebody started does not run again when its restart fails', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  const release = rig.engine.hold('inspectContainer');
  const restarting = codeOf(rig.call('restart', 'train'));
  rig.engine.model.start('train-1');
  rig.engine.faults.failNext('failed', 'create');
  release();
  expect(await restarting).toBe('ENGINE_FAILED');
  await rig.quiet();
  expect(await rig.status('train')).toMatchObject({ state: 'stopped', leasesHeld: false });
  expect(rig.engine.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
  expect(rig.violations()).toEqual([]);
});

test('processes that outlive a start keep the version before off their GPUs', async () => {
  const rig = await CoreRig.open({ gpus: 2 });
  await bring(rig, 'train', 'running');
  rig.at(
    (effect) => effect.kind === 'engine' && effect.verb === 'start',
    () => {
      rig.world.strandNextStart();
      rig.crashAt(() => true, 'after');
    },
  );
  await expect(patchTo(rig, 2)).rejects.toThrow();
  await rig.restart();
  const status = await rig.status('train');
  expect(status).toMatchObject({ state: 'exited', version: 1 });
  expect(status.reason).toContain('live on');
  expect(rig.violations()).toEqual([]);
  expect(await codeOf(rig.call('continueSet', 'train'))).toBe('LEASES_TAKEN');
});

describe('volumes and host paths', () => {
  const bind = (src: string, dest: string) => ({ src, dest });

  test('a bind is replaced, and the file in the other volume is there', async () => {
    const rig = await CoreRig.open();
    rig.engine.model.createVolume('one', {});
    rig.engine.model.createVolume('two', {});
    await rig.run('train', { binds: [bind('one', '/data')] });
    rig.writeFile('train', '/data/x', '1');
    await rig.call('patch', 'train', { volumePatch: { oldBind: bind('one', '/data'), newBind: bind('two', '/data') } });
    expect(rig.readFile('train', '/data/x')).toBeUndefined();
    expect(rig.core.state.current('train')?.changes).toEqual(['volume /data one > two']);
  });

  test('oldBind that matches nothing is refused, not silently a recreation', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    const volumePatch = { oldBind: bind('one', '/data'), newBind: bind('two', '/data') };
    expect(await codeOf(rig.call('patch', 'train', { volumePatch }))).toBe('BIND_NOT_FOUND');
    expect(await rig.status('train')).toMatchObject({ version: 1 });
  });

  test('a volume that does not exist is refused before anything stops', async () => {
    const rig = await CoreRig.open();
    rig.engine.model.createVolume('one', {});
    await rig.run('train', { binds: [bind('one', '/data')] });
    const volumePatch = { oldBind: bind('one', '/data'), newBind: bind('none', '/data') };
    expect(await codeOf(rig.call('patch', 'train', { volumePatch }))).toBe('VOLUME_NOT_FOUND');
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  });
});

test('all GPUs change hands at once when everybody patches', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 2 });
  await rig.run('other', { gpuCount: 2 });
  const attempts = await Promise.allSettled([
    patchTo(rig, 1),
    rig.call('patch', 'other', { gpuPatch: { gpuCount: 3 } }),
    patchTo(rig, 4),
    rig.call('patch', 'other', { gpuPatch: { gpuCount: 1 } }),
  ]);
  await rig.quiet();
  expect(attempts[0]).toMatchObject({ status: 'fulfilled' });
  expect(rig.violations()).toEqual([]);
  expect(stubGpus(4)).toEqual(expect.arrayContaining(Object.keys(rig.gpuHolders())));
});
