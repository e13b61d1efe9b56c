import { describe, expect, test } from 'vitest';
import { type Change, type GpuRecord, put } from '../../../../daemon/core/records.ts';
import { State } from '../../../../daemon/core/state.ts';
import { viewGpu, viewPorts, viewSet, viewVersion } from '../../../../daemon/core/views.ts';
import { stubDevices } from '../../../rig/fakeGpuSource.ts';
import { MemoryStore } from '../../../rig/memoryStore.ts';
import { aSet, aVersion } from '../../../rig/records.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const [device] = stubDevices(1) as [ReturnType<typeof stubDevices>[number]];
const gpu: GpuRecord = { ...device, simulated: false, missingSince: null, quarantine: null, drain: null };
const lease = put('gpuLease', gpu.uuid, { uuid: gpu.uuid, name: 'train', operation: 'op', since: SINCE });

async function stateOf(...changes: readonly Change[]): Promise<State> {
  const state = await State.load(new MemoryStore());
  state.apply([put('gpu', gpu.uuid, gpu), ...changes]);
  return state;
}

describe('a GPU', () => {
  const use = new Map([[gpu.uuid, { holder: 'container jupyter', owner: 'bob', since: SINCE }]]);
  const none = new Map<string, never>();
  const quarantine = { reason: 'Xid 79', since: SINCE };
  const drain = { reason: 'repair', since: SINCE, actor: 'root' };

  test.each([
    ['free', gpu, none, { state: 'free', holder: null, reason: null }],
    ['foreign', gpu, use, { state: 'foreign', holder: 'container jupyter', owner: 'bob' }],
    ['drained', { ...gpu, drain }, use, { state: 'drained', reason: 'repair' }],
    ['quarantined', { ...gpu, drain, quarantine }, none, { state: 'quarantined', reason: 'Xid 79' }],
    ['missing', { ...gpu, quarantine, missingSince: SINCE }, none, { state: 'missing', since: SINCE }],
  ] as const)('is %s', async (_, record, foreign, seen) => {
    expect(viewGpu(await stateOf(), record, foreign, undefined)).toMatchObject(seen);
  });

  test.each([
    [gpu, none, null],
    [{ ...gpu, missingSince: SINCE }, none, `missing since ${SINCE}`],
    [{ ...gpu, quarantine }, none, 'quarantined: Xid 79'],
    [{ ...gpu, drain }, none, 'drained (repair): not granted again after this'],
    [gpu, use, 'also in use outside Berth by container jupyter'],
  ] as const)('that is granted says what its holder should know', async (record, foreign, reason) => {
    const state = await stateOf(lease, put('set', 'train', aSet('train')));
    expect(viewGpu(state, record, foreign, undefined)).toMatchObject({
      state: 'granted',
      holder: 'train',
      owner: 'ada',
      reason,
    });
  });

  test('shows its load and when that was', async () => {
    const telemetry = {
      uuid: gpu.uuid,
      utilizationPercent: 5,
      memoryUsedBytes: 1,
      temperatureC: 30,
      powerW: 80,
      powerLimitW: 700,
    };
    const seen = viewGpu(await stateOf(), gpu, none, { at: SINCE, gpus: [telemetry] });
    expect(seen).toMatchObject({ telemetry, telemetryAt: SINCE });
  });
});

describe('a set', () => {
  const version = aVersion('train', 2, { gpus: [gpu.uuid], ports: [{ containerPort: '22/tcp', hostPort: 40_000 }] });

  test('shows the grants that it holds now, and that it is busy', async () => {
    const set = aSet('train', { current: 2 });
    const held = viewSet(await stateOf(lease), set, version, 'patch');
    expect(held).toMatchObject({ gpus: [{ uuid: gpu.uuid, index: 0 }], ports: [], busy: 'patch', leasesHeld: true });
    const stopped = viewSet(await stateOf(), { ...set, desired: 'stopped' }, version, null);
    expect(stopped).toMatchObject({ gpus: [], leasesHeld: false, state: 'stopped' });
  });
});

test('a version can be restored once its files are saved', () => {
  expect(viewVersion(aVersion('train', 2), 2)).toMatchObject({ current: true, restorable: false, snapshotBytes: null });
  const saved = aVersion('train', 1, { snapshot: { tag: 't', sizeBytes: 5 } });
  expect(viewVersion(saved, 2)).toMatchObject({ current: false, restorable: true, snapshotBytes: 5 });
});

test('ports are shown by number, foreign ones until their mark is too old', async () => {
  const row = { containerPort: null, operation: null, since: SINCE, reason: 'taken' };
  const state = await stateOf(
    put('portLease', '40010', { ...row, hostPort: 40_010, name: 'train' }),
    put('portLease', '4002', { ...row, hostPort: 4_002, name: null }),
  );
  expect(viewPorts(state, new Date(SINCE)).map(({ hostPort, state: is }) => [hostPort, is])).toEqual([
    [4_002, 'foreign'],
    [40_010, 'granted'],
  ]);
  expect(viewPorts(state, new Date('2026-01-02T00:00:00.000Z'))).toHaveLength(1);
});
