import { describe, expect, test } from 'vitest';
import { idempotencyKeptMs } from '../../../../common/limits.ts';
import { dispatch, ENTRIES, type Entry } from '../../../../common/services.ts';
import { CoreRig, IMAGE } from '../../../rig/coreRig.ts';
import { bring, codeOf, type Scene } from '../../../rig/setScenes.ts';

function entryOf(path: string): Entry {
  const entry = ENTRIES.find((it) => it.path === path);
  if (entry === undefined) throw new Error(`there is no ${path}`);
  return entry;
}

/** As a face calls it: with the key among the fields. */
function ask(rig: CoreRig, path: string, input: object, key = 'k1', actor = 'ada'): Promise<unknown> {
  const entry = entryOf(path);
  return dispatch(rig.services, entry, rig.caller(actor), { ...input, idempotencyKey: key }) as Promise<unknown>;
}

const run = { replicaSetName: 'train', imageName: IMAGE, gpuCount: 1 };
const intoOf = (rig: CoreRig, verb: string): number =>
  [...rig.store.rows('audit').values()].filter((row) => row.verb === verb).length;

type Prepare = (rig: CoreRig) => Promise<unknown>;
const is =
  (scene: Scene): Prepare =>
  (rig) =>
    bring(rig, 'train', scene);
const patched: Prepare = async (rig) => {
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
};
const volume = (name: string, size: string | null) => (rig: CoreRig) =>
  rig.services.volume.create({ name, size, thin: false }, rig.caller());
const bound: Prepare = async (rig) => {
  await volume('data', '20MB')(rig);
  await rig.run('train', { binds: [{ src: 'data', dest: '/data' }] });
};
const onNetwork =
  (isAttached: boolean): Prepare =>
  async (rig) => {
    rig.world.addNetwork('lab');
    await rig.run('train');
    if (isAttached) await rig.services.network.attach({ name: 'train', network: 'lab' }, rig.caller());
  };
const train = { name: 'train' };

/** Every change that takes a key: from where it does something, and what it is asked. */
const CHANGES: Readonly<Record<string, readonly (readonly [situation: string, prepare: Prepare, input: object])[]>> = {
  'replicaSet.run': [['no set', async () => {}, run]],
  'replicaSet.patch': [['a running set', is('running'), { ...train, gpuPatch: { gpuCount: 1 } }]],
  'replicaSet.rollback': [['a set with two versions', patched, { ...train, version: 1 }]],
  'replicaSet.start': [
    ['a stopped set', is('stopped'), train],
    ['an exited set', is('exited'), train],
    ['a frozen set', is('frozen'), train],
  ],
  'replicaSet.stop': [['a running set', is('running'), train]],
  'replicaSet.pause': [['a running set', is('running'), train]],
  'replicaSet.continueSet': [['a paused set', is('paused'), train]],
  'replicaSet.restart': [['a running set', is('running'), train]],
  'replicaSet.reboot': [['a running set', is('running'), train]],
  'replicaSet.freeze': [['a running set', is('running'), train]],
  'replicaSet.thaw': [['a frozen set', is('frozen'), train]],
  'replicaSet.kill': [
    ['a running set that lives on', is('running'), { ...train, signal: 'URG' }],
    ['a running set that ends', is('running'), { ...train, signal: 'KILL' }],
    ['a running set that ends if it likes', is('running'), { ...train, signal: 'TERM' }],
  ],
  'replicaSet.resources': [['a running set', is('running'), { ...train, memory: '1GB' }]],
  'replicaSet.rename': [['a running set', is('running'), { ...train, newName: 'probe' }]],
  'network.attach': [['a running set', onNetwork(false), { ...train, network: 'lab' }]],
  'network.detach': [['a set on two networks', onNetwork(true), { ...train, network: 'lab' }]],
  'replicaSet.commit': [['a running set', is('running'), { ...train, newImageName: 'ada/train:v1' }]],
  'replicaSet.remove': [['a running set', is('running'), train]],
  'volume.create': [
    ['no sized volume', async () => {}, { name: 'data', size: '20MB' }],
    ['no plain volume', async () => {}, { name: 'data' }],
  ],
  'volume.resize': [
    ['a volume that nobody uses', volume('data', '20MB'), { name: 'data', size: '30MB' }],
    ['a volume in use', bound, { name: 'data', size: '10MB', restartUsers: true }],
  ],
  'volume.remove': [
    ['a sized volume', volume('data', '20MB'), { name: 'data' }],
    ['a plain volume', volume('data', null), { name: 'data' }],
  ],
  'resource.gpuDrain': [['a free GPU', async () => {}, { gpu: '0', reason: 'dust' }]],
  'resource.gpuUndrain': [
    ['a drained GPU', (rig) => rig.services.resource.gpuDrain({ gpu: '0' }, rig.caller()), { gpu: '0' }],
  ],
};

/** Those whose repetition is only known once they were answered, and why that does no harm. */
const NO_CHANGE_OF_STATE: Readonly<Record<string, string>> = {
  'replicaSet.setIngress': 'is always refused',
  'operation.cancel': 'ends an operation of this life of the daemon',
  'system.backup': 'takes one backup more',
};

test('every change of the contract takes a key and is tried here, or says why not', () => {
  const keyed = ENTRIES.filter(
    ({ procedure: { kind, idempotency } }) => kind === 'mutation' && idempotency === undefined,
  );
  const tried = [...Object.keys(CHANGES), ...Object.keys(NO_CHANGE_OF_STATE)];
  expect(keyed.map(({ path }) => path).toSorted()).toEqual(tried.toSorted());
});

/** Operations that were brought to their end, without the recreations that a resize begins on its own. */
const doneSince = (rig: CoreRig, rows: number): number =>
  [...rig.store.rows('audit').values()]
    .slice(rows)
    .filter(
      ({ result, verb }, _, all) =>
        result === 'ok' && (verb !== 'restart' || all.every((it) => it.verb !== 'volume resize')),
    ).length;

const cases = Object.entries(CHANGES).flatMap(([path, situations]) =>
  situations.map(([situation, prepare, input]) => ({ path, situation, prepare, input })),
);

describe.each(cases)('$path of $situation', ({ path, prepare, input }) => {
  test('has one effect and one answer, however often it is sent', async () => {
    const rig = await CoreRig.open();
    await prepare(rig);
    const first = await ask(rig, path, input);
    entryOf(path).procedure.output.parse(first);
    await rig.quiet();
    const rows = rig.store.rows('audit').size;
    expect(await ask(rig, path, input)).toEqual(first);
    await rig.restart();
    expect(await ask(rig, path, input)).toEqual(first);
    expect(rig.store.rows('audit').size).toBe(rows);
    expect(rig.violations()).toEqual([]);
  });

  test('has one effect and one answer also when the daemon dies at any of its effects', async () => {
    for (let effect = 1; ; effect += 1) {
      const rig = await CoreRig.open();
      await prepare(rig);
      await rig.quiet();
      const before = rig.store.rows('audit').size;
      rig.crashAt(effect, effect % 2 === 0 ? 'after' : 'before');
      const answer = await ask(rig, path, input).catch(() => 'lost');
      const isThrough = !rig.crashed;
      await rig.restart();
      const again = await ask(rig, path, input);
      entryOf(path).procedure.output.parse(again);
      if (answer !== 'lost') expect(again, `effect ${effect}`).toEqual(answer);
      await rig.quiet();
      expect(doneSince(rig, before), `effect ${effect}`).toBe(1);
      expect(rig.violations(), `effect ${effect}`).toEqual([]);
      if (isThrough) return;
    }
  });
});

test('a run that is sent twice makes one set, at the same time and later', async () => {
  const rig = await CoreRig.open();
  const answers = await Promise.all([ask(rig, 'replicaSet.run', run), ask(rig, 'replicaSet.run', run)]);
  expect([...answers, await ask(rig, 'replicaSet.run', run)]).toEqual(Array(3).fill({ name: 'train-1' }));
  expect(intoOf(rig, 'run')).toBe(1);
});

test('a rollback that was answered at its commit is answered the same before its end', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  await rig.call('patch', 'train', {});
  const release = rig.engine.hold('commit');
  const first = await ask(rig, 'replicaSet.rollback', { name: 'train', version: 1 });
  expect(await ask(rig, 'replicaSet.rollback', { name: 'train', version: 1 })).toEqual(first);
  release();
  await rig.quiet();
  expect(await ask(rig, 'replicaSet.rollback', { name: 'train', version: 1 })).toEqual(first);
  expect(intoOf(rig, 'rollback')).toBe(1);
});

test('what was undone left no effect, so the same key tries again', async () => {
  const rig = await CoreRig.open();
  rig.engine.faults.failNext('failed', 'create');
  expect(await codeOf(ask(rig, 'replicaSet.run', run))).toBe('ENGINE_FAILED');
  expect(await ask(rig, 'replicaSet.run', run)).toEqual({ name: 'train-2' });
});

test('a key with another request is refused, at the same time, later and after a restart', async () => {
  const rig = await CoreRig.open();
  const other = { ...run, gpuCount: 2 };
  const first = ask(rig, 'replicaSet.run', run);
  expect(await codeOf(ask(rig, 'replicaSet.run', other))).toBe('KEY_REUSED');
  await first;
  expect(await codeOf(ask(rig, 'replicaSet.run', other))).toBe('KEY_REUSED');
  expect(await codeOf(ask(rig, 'replicaSet.stop', { name: 'train' }))).toBe('KEY_REUSED');
  await rig.restart();
  expect(await codeOf(ask(rig, 'replicaSet.run', other))).toBe('KEY_REUSED');
});

test('the keys of two people are two keys', async () => {
  const rig = await CoreRig.open();
  await ask(rig, 'replicaSet.run', run);
  expect(await ask(rig, 'replicaSet.run', { ...run, replicaSetName: 'probe' }, 'k1', 'bob')).toEqual({
    name: 'probe-1',
  });
});

test('a key expires after a day', async () => {
  const rig = await CoreRig.open();
  await ask(rig, 'replicaSet.run', run);
  await rig.advance(idempotencyKeptMs + 1);
  expect(await ask(rig, 'replicaSet.stop', { name: 'train' })).toBeNull();
  expect([...rig.store.rows('idem').keys()]).toEqual(['ada/k1']);
});

test('a change that is no operation, or finds nothing to do, is answered the same too', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'stopped');
  expect(await ask(rig, 'replicaSet.stop', { name: 'train' }, 'k2')).toBeNull();
  const drained = await ask(rig, 'resource.gpuDrain', { gpu: '0', reason: 'dust' });
  await rig.call('start', 'train');
  await ask(rig, 'resource.gpuUndrain', { gpu: '0' }, 'k3');
  expect(await ask(rig, 'resource.gpuDrain', { gpu: '0', reason: 'dust' })).toEqual(drained);
  expect(await ask(rig, 'replicaSet.stop', { name: 'train' }, 'k2')).toBeNull();
  expect(await rig.status('train')).toMatchObject({ state: 'running' });
});

test('a command is refused a key, since its output is not kept', async () => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const attempt = (): Promise<unknown> => ask(rig, 'replicaSet.execute', { name: 'train', cmd: ['ls'] });
  expect(attempt).toThrow(/takes no idempotency key/);
});

test('a resize is answered again as it was, also where a set came back only later', async () => {
  const rig = await CoreRig.open();
  await bound(rig);
  const input = { name: 'data', size: '10MB', restartUsers: true };
  rig.at(
    (effect) => effect.kind === 'volume' && effect.verb === 'resize',
    () => rig.engine.faults.setDown(true),
    'after',
  );
  const first = await ask(rig, 'volume.resize', input);
  expect(first).toEqual({ name: 'data-2', size: '10MB', restarted: [] });
  expect(await ask(rig, 'volume.resize', input)).toEqual(first);
  await rig.engineUp();
  await rig.advance(60_000);
  expect(await rig.status('train')).toMatchObject({ version: 2, state: 'running' });
  expect(rig.store.rows('intent').size).toBe(0);
  expect(await ask(rig, 'volume.resize', input)).toEqual(first);
  expect(rig.violations()).toEqual([]);
});

test('a resize that a crash cut off after its commit names those that came back since', async () => {
  const rig = await CoreRig.open();
  await bound(rig);
  const input = { name: 'data', size: '10MB', restartUsers: true };
  rig.crashAt((effect, verb) => verb === 'volume resize' && effect.kind === 'engine' && effect.verb === 'create');
  await ask(rig, 'volume.resize', input).catch(() => 'lost');
  rig.engine.faults.setDown(true);
  await rig.restart();
  expect(await codeOf(ask(rig, 'volume.resize', input))).toBe('ENGINE_DOWN');
  await rig.engineUp();
  const { containerName } = rig.core.state.current('train') ?? {};
  expect(containerName).not.toBe('train-1');
  expect(await ask(rig, 'volume.resize', input)).toEqual({ name: 'data-2', size: '10MB', restarted: [containerName] });
});

test('a removal of a volume is answered again only once it is through', async () => {
  const rig = await CoreRig.open();
  await volume('data', '20MB')(rig);
  rig.volumes.model.failNext('remove');
  await ask(rig, 'volume.remove', { name: 'data' }).catch(() => 'failed');
  rig.volumes.model.failNext('remove');
  await expect(ask(rig, 'volume.remove', { name: 'data' })).rejects.toThrow('the volume host failed on purpose');
  expect(await ask(rig, 'volume.remove', { name: 'data' })).toBeNull();
  expect(await rig.volumes.list()).toEqual([]);
});

test('a drained GPU and the answer to it are one batch', async () => {
  const rig = await CoreRig.open();
  const before = rig.store.batches.length;
  await ask(rig, 'resource.gpuDrain', { gpu: '0' });
  expect(rig.store.batches.length - before).toBe(1);
});
