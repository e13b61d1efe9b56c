import { beforeEach, describe, expect, test } from 'vitest';
import { CoreRig } from '../../../../rig/coreRig.ts';
import { bring, codeOf, WITH_CONTAINER } from '../../../../rig/setScenes.ts';

let rig: CoreRig;

beforeEach(async () => {
  rig = await CoreRig.open();
  rig.world.addNetwork('lab');
  rig.world.addNetwork('wide', { subnet: '10.20.0.0/16' });
});

const attach = (network: string, more: { aliases?: string[]; ipv4?: string } = {}, name = 'train') =>
  rig.services.network.attach({ name, network, ...more }, rig.caller());
const detach = (network: string, name = 'train') => rig.services.network.detach({ name, network }, rig.caller());
const networksOf = (container: string) => [...rig.world.get(container).endpoints.keys()];

describe.each(WITH_CONTAINER)('of a %s set', (scene) => {
  test('the container that is there joins a network, and leaves it again', async () => {
    await bring(rig, 'train', scene);
    const { state } = await rig.status('train');
    const applied = scene === 'running' || scene === 'frozen';
    expect(await attach('lab', { aliases: ['node'] })).toEqual({
      changes: ['networks bridge > bridge,lab as node'],
      applied,
    });
    expect(rig.world.get('train-1').endpoints.get('lab')?.aliases).toEqual(['train', 'node']);
    expect(await rig.status('train')).toMatchObject({
      state,
      version: 1,
      networks: [{ network: 'bridge' }, { network: 'lab', aliases: ['node'], ipv4: null }],
    });
    expect(await detach('lab')).toEqual({ changes: ['networks bridge,lab as node > bridge'], applied });
    expect(networksOf('train-1')).toEqual(['bridge']);
    expect(await rig.status('train')).toMatchObject({ state, networks: null });
    const [version] = await rig.call('versions', 'train');
    expect(version?.amendments).toHaveLength(2);
    await rig.quiet();
    expect(rig.violations()).toEqual([]);
  });
});

test('the next version is on the same networks before it starts, found by the name of its set', async () => {
  await bring(rig, 'train', 'running');
  await attach('wide', { ipv4: '10.20.0.5' });
  rig.engine.calls.length = 0;
  await rig.call('patch', 'train', {});
  expect(rig.engine.calls.filter((call) => /^(create|connect|start)/.test(call)).map((it) => it.split(' ')[0])).toEqual(
    ['create', 'connect', 'start'],
  );
  expect(rig.world.get('train-2').endpoints.get('wide')).toEqual({
    network: 'wide',
    aliases: ['train'],
    ipv4: '10.20.0.5',
  });
});

test('a rollback returns to the networks of that version', async () => {
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  await attach('lab');
  expect(await rig.call('rollback', 'train', { version: 1 })).toMatchObject({ diff: ['networks bridge,lab > bridge'] });
  expect(networksOf('train-3')).toEqual(['bridge']);
});

test('a set that is run on networks is on these alone', async () => {
  await rig.run('train', { networks: ['lab', 'wide', 'lab'] });
  expect(networksOf('train-1')).toEqual(['lab', 'wide']);
  expect(await rig.services.network.links({ name: 'train' }, rig.caller())).toMatchObject([
    { network: 'lab' },
    { network: 'wide' },
  ]);
  expect((await rig.call('info', 'train')).info.networkingConfig.EndpointsConfig).toMatchObject({
    lab: { Aliases: null, IPAMConfig: null },
    wide: {},
  });
});

test('the list tells who is on which network, and leaves out what no set can be on', async () => {
  await bring(rig, 'train', 'running');
  await attach('lab');
  rig.world.addForeign({ name: 'theirs', network: { network: 'lab', aliases: [], ipv4: null } });
  const list = await rig.services.network.list({}, rig.caller());
  expect(list.map(({ name, sets, others }) => ({ name, sets, others }))).toEqual([
    { name: 'bridge', sets: ['train'], others: 0 },
    { name: 'lab', sets: ['train'], others: 1 },
    { name: 'wide', sets: [], others: 0 },
  ]);
});

test.each([
  ['a network that is not there', () => attach('nowhere'), 'NETWORK_NOT_FOUND'],
  ['the network of the host', () => attach('host'), 'NETWORK_REFUSED'],
  ['no network', () => attach('none'), 'NETWORK_REFUSED'],
  ['an alias on the default bridge', () => attach('bridge', { aliases: ['a'] }), 'NETWORK_REFUSED'],
  ['an address where Docker chose the subnet', () => attach('lab', { ipv4: '10.1.1.1' }), 'NETWORK_REFUSED'],
  ['leaving a network that it is not on', () => detach('lab'), 'NETWORK_NOT_ATTACHED'],
  ['leaving the default bridge while ports are published', () => detach('bridge'), 'WRONG_STATE'],
  ['a set that is not there', () => attach('lab', {}, 'nobody'), 'NOT_FOUND'],
] as const)('%s is refused, and nothing changes', async (_, attempt, code) => {
  await bring(rig, 'train', 'running');
  expect(await codeOf(attempt())).toBe(code);
  expect(networksOf('train-1')).toEqual(['bridge']);
  expect(await rig.status('train')).toMatchObject({ networks: null });
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
});

test('the last network stays', async () => {
  await rig.run('train', {});
  await attach('lab');
  await detach('bridge');
  expect(networksOf('train-1')).toEqual(['lab']);
  expect(await codeOf(detach('lab'))).toBe('WRONG_STATE');
});

test('the same again changes nothing, and another alias asks for a detach first', async () => {
  await bring(rig, 'train', 'running');
  await attach('lab');
  const batches = rig.store.batches.length;
  expect(await attach('lab')).toEqual({ changes: [], applied: true });
  expect(rig.store.batches).toHaveLength(batches);
  expect(await codeOf(attach('lab', { aliases: ['other'] }))).toBe('WRONG_STATE');
});

test.each(['patch', 'reboot', 'continueSet'] as const)(
  '%s is refused before anything ends where a network is gone',
  async (verb) => {
    await bring(rig, 'train', 'running');
    await attach('lab');
    rig.world.networks.delete('lab');
    expect(await codeOf(rig.call(verb, 'train'))).toBe('NETWORK_NOT_FOUND');
    expect(await rig.status('train')).toMatchObject({ state: 'running', version: 1 });
  },
);

test('a network that is gone can be left', async () => {
  await bring(rig, 'train', 'running');
  await attach('lab');
  rig.world.networks.delete('lab');
  expect(await detach('lab')).toMatchObject({ applied: true });
  expect(networksOf('train-1')).toEqual(['bridge']);
});

test.each(['applied', 'dropped', 'late'] as const)(
  'a connection whose answer never came (%s) is settled by looking',
  async (outcome) => {
    await bring(rig, 'train', 'running');
    rig.engine.faults.loseAnswer(outcome, 'connect');
    expect(await attach('lab')).toMatchObject({ applied: true });
    rig.engine.faults.settleLate();
    expect(networksOf('train-1')).toEqual(['bridge', 'lab']);
  },
);
