import { describe, expect, test } from 'vitest';
import { LABEL } from '../../../../daemon/core/labels.ts';
import { instancesIn, rebuild } from '../../../../daemon/core/rebuild.ts';
import { put } from '../../../../daemon/core/records.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { AT, evidenceOf, instanceOf, loseAndRebuild } from '../../../rig/lostState.ts';

/** What people see of a set and its versions, but for what labels cannot tell. */
async function picture(rig: CoreRig) {
  const sets = await rig.services.replicaSet.list({}, rig.caller());
  return Promise.all(
    sets.map(async (set) => ({
      ...set,
      stateSince: '',
      reason: '',
      createdAt: '',
      versions: (await rig.call('versions', set.name)).map((version) => ({ ...version, snapshotBytes: null })),
    })),
  );
}

async function tenSets(rig: CoreRig): Promise<string[]> {
  const names = Array.from({ length: 10 }, (_, at) => `set${at}`);
  for (const [at, name] of names.entries()) {
    await rig.run(name, { gpuCount: at % 2, containerPorts: ['22'], env: [`A=${at}`] });
    rig.writeFile(name, '/keep', `${name} one`);
    for (let change = 0; change < at % 4; change += 1) {
      await rig.call('patch', name, {});
      rig.writeFile(name, '/keep', `${name} ${change + 2}`);
    }
  }
  return names;
}

describe('ten sets with histories', () => {
  test('are there again, with versions, GPUs, ports and numbers, and roll back', async () => {
    const rig = await CoreRig.open({ gpus: 8 });
    const names = await tenSets(rig);
    const before = await picture(rig);
    const { sets, versions, notes } = await loseAndRebuild(rig);
    expect({ sets, versions, notes }).toEqual({ sets: 10, versions: 10 + 13, notes: [] });
    expect(await picture(rig)).toEqual(before);
    expect(rig.violations()).toEqual([]);
    for (const [at, name] of names.entries()) {
      if (at % 4 === 0) continue;
      await rig.call('rollback', name, { version: 1 });
      expect(rig.readFile(name, '/keep')).toBe(`${name} one`);
      expect(await rig.status(name)).toMatchObject({ version: (at % 4) + 2 });
    }
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('that do not run hold nothing, and start again', async () => {
    const rig = await CoreRig.open();
    await rig.run('train', { gpuCount: 2 });
    await rig.call('pause', 'train');
    await loseAndRebuild(rig);
    expect(await rig.status('train')).toMatchObject({
      state: 'stopped',
      gpus: [],
      reason: expect.stringContaining('rebuilt'),
    });
    await rig.call('start', 'train');
    expect(rig.violations()).toEqual([]);
  });

  test('one whose container is gone keeps its history', async () => {
    const rig = await CoreRig.open();
    const container = await rig.run('train');
    await rig.call('patch', 'train', {});
    rig.engine.model.remove('train-2');
    const { notes } = await loseAndRebuild(rig);
    expect(container).toBe('train-1');
    expect(notes).toEqual([expect.stringContaining('its container is gone')]);
    expect((await rig.call('versions', 'train')).map(({ version }) => version)).toEqual([1]);
  });
});

describe('a set that was renamed', () => {
  test('goes by the name of its newest version, and no number of either name is used again', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    await rig.call('patch', 'train', {});
    await rig.call('rename', 'train', { newName: 'probe' });
    await rig.call('patch', 'probe', {});
    await rig.quiet();
    const { sets, versions } = await loseAndRebuild(rig);
    expect({ sets, versions }).toEqual({ sets: 1, versions: 3 });
    expect((await rig.services.replicaSet.list({}, rig.caller())).map(({ name }) => name)).toEqual(['probe']);
    expect(await rig.call('versions', 'probe')).toHaveLength(3);
    await rig.call('rollback', 'probe', { version: 1 });
    await rig.quiet();
    expect(await rig.run('train')).toBe('train-3');
    expect(rig.violations()).toEqual([]);
  });

  test('and has had no version since goes by its old name, as its container does', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    await rig.call('rename', 'train', { newName: 'probe' });
    await loseAndRebuild(rig);
    expect(await rig.status('train')).toMatchObject({ version: 1, state: 'running' });
    expect(await rig.call('patch', 'train', {})).toEqual({ containerName: 'train-2' });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('may have left its former name to another set, whose numbers go on', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    for (let patch = 0; patch < 2; patch += 1) await rig.call('patch', 'train', {});
    await rig.call('rename', 'train', { newName: 'probe' });
    await rig.call('patch', 'probe', {});
    await rig.quiet();
    expect(await rig.run('train')).toBe('train-4');
    await loseAndRebuild(rig);
    expect(await rig.status('train')).toMatchObject({ version: 4 });
    expect(await rig.status('probe')).toMatchObject({ version: 4 });
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });

  test('leaves the highest number under its former name, also where another set has that name now', async () => {
    const rig = await CoreRig.open();
    await rig.run('probe');
    for (let patch = 0; patch < 2; patch += 1) await rig.call('patch', 'probe', {});
    await rig.call('rename', 'probe', { newName: 'other' });
    await rig.call('patch', 'other', {});
    await rig.quiet();
    const { containers, ...evidence } = await evidenceOf(rig);
    const at = { instance: instanceOf(rig), at: AT, operation: 'REBUILD' };
    const { changes } = rebuild({ ...evidence, containers }, at);
    const marks = changes.filter(({ table }) => table === 'hw');
    expect(marks.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([put('hw', 'other', 4), put('hw', 'probe', 3)]);
  });
});

describe('what is not ours to take', () => {
  test('labels of another installation, forged, or copied by a commit of a user make nothing', async () => {
    const rig = await CoreRig.open();
    await rig.run('train');
    await rig.call('commit', 'train', { newImageName: 'ada/copy:1' });
    const evidence = await evidenceOf(rig);
    const [container] = evidence.containers;
    if (container === undefined) throw new Error('no container');
    const forged = { ...container, id: 'f'.repeat(64), name: 'other-1' };
    const nonsense = {
      ...container,
      id: 'e'.repeat(64),
      labels: { ...container.labels, [LABEL.record]: '{"version":1}' },
    };
    const at = { instance: instanceOf(rig), at: AT, operation: 'REBUILD' };
    const alone = rebuild(evidence, at);
    expect(rebuild({ ...evidence, containers: [container, forged, nonsense] }, at)).toEqual(alone);
    expect(alone.sets).toBe(1);
    expect(rebuild(evidence, { ...at, instance: 'another' }).sets).toBe(0);
    expect([...instancesIn(evidence)]).toEqual([at.instance]);
  });

  test('a GPU that two containers were given is granted once, and both are named', async () => {
    const rig = await CoreRig.open();
    await rig.run('one', { gpuCount: 1 });
    const evidence = await evidenceOf(rig);
    const [container] = evidence.containers;
    if (container === undefined) throw new Error('no container');
    const record = JSON.parse(container.labels[LABEL.record] ?? '') as { version: object; set: object };
    const twin = {
      ...container,
      name: 'two-1',
      labels: {
        ...container.labels,
        [LABEL.uid]: 'UID2',
        [LABEL.record]: JSON.stringify({
          ...record,
          set: { ...record.set, uid: 'UID2' },
          version: { ...record.version, name: 'two', containerName: 'two-1' },
        }),
      },
    };
    const { changes, notes } = rebuild(
      { ...evidence, containers: [container, twin] },
      { instance: instanceOf(rig), at: AT, operation: 'REBUILD' },
    );
    expect(changes.filter(({ table }) => table === 'gpuLease')).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/^two: GPU .* was granted to one too; stop one of them$/)]);
  });
});
