/**
 * Every operation, cut off, refused or left without an answer at every one of its effects: afterwards it has happened
 * or it has not, the user's files are there, and nothing is left over.
 *
 * Long because it is one table of operations and one of faults.
 */
import { afterAll, describe, expect, test } from 'vitest';
import type { Effect } from '../../../../daemon/core/effects.ts';
import { CoreRig, IMAGE } from '../../../rig/coreRig.ts';

interface Scenario {
  readonly name: string;
  readonly given: (rig: CoreRig) => Promise<void>;
  readonly act: (rig: CoreRig) => Promise<unknown>;
  /** It goes on after a failure, whoever asked being told of it. */
  readonly isForward?: boolean;
  /** A stop of it that is carried out late ends what was started since; then the set says so. */
  readonly mayExit?: boolean;
  /** Its container is started again where it is undone, and is frozen no more. */
  readonly mayThaw?: boolean;
  /** Its volume may be resized although a set that was stopped for it had to be started as it was. */
  readonly mayKeepSets?: boolean;
  readonly growsInUse?: boolean;
}

const running = async (rig: CoreRig): Promise<void> => {
  await rig.run('train', { gpuCount: 2, containerPorts: ['22', '80'] });
  rig.writeFile('train', '/keep', 'version 1');
};
const then =
  (given: Scenario['given'], verb: 'stop' | 'pause' | 'freeze'): Scenario['given'] =>
  async (rig) => {
    await given(rig);
    await rig.call(verb, 'train');
  };
const twoVersions = async (rig: CoreRig): Promise<void> => {
  await running(rig);
  await rig.call('patch', 'train', { gpuPatch: { gpuCount: 1 } });
  rig.writeFile('train', '/keep', 'version 2');
};
const paused = then(running, 'pause');
const frozen = then(running, 'freeze');
const stopped = then(running, 'stop');
const patchTo = (gpuCount: number) => (rig: CoreRig) => rig.call('patch', 'train', { gpuPatch: { gpuCount } });
type Plain = 'stop' | 'pause' | 'continueSet' | 'restart' | 'start' | 'remove' | 'reboot' | 'freeze' | 'thaw';
const call = (verb: Plain) => (rig: CoreRig) => rig.call(verb, 'train');
const backTo1 = (rig: CoreRig) => rig.call('rollback', 'train', { version: 1 });

const relink = (rig: CoreRig, verb: 'attach' | 'detach', network: string) =>
  rig.services.network[verb]({ name: 'train', network }, rig.caller());
async function labs(rig: CoreRig): Promise<void> {
  rig.world.addNetwork('lab');
  await running(rig);
}
async function onLab(rig: CoreRig): Promise<void> {
  await labs(rig);
  await relink(rig, 'attach', 'lab');
}

const offline = { growsInUse: false, mayKeepSets: true, isForward: true } as const;
const createVolume = (rig: CoreRig, size: string | null) =>
  rig.services.volume.create({ name: 'data', size }, rig.caller());
const resizeTo = (size: string) => (rig: CoreRig) =>
  rig.services.volume.resize({ name: 'data', size, restartUsers: true }, rig.caller());
const removeVolume = (rig: CoreRig) => rig.services.volume.remove({ name: 'data' }, rig.caller());
async function aVolume(rig: CoreRig): Promise<void> {
  await createVolume(rig, '20MB');
  rig.volumes.model.write(rig.volumes.model.list()[0] ?? '', 'weights', 5_000_000);
}
async function onVolume(rig: CoreRig): Promise<void> {
  await aVolume(rig);
  await rig.run('train', { gpuCount: 2, containerPorts: ['22'], binds: [{ src: 'data', dest: '/data' }] });
  rig.writeFile('train', '/keep', 'version 1');
  await rig.run('eval', { gpuCount: 1, binds: [{ src: 'data-1', dest: '/data' }] });
}

const scenarios: readonly Scenario[] = [
  {
    name: 'run',
    given: async () => {},
    act: (rig) => rig.run('train', { gpuCount: 2, containerPorts: ['22'] }),
  },
  {
    name: 'run of an image with a volume',
    given: async (rig) => rig.world.addImage('db:1', { volumes: ['/data'], files: { '/data/seed': 'seed' } }),
    act: (rig) => rig.run('train', { imageName: 'db:1' }),
  },
  { name: 'patch to more GPUs', given: running, act: patchTo(3) },
  { name: 'patch to fewer GPUs', given: running, act: patchTo(1) },
  { name: 'patch of a paused set', given: paused, act: patchTo(3) },
  { name: 'patch of a stopped set', given: stopped, act: patchTo(3) },
  { name: 'rollback', given: twoVersions, act: backTo1 },
  { name: 'rollback of a stopped set', given: then(twoVersions, 'stop'), act: backTo1 },
  { name: 'restart', given: running, act: call('restart') },
  { name: 'restart of a stopped set', given: stopped, act: call('restart') },
  { name: 'stop', given: running, act: call('stop') },
  { name: 'stop of a paused set', given: paused, act: call('stop') },
  { name: 'pause', given: running, act: call('pause') },
  { name: 'continue of a running set', given: running, act: call('continueSet'), mayExit: true },
  { name: 'continue of a paused set', given: paused, act: call('continueSet') },
  { name: 'continue of a stopped set', given: stopped, act: call('continueSet') },
  { name: 'start of a stopped set', given: stopped, act: call('start') },
  { name: 'freeze', given: running, act: call('freeze') },
  { name: 'thaw', given: frozen, act: call('thaw') },
  { name: 'stop of a frozen set', given: frozen, act: call('stop'), mayThaw: true },
  { name: 'reboot', given: running, act: call('reboot'), mayExit: true },
  {
    name: 'kill',
    given: running,
    act: (rig) => rig.call('kill', 'train', { signal: 'KILL' }),
    isForward: true,
  },
  { name: 'resources', given: running, act: (rig) => rig.call('resources', 'train', { memory: 2 ** 33 }) },
  { name: 'resources of a stopped set', given: stopped, act: (rig) => rig.call('resources', 'train', { cpu: 2 }) },
  { name: 'network attach', given: labs, act: (rig) => relink(rig, 'attach', 'lab') },
  { name: 'network detach', given: onLab, act: (rig) => relink(rig, 'detach', 'lab') },
  { name: 'network detach of a stopped set', given: then(onLab, 'stop'), act: (rig) => relink(rig, 'detach', 'lab') },
  { name: 'patch of a set on two networks', given: onLab, act: patchTo(3) },
  { name: 'rename', given: twoVersions, act: (rig) => rig.call('rename', 'train', { newName: 'moved' }) },
  { name: 'delete', given: twoVersions, act: call('remove'), isForward: true },
  { name: 'delete of a stopped set', given: stopped, act: call('remove'), isForward: true },
  {
    name: 'volume create',
    given: async () => {},
    act: (rig) => createVolume(rig, '20MB'),
  },
  { name: 'volume create without a size', given: async () => {}, act: (rig) => createVolume(rig, null) },
  { name: 'growth of a volume in use', given: onVolume, act: resizeTo('50MB'), isForward: true },
  { name: 'growth of a volume with its sets stopped', given: onVolume, act: resizeTo('50MB'), ...offline },
  { name: 'shrinking of a volume with its sets stopped', given: onVolume, act: resizeTo('10MB'), ...offline },
  { name: 'shrinking of a volume that nobody uses', given: aVolume, act: resizeTo('10MB') },
  { name: 'volume rm', given: aVolume, act: removeVolume, isForward: true },
  {
    name: 'volume rm of one without a size',
    given: async (rig) => void (await createVolume(rig, null)),
    act: removeVolume,
    isForward: true,
  },
  { name: 'commit', given: running, act: (rig) => rig.call('commit', 'train', { newImageName: 'mine:1' }) },
];

/** What a user could tell: sets, versions, grants and files; no ids, no times. */
interface Picture {
  readonly sets: string;
  readonly volumes: string;
  /** Each set by itself, without numbers of versions. */
  readonly each: readonly string[];
}

function picture(rig: CoreRig): Picture {
  const { state } = rig.core;
  const sets = state.sets().map((set) => ({
    set: set.name,
    desired: set.desired,
    current: set.current,
    reason: set.reason,
    versions: [...rig.store.rows('version').values()].map((row) => [row.version, row.parent, row.gpus, row.ports]),
    limits: rig.world.find(state.current(set.name)?.containerId ?? '')?.spec.limits,
    networks: [...(rig.world.find(state.current(set.name)?.containerId ?? '')?.endpoints.values() ?? [])],
    file: rig.readFile(set.name, '/keep') ?? rig.readFile(set.name, '/data/seed'),
  }));
  const ports = [...state.table('portLease')].map(([port, lease]) => `${port} ${lease.name}`).toSorted();
  const gpus = [...state.table('gpuLease')].map(([uuid, lease]) => `${uuid} ${lease.name}`).toSorted();
  const volumes = [...state.table('volume').values()].map(({ name, current, size, deleting }) => ({
    name,
    current,
    size,
    deleting,
    versions: [...rig.store.rows('volumeVersion').values()].map((row) => [row.version, row.size]),
    files: rig.volumes.model.list().map((id) => [...rig.volumes.model.filesOf(id)]),
  }));
  return {
    sets: JSON.stringify({ sets, gpus, ports, mine: rig.world.images.has('mine:1') }),
    volumes: JSON.stringify({ volumes, docker: rig.world.volumes.size }),
    each: state
      .sets()
      .map(({ name, desired, reason }) =>
        JSON.stringify([
          name,
          desired,
          reason,
          rig.readFile(name, '/keep'),
          ...[state.gpusOf(name), state.portsOf(name)].map((leases) => leases.length),
          [...rig.store.rows('version').values()].filter((row) => row.name === name).length,
        ]),
      ),
  };
}

const isLike = (a: Picture, b: Picture): boolean => a.sets === b.sets && a.volumes === b.volumes;

/** Each set is as it was, or as its next version, whose number a second try may have raised. */
function isResized(seen: Picture, { before, after }: Outcome): boolean {
  const either = new Set([...before.each, ...after.each]);
  return seen.volumes === after.volumes && seen.each.every((set) => either.has(set));
}

interface Outcome {
  readonly effects: readonly string[];
  readonly before: Picture;
  readonly after: Picture;
}

const openFor = ({ growsInUse = true }: Scenario): Promise<CoreRig> =>
  CoreRig.open({ volumes: { support: { growsInUse } } });

/** Without a fault. */
async function rehearse(scenario: Scenario): Promise<Outcome> {
  const { given, act } = scenario;
  const rig = await openFor(scenario);
  await given(rig);
  await rig.quiet();
  const [before, first] = [picture(rig), rig.effects.length];
  await act(rig);
  await rig.quiet();
  expect(rig.violations()).toEqual([]);
  return { effects: rig.effects.slice(first), before, after: picture(rig) };
}

interface Fault {
  readonly name: string;
  /** Whether it can hit this effect, as `VERB effect`. */
  readonly hits: (effect: string) => boolean;
  readonly when?: 'before' | 'after';
  readonly strike: (rig: CoreRig, effect: Effect) => void;
  /** Makes the world whole again; by default a minute passes, and with it a routine look. */
  readonly mend?: (rig: CoreRig) => Promise<void>;
}

const isEngine = (effect: string): boolean => effect.includes(' engine ');
const isChange = (effect: string): boolean => isEngine(effect) && !/ engine (inspect|list)/.test(effect);
const isWrite = (effect: string): boolean => effect.endsWith(' write');
const verbOf = (effect: Effect) => (effect.kind === 'engine' && effect.verb !== 'listImages' ? effect.verb : undefined);

const aMinute = (rig: CoreRig): Promise<void> => rig.advance(60_000);
const lateness = async (rig: CoreRig): Promise<void> => {
  rig.engine.faults.settleLate();
  await rig.quiet();
  await aMinute(rig);
};

const faults: readonly Fault[] = [
  ...(['before', 'after'] as const).map(
    (when): Fault => ({
      name: `killed ${when}`,
      hits: () => true,
      when,
      strike: (rig) => rig.die(),
      mend: (rig) => rig.restart(),
    }),
  ),
  {
    name: 'refused by the engine at',
    hits: isEngine,
    strike: (rig, effect) => rig.engine.faults.failNext('failed', verbOf(effect)),
  },
  {
    name: 'out of space at',
    hits: isChange,
    strike: (rig, effect) => rig.engine.faults.failNext('noSpace', verbOf(effect)),
  },
  ...(['applied', 'dropped', 'late'] as const).map(
    (outcome): Fault => ({
      name: `without an answer (${outcome}) at`,
      hits: isChange,
      strike: (rig, effect) => rig.engine.faults.loseAnswer(outcome, verbOf(effect)),
      mend: lateness,
    }),
  ),
  {
    name: 'without an answer that is read at',
    hits: (effect) => isEngine(effect) && !isChange(effect),
    strike: (rig, effect) => rig.engine.faults.loseAnswer('dropped', verbOf(effect)),
  },
  {
    name: 'with an engine gone at',
    hits: isEngine,
    strike: (rig) => rig.engine.faults.setDown(true),
    mend: (rig) => rig.engineUp(),
  },
  {
    name: 'with a host that reboots at',
    hits: () => true,
    strike: (rig) => {
      rig.world.reboot();
      rig.volumes.model.reboot();
      rig.die();
    },
    mend: (rig) => rig.restart(),
  },
  ...(['before', 'after'] as const).map(
    (when): Fault => ({
      name: `refused by the host ${when}`,
      hits: (effect) => effect.includes(' volume '),
      strike: (rig, effect) => (effect.kind === 'volume' ? rig.volumes.model.failNext(effect.verb, when) : undefined),
    }),
  ),
  {
    name: 'with a full disk at',
    hits: isWrite,
    strike: (rig) => rig.store.failNextWrite(),
  },
];

let cases = 0;
afterAll(() => process.stdout.write(`${cases} faults in operations swept\n`));

/** What went wrong, in sentences; nothing when all is as it should be. */
async function tryOut(scenario: Scenario, fault: Fault, at: number, expected: Outcome): Promise<string[]> {
  const rig = await openFor(scenario);
  await scenario.given(rig);
  await rig.quiet();
  rig.at(at, (effect) => fault.strike(rig, effect), fault.when);
  const result = await scenario.act(rig).then(
    () => 'done' as const,
    () => 'refused' as const,
  );
  await rig.quiet();
  const died = rig.crashed;
  await (fault.mend ?? aMinute)(rig);
  const seen = picture(rig);
  const wrong = rig.violations();
  const set = rig.core.state.table('set').get('train');
  if (scenario.mayExit && set?.reason === 'ended by itself with exit code 143') return wrong;
  if (scenario.mayThaw && set?.desired === 'running') return wrong;
  const { before, after } = expected;
  const isDone = isLike(seen, after) || (scenario.mayKeepSets === true && isResized(seen, expected));
  const isUndone = isLike(seen, before);
  if (!isDone && !isUndone) wrong.push(`neither here nor there: ${seen.sets} ${seen.volumes}`);
  if (!died && result === 'done' && !isDone) wrong.push('said to be done, but it is not');
  if (!died && result === 'refused' && !isUndone && !scenario.isForward) wrong.push('refused, but it was done');
  return wrong;
}

describe.each(scenarios)('$name', (scenario) => {
  test.each(faults)('$name any effect is all or nothing', async (fault) => {
    const expected = await rehearse(scenario);
    const wrong: string[] = [];
    for (const [at, effect] of expected.effects.entries()) {
      if (!fault.hits(effect)) continue;
      cases += 1;
      const found = await tryOut(scenario, fault, at + 1, expected);
      wrong.push(...found.map((what) => `${fault.name} effect ${at + 1}, ${effect}: ${what}`));
    }
    expect(wrong).toEqual([]);
  });
});

test('the sweep sees what it looks for', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { imageName: IMAGE, gpuCount: 1 });
  rig.world.exit('train-1', 0);
  expect(rig.violations()).toEqual([expect.stringContaining('I9')]);
});
