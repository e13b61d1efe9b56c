import { describe, expect, test } from 'vitest';
import { containerSpec, mergeEnv } from '../../../../daemon/core/containerSpec.ts';
import type { VersionRecord } from '../../../../daemon/core/records.ts';
import type { Settings } from '../../../../daemon/core/settings.ts';
import { aSpec, aVersion } from '../../../rig/records.ts';

const settings: Settings = {
  portRange: { start: 1, end: 2 },
  portAddress: null,
  bindRoots: [],
  stopTimeoutS: 10,
  shmBytes: 1024,
  memoryPerGpuBytes: 100,
  cpusPerGpu: 1.5,
  pidsMax: 7,
  logBytesMax: 9,
  exitGraceMs: 0,
};
const specOf = (differing: Partial<VersionRecord>, binds: readonly string[] = []) =>
  containerSpec(aVersion('train', 3, differing), { instance: 'I', uid: 'U', settings, binds });
const { defaults, spec } = aVersion('train', 3);

describe('the container', () => {
  test("is given the image's own values again, since a commit bakes others into its snapshot", () => {
    const image = {
      ...defaults,
      cmd: ['serve'],
      entrypoint: ['/entry'],
      user: '1000',
      workingDir: '/srv',
      env: ['PATH=/bin', 'CONTAINER_VERSION=2'],
      stopSignal: 'SIGINT',
    };
    expect(specOf({ defaults: image, startedFrom: 'berth.local/snapshot/u:v2-op' })).toMatchObject({
      name: 'train-3',
      image: 'berth.local/snapshot/u:v2-op',
      cmd: ['serve'],
      entrypoint: ['/entry'],
      user: '1000',
      workingDir: '/srv',
      env: ['PATH=/bin', 'CONTAINER_VERSION=3'],
      stopSignal: 'SIGINT',
    });
  });

  test('runs the command that was asked for', () => {
    expect(specOf({ spec: { ...spec, cmd: ['python'] } }).cmd).toEqual(['python']);
  });

  test('takes an entrypoint without the command that belongs to the image', () => {
    const python = aSpec({ entrypoint: ['python'] });
    expect(specOf({ spec: python })).toMatchObject({ entrypoint: ['python'], cmd: null });
    expect(specOf({ spec: { ...python, cmd: ['train.py'] } })).toMatchObject({ cmd: ['train.py'] });
  });

  test('keeps the labels of Berth whatever labels it was asked for', () => {
    const { labels } = specOf({ spec: aSpec({ labels: ['team=a=b', 'berth.uid=forged'] }) });
    expect(labels).toMatchObject({ team: 'a=b' });
    expect(labels['berth.uid']).not.toBe('forged');
  });

  test('has limits by its GPUs, and none of those without any', () => {
    expect(specOf({ gpus: ['a', 'b'] }).limits).toEqual({
      shmBytes: 1024,
      memoryBytes: 200,
      memorySwapBytes: 200,
      nanoCpus: 3e9,
      cpuShares: null,
      cpusetCpus: null,
      pidsMax: 7,
      logBytesMax: 9,
    });
    expect(specOf({ gpus: [] }).limits).toMatchObject({ memoryBytes: null, nanoCpus: null });
  });

  test("has a volume for each of the image's own, except where the user bound something", () => {
    const implicitVolumes = [
      { name: 'berth-u-0', dest: '/data' },
      { name: 'berth-u-1', dest: '/logs' },
    ];
    const bound = { ...spec, binds: [{ src: 'mine', dest: '//data/./' }] };
    expect(specOf({ implicitVolumes, spec: bound }, ['mine:/data']).binds).toEqual(['mine:/data', 'berth-u-1:/logs']);
  });

  test.each([
    [['bash'], 'SIGHUP'],
    [['/bin/sh', '-l'], 'SIGHUP'],
    [['sh', '-c', 'serve'], null],
    [['python'], null],
  ])('%j is stopped by %s', (cmd, signal) => {
    expect(specOf({ spec: { ...spec, cmd } }).stopSignal).toBe(signal);
  });
});

describe('the environment', () => {
  test.each([
    [['A=1', 'B=1'], ['A=2'], ['B=1', 'A=2']],
    [['A=1'], ['A=1', 'B='], ['A=1', 'B=']],
    [[], ['A=1', 'A=2'], ['A=2']],
    [['A=x=y'], [], ['A=x=y']],
  ])('%j under %j is %j', (base, over, merged) => {
    expect(mergeEnv(base, over)).toEqual(merged);
  });
});
