import { expect, test } from 'vitest';
import { LABEL } from '../../../../daemon/core/labels.ts';
import { type Evidence, instancesIn } from '../../../../daemon/core/rebuild.ts';
import { rebuildVolumes } from '../../../../daemon/core/rebuildVolumes.ts';
import { put, type VolumeRecord } from '../../../../daemon/core/records.ts';
import { hostIdOf } from '../../../../daemon/core/volumeUse.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { AT, evidenceOf, instanceOf, loseAndRebuild } from '../../../rig/lostState.ts';

const create = (rig: CoreRig, name: string, size: string | null, thin = false) =>
  rig.services.volume.create({ name, size, thin }, rig.caller());
const resize = (rig: CoreRig, name: string, size: string) => rig.services.volume.resize({ name, size }, rig.caller());
/** But for what labels and directories cannot tell. */
const known = async (rig: CoreRig) =>
  (await rig.services.volume.list({}, rig.caller())).volumes.map((volume) => ({
    ...volume,
    owner: '',
    createdAt: '',
    versionCreatedAt: '',
  }));

test('sized and plain ones are there again, with their versions, and with who binds them', async () => {
  const rig = await CoreRig.open();
  await create(rig, 'fat', '20MB');
  await resize(rig, 'fat', '30MB');
  await create(rig, 'thin', '1536KB', true);
  await create(rig, 'plain', null);
  const binds = [
    { src: 'fat', dest: '/fat' },
    { src: 'thin-1', dest: '/thin' },
    { src: 'plain', dest: '/plain' },
  ];
  await rig.run('train', { binds });
  const before = await known(rig);
  expect(before.map(({ versionName, usedBy }) => [versionName, usedBy.length])).toEqual([
    ['fat-2', 1],
    ['plain-1', 1],
    ['thin-1', 1],
  ]);
  const { volumes, notes } = await loseAndRebuild(rig);
  expect({ volumes, notes }).toEqual({ volumes: 3, notes: [] });
  expect(await known(rig)).toEqual(before);
  expect(rig.violations()).toEqual([]);
  const { binds: bound } = rig.world.get('train-1').spec;
  await rig.call('patch', 'train', {});
  expect(rig.world.get('train-2').spec.binds).toEqual(bound);
  expect(await resize(rig, 'fat', '40MB')).toMatchObject({ name: 'fat-3' });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('one that nobody binds is there again, and its rows say that they were made again', async () => {
  const rig = await CoreRig.open();
  await create(rig, 'alone', '2GB');
  await rig.run('train');
  await loseAndRebuild(rig);
  expect(await rig.services.volume.status({ name: 'alone' }, rig.caller())).toMatchObject({
    version: 1,
    size: '2GB',
    owner: 'unknown',
    createdAt: AT,
  });
  expect(await rig.services.volume.versions({ name: 'alone' }, rig.caller())).toMatchObject([
    { version: 1, cause: 'create', note: expect.stringMatching(/^made again from the directory alone-/) },
  ]);
});

test('the highest number that a set has bound is kept, also one that only its bind names', async () => {
  const rig = await CoreRig.open();
  await create(rig, 'fat', '20MB');
  await resize(rig, 'fat', '30MB');
  await rig.run('train', { binds: [{ src: 'fat', dest: '/fat' }] });
  const version = rig.core.state.current('train');
  if (version === undefined) throw new Error('no version');
  const facts = { instance: instanceOf(rig), at: AT, operation: 'REBUILD' };
  const numberOf = (versions: Parameters<typeof rebuildVolumes>[1]) =>
    rebuildVolumes(evidence, versions, facts).changes.find(({ table }) => table === 'hw');
  const evidence = await evidenceOf(rig);
  expect(numberOf([])).toEqual(put('hw', 'volume:fat', 1));
  expect(numberOf([version])).toEqual(put('hw', 'volume:fat', 2));
  const naming = { ...version, spec: { ...version.spec, binds: [{ src: 'fat-7', dest: '/fat' }] } };
  expect(numberOf([version, naming])).toEqual(put('hw', 'volume:fat', 7));
  const other = { ...version, spec: { ...version.spec, binds: [{ src: 'fatter-7', dest: '/fat' }] } };
  expect(numberOf([other])).toEqual(put('hw', 'volume:fat', 2));
});

test('of two of one name the bound one counts, else the newest; unfinished and foreign ones are left out', async () => {
  const rig = await CoreRig.open();
  await create(rig, 'fat', '20MB');
  await create(rig, 'plain', null);
  await rig.run('train', { binds: [{ src: 'fat', dest: '/fat' }] });
  const { containers, sized, dockerVolumes } = await evidenceOf(rig);
  const [own] = sized;
  if (own === undefined) throw new Error('no volume');
  const later = { ...own, id: 'fat-7ZZZZZZZZZZZZZZZZZZZZZZZZZ' };
  const broken = { id: 'half-01ARZ3NDEKTSV4RRFFQ69G5FAV', metadata: undefined };
  const foreign = {
    name: 'other-1',
    labels: { ...dockerVolumes[0]?.labels, [LABEL.volume]: 'other', [LABEL.instance]: 'another' },
  };
  const copied = { name: 'mine', labels: dockerVolumes[0]?.labels ?? {} };
  const evidence = { sized: [own, later, broken], dockerVolumes: [...dockerVolumes, foreign, copied] };
  const facts = { instance: instanceOf(rig), at: AT, operation: 'REBUILD' };
  const chosen = (running: Evidence['containers']) => {
    const { changes, volumes, notes } = rebuildVolumes({ ...evidence, containers: running }, [], facts);
    expect(volumes).toBe(2);
    expect(notes).toEqual([
      expect.stringMatching(/^volume directory half-\S+: it says nothing of its volume, and was left out$/),
      expect.stringMatching(/^volume fat: the directory \S+ is another one of that name, and was left out$/),
    ]);
    const [fat] = changes.filter(({ table, key }) => table === 'volume' && key === 'fat');
    return fat !== undefined && 'value' in fat ? hostIdOf(fat.value as VolumeRecord) : undefined;
  };
  expect(chosen(containers)).toBe(own.id);
  expect(chosen([])).toBe(later.id);
});

test('an installation that has left only plain volumes is known by them', async () => {
  const rig = await CoreRig.open();
  await create(rig, 'plain', null);
  const evidence = await evidenceOf(rig);
  expect([...instancesIn(evidence)]).toEqual([instanceOf(rig)]);
  const named = { name: 'x', labels: { [LABEL.instance]: 'no volume of Berth' } };
  expect([...instancesIn({ ...evidence, dockerVolumes: [named] })]).toEqual([]);
});
