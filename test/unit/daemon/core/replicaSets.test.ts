import { expect, test } from 'vitest';
import { isAbsent } from '../../../../common/contract/define.ts';
import { contract } from '../../../../common/contract/index.ts';
import { reportOf } from '../../../../common/errors.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { stubGpu } from '../../../rig/engine/stubGpus.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

type Verb = Exclude<keyof CoreRig['services']['replicaSet'], 'list' | 'logs' | 'stats' | 'wait'>;
interface Refusal {
  readonly what: string;
  readonly verb: Verb;
  readonly act: (rig: CoreRig) => Promise<unknown>;
  readonly number: number;
  readonly httpStatus: number;
}

const inUnknown = (verb: Exclude<Verb, 'run'>, number: number): Refusal => ({
  what: `${verb} of an unknown set`,
  verb,
  act: (rig) => rig.call(verb, 'unknown', { version: 1, cmd: ['true'], newImageName: 'a:1', verb: 'stop' } as never),
  number,
  httpStatus: 404,
});

/** What existing clients are told, by the older contract's numbers. */
const refusals: readonly Refusal[] = [
  inUnknown('info', 1016),
  inUnknown('status', 1016),
  inUnknown('history', 1017),
  inUnknown('patch', 1007),
  inUnknown('rollback', 1021),
  inUnknown('restart', 1011),
  inUnknown('continueSet', 1011),
  inUnknown('start', 1019),
  inUnknown('stop', 1010),
  inUnknown('pause', 1018),
  inUnknown('remove', 1005),
  inUnknown('execute', 1006),
  inUnknown('commit', 1015),
  {
    what: 'a run of a name that exists',
    verb: 'run',
    act: (rig) => rig.run('train'),
    number: 1008,
    httpStatus: 409,
  },
  {
    what: 'a run with an image that is not here',
    verb: 'run',
    act: (rig) => rig.run('other', { imageName: 'no:1' }),
    number: 1004,
    httpStatus: 404,
  },
  {
    what: 'a run with more GPUs than are free',
    verb: 'run',
    act: (rig) => rig.run('other', { gpuCount: 3 }),
    number: 1013,
    httpStatus: 503,
  },
  {
    what: 'a patch to more GPUs than the host has',
    verb: 'patch',
    act: (rig) => rig.call('patch', 'train', { gpuPatch: { gpuCount: 9 } }),
    number: 1013,
    httpStatus: 409,
  },
  {
    what: 'a run with more ports than there are',
    verb: 'run',
    act: (rig) => rig.run('other', { containerPorts: Array.from({ length: 20 }, (_, at) => String(at + 1)) }),
    number: 1014,
    httpStatus: 503,
  },
  {
    what: 'a patch of a bind that the set does not have',
    verb: 'patch',
    act: (rig) => {
      const bind = { src: 'a', dest: '/a' };
      return rig.call('patch', 'train', { volumePatch: { oldBind: bind, newBind: bind } });
    },
    number: 1007,
    httpStatus: 409,
  },
  {
    what: 'a rollback to the current version',
    verb: 'rollback',
    act: (rig) => rig.call('rollback', 'train', { version: 1 }),
    number: 1022,
    httpStatus: 409,
  },
  {
    what: 'a rollback to a version that never was',
    verb: 'rollback',
    act: (rig) => rig.call('rollback', 'train', { version: 7 }),
    number: 1021,
    httpStatus: 404,
  },
  {
    what: 'a pause of a stopped set',
    verb: 'pause',
    act: async (rig) => {
      await rig.call('stop', 'train');
      return rig.call('pause', 'train');
    },
    number: 1018,
    httpStatus: 409,
  },
  {
    what: 'a continue whose GPUs went to others',
    verb: 'continueSet',
    act: async (rig) => {
      await rig.call('stop', 'train');
      await rig.run('other', { gpuCount: 4 });
      return rig.call('continueSet', 'train');
    },
    number: 1011,
    httpStatus: 409,
  },
  {
    what: 'a command that does not exist',
    verb: 'execute',
    act: (rig) => rig.call('execute', 'train', { cmd: ['nowhere'] }),
    number: 1006,
    httpStatus: 409,
  },
  {
    what: 'a run on a GPU that fails',
    verb: 'run',
    act: (rig) => {
      rig.world.brokenGpus.set(stubGpu(2), 'Xid 79');
      return rig.run('other', { gpuCount: 1 });
    },
    number: 1004,
    httpStatus: 502,
  },
  {
    what: 'a stop without an engine',
    verb: 'stop',
    act: async (rig) => {
      await rig.engineDown();
      return rig.call('stop', 'train');
    },
    number: 1010,
    httpStatus: 503,
  },
  {
    what: 'a patch that cannot be written down',
    verb: 'patch',
    act: (rig) => {
      rig.store.failNextWrite();
      return rig.call('patch', 'train', {});
    },
    number: 1007,
    httpStatus: 503,
  },
];

test.each(refusals)('$what is refused with $number', async ({ verb, act, number, httpStatus }) => {
  const rig = await CoreRig.open();
  await bring(rig, 'train', 'running');
  const { rest } = contract.replicaSet[verb];
  const fallback = isAbsent(rest) ? undefined : rest.fallback;
  const error = await act(rig).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(reportOf(error, fallback)).toMatchObject({ number, httpStatus });
});

test('sets are listed by name, and by state where that is asked for', async () => {
  const rig = await CoreRig.open();
  for (const name of ['b', 'a', 'c']) await rig.run(name);
  await rig.call('pause', 'a');
  const list = (input: object) => rig.services.replicaSet.list(input, rig.caller());
  expect((await list({})).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect((await list({ state: 'paused' })).map(({ name }) => name)).toEqual(['a']);
});

test('history is newest first, each version as it was configured', async () => {
  const rig = await CoreRig.open();
  await rig.run('train', { gpuCount: 1 });
  await rig.call('patch', 'train', { gpuPatch: { gpuCount: 2 } });
  const { history } = await rig.call('history', 'train');
  expect(
    history.map(({ version, status }) => [version, status.hostConfig.DeviceRequests?.[0]?.DeviceIDs.length]),
  ).toEqual([
    [2, 2],
    [1, 1],
  ]);
});

test('what two people ask for at once happens one after the other', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const codes = await Promise.all([
    codeOf(rig.services.replicaSet.stop({ name: 'train' }, rig.caller('ada'))),
    codeOf(rig.services.replicaSet.restart({ name: 'train' }, rig.caller('bob'))),
  ]);
  expect(codes).toEqual([undefined, undefined]);
  expect([...rig.store.rows('audit').values()].map(({ actor, verb }) => [actor, verb])).toEqual([
    ['ada', 'run'],
    ['ada', 'stop'],
    ['bob', 'restart'],
  ]);
  expect(await rig.status('train')).toMatchObject({ state: 'running', version: 2 });
});
