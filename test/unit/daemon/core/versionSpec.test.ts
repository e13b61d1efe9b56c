import { describe, expect, test } from 'vitest';
import { parseInput } from '../../../../common/contract/parse.ts';
import { run } from '../../../../common/contract/replicaSet.ts';
import { AppError } from '../../../../common/errors.ts';
import { LEFT_OPEN, type PatchInput, patchedSpec, specOf } from '../../../../daemon/core/versionSpec.ts';
import { aSpec } from '../../../rig/records.ts';

const bind = (src: string, dest: string) => ({ src, dest });
const patched = (differing: Parameters<typeof aSpec>[0], patch: Omit<PatchInput, 'name'>) =>
  patchedSpec(aSpec(differing), { name: 'train', ...patch });

const codeOf = (attempt: () => unknown): string | undefined => {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('run', () => {
  const asked = (more: object) => specOf(parseInput(run.input, { imageName: 'a:1', replicaSetName: 'train', ...more }));

  test('leaves open what is not said', () => {
    expect(asked({})).toEqual({ ...aSpec({ imageName: 'a:1' }), ...LEFT_OPEN });
  });

  test('keeps everything that is', () => {
    expect(
      asked({
        entrypoint: [''],
        user: '1000:100+27',
        workDir: '/w',
        hostname: 'box',
        init: false,
        stopTimeout: 0,
        shmSize: '1g',
        labels: ['a=1', 'a=2'],
        cpu: 1.5,
        memory: '8GiB',
        memorySwap: '16GB',
        cpuShares: 512,
        cpusetCpus: '0-3',
        pidsLimit: 9,
      }),
    ).toMatchObject({
      entrypoint: [],
      user: '1000:100+27',
      workDir: '/w',
      hostname: 'box',
      init: false,
      stopTimeoutS: 0,
      shmBytes: 2 ** 30,
      labels: ['a=2'],
      limits: {
        nanoCpus: 1.5e9,
        memoryBytes: 2 ** 33,
        memorySwapBytes: 2 ** 34,
        cpuShares: 512,
        cpusetCpus: '0-3',
        pidsMax: 9,
      },
    });
  });

  test.each([
    [{ user: 'me' }, '"me" is known to the berth command alone'],
    [{ user: 'a b' }, 'write a user such as'],
    [{ user: '4294967296' }, 'a user or group id is at most'],
    [{ workDir: 'work' }, 'begin the working directory with /'],
    [{ hostname: '-box' }, 'use letters, digits and inner dashes'],
    [{ labels: ['berth.uid=x'] }, 'labels that begin with berth. are set by Berth alone'],
    [{ labels: ['BERTH.uid=x'] }, 'labels that begin with berth. are set by Berth alone'],
    [{ memory: '1 elephant' }, 'write a size such as'],
    [{ memory: '1MiB' }, 'a size of at least 6MiB'],
    [{ memory: 1 }, 'expected a string'],
    [{ cpu: 0 }, 'cpu must be at least 0.01'],
    [{ cpusetCpus: '0-' }, 'write CPUs such as'],
    [{ privileged: true }, 'unknown field "privileged"'],
    [{ memorySwap: '8GiB' }, 'memorySwap needs memory beside it'],
    [{ memory: '8GiB', memorySwap: '4GiB' }, 'cannot be less than memory'],
  ])('refuses %j with a clear message', (more, message) => {
    expect(() => asked(more)).toThrow(message);
  });
});

describe('patch', () => {
  test('of nothing changes nothing', () => {
    expect(patched({ user: '1000' }, {})).toEqual(aSpec({ user: '1000' }));
  });

  test('keeps other binds in their places when it replaces one', () => {
    const binds = [bind('a', '/a'), bind('b', '/b'), bind('c', '/c')];
    const volumePatch = { oldBind: bind('b', '/b'), newBind: bind('d', '/b') };
    expect(patched({ binds }, { volumePatch }).binds).toEqual([bind('a', '/a'), bind('d', '/b'), bind('c', '/c')]);
    const addBinds = [bind('d', '/b/'), bind('e', '/e')];
    expect(patched({ binds }, { addBinds, removeBinds: ['/a/'] }).binds).toEqual([
      bind('d', '/b/'),
      bind('c', '/c'),
      bind('e', '/e'),
    ]);
  });

  test('adds and removes ports whichever way their protocol is written', () => {
    const { containerPorts } = patched(
      { containerPorts: ['22', '53/udp'] },
      { addPorts: ['22/tcp', '80'], removePorts: ['53/udp'] },
    );
    expect(containerPorts).toEqual(['22', '80']);
  });

  test('sets and unsets variables and labels in place', () => {
    const patch = { setEnv: ['B=2', 'C=3'], unsetEnv: ['A'], setLabels: ['x=2'], unsetLabels: ['y'] };
    expect(patched({ env: ['A=1', 'B=1'], labels: ['x=1', 'y=1'] }, patch)).toMatchObject({
      env: ['B=2', 'C=3'],
      labels: ['x=2'],
    });
  });

  test('leaves to the image and the host again what is reset, also where it is set at once', () => {
    const before = specOf(
      parseInput(run.input, {
        imageName: 'a:1',
        replicaSetName: 't',
        cmd: ['x'],
        user: '1',
        memory: '8g',
        cpu: 1,
        init: false,
      }),
    );
    const after = patchedSpec(before, { name: 't', reset: ['cmd', 'user', 'memory', 'init'], cpu: 2 });
    expect(after).toEqual(aSpec({ imageName: 'a:1', limits: { ...LEFT_OPEN.limits, nanoCpus: 2e9 } }));
    expect(patchedSpec(before, { name: 't', reset: ['user'], user: '2' }).user).toBe('2');
  });

  test('of memory alone takes swap back to none', () => {
    const limits = { ...LEFT_OPEN.limits, memoryBytes: 2 ** 30, memorySwapBytes: 2 ** 31 };
    expect(patched({ limits }, { memory: 2 ** 32 }).limits).toMatchObject({
      memoryBytes: 2 ** 32,
      memorySwapBytes: null,
    });
  });

  test.each<[string, Omit<PatchInput, 'name'>]>([
    ['BIND_NOT_FOUND', { removeBinds: ['/nowhere'] }],
    ['BIND_NOT_FOUND', { volumePatch: { oldBind: bind('a', '/a'), newBind: bind('b', '/a') } }],
    ['BAD_INPUT', { removePorts: ['80'] }],
    ['BAD_INPUT', { unsetEnv: ['NOWHERE'] }],
    ['BAD_INPUT', { unsetLabels: ['nowhere'] }],
    ['BAD_INPUT', { keepFiles: true }],
  ])('is refused with %s when it is %j', (code, patch) => {
    expect(codeOf(() => patched({}, patch))).toBe(code);
  });
});
