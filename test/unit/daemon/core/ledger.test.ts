import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../common/errors.ts';
import { foreignPortTtlMs } from '../../../../common/limits.ts';
import {
  type ForeignUse,
  foreignPort,
  holdsItsGrants,
  isPortTaken,
  type LedgerView,
  releaseAdded,
  releaseAll,
  replacePort,
  reserve,
  reserveExactly,
  type Wish,
} from '../../../../daemon/core/ledger.ts';
import { type Change, del, type GpuRecord, put, versionKey } from '../../../../daemon/core/records.ts';
import { State } from '../../../../daemon/core/state.ts';
import { stubDevices } from '../../../rig/fakeGpuSource.ts';
import { MemoryStore } from '../../../rig/memoryStore.ts';
import { aSet, aVersion } from '../../../rig/records.ts';

const NOW = new Date('2026-01-01T12:00:00.000Z');
const SETTINGS = {
  portRange: { start: 100, end: 105 },
  portAddress: null,
  bindRoots: [],
  stopTimeoutS: 10,
  shmBytes: null,
  memoryPerGpuBytes: null,
  cpusPerGpu: null,
  pidsMax: null,
  logBytesMax: 0,
  exitGraceMs: 0,
};
const devices = stubDevices(4, 2);
const gpu = (at: number): string => devices[at]?.uuid ?? '';
const aGpu = (at: number, differing: Partial<GpuRecord> = {}): Change => {
  const device = devices[at] as (typeof devices)[number];
  const well = { simulated: false, missingSince: null, quarantine: null, drain: null };
  return put('gpu', device.uuid, { ...device, ...well, ...differing });
};
const gpuHeld = (at: number, name: string): Change =>
  put('gpuLease', gpu(at), { uuid: gpu(at), name, operation: 'op', since: NOW.toISOString() });
const portHeld = (hostPort: number, name: string, containerPort = '22/tcp'): Change =>
  put('portLease', String(hostPort), {
    hostPort,
    name,
    containerPort,
    operation: 'op',
    since: NOW.toISOString(),
    reason: null,
  });

async function view(changes: readonly Change[] = [], foreign: ForeignUse = new Map()): Promise<LedgerView> {
  const state = await State.load(new MemoryStore());
  state.apply([aGpu(0), aGpu(1), aGpu(2), aGpu(3), ...changes]);
  return { state, settings: SETTINGS, foreign, now: NOW };
}
const wish = (differing: Partial<Wish>): Wish => ({
  name: 'train',
  operation: 'now',
  gpuCount: 0,
  containerPorts: [],
  formerGpus: [],
  formerPorts: [],
  ...differing,
});
const failure = (attempt: () => unknown): AppError => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it was not refused');
};

describe('GPUs', () => {
  test('come from one NUMA node where that is possible, in index order', async () => {
    const { gpus, changes } = reserve(await view([gpuHeld(0, 'other')]), wish({ gpuCount: 2 }));
    expect(gpus).toEqual([gpu(2), gpu(3)]);
    expect(changes.map(({ table, key }) => [table, key])).toEqual([
      ['gpuLease', gpu(2)],
      ['gpuLease', gpu(3)],
    ]);
  });

  test('that the set holds stay, and only what is missing is added', async () => {
    const grant = reserve(await view([gpuHeld(3, 'train')]), wish({ gpuCount: 2 }));
    expect(grant).toMatchObject({ gpus: [gpu(2), gpu(3)], addedGpus: [gpu(2)], droppedGpus: [] });
  });

  test('that the set had before a stop are taken again where they are free', async () => {
    const grant = reserve(await view([gpuHeld(1, 'other')]), wish({ gpuCount: 2, formerGpus: [gpu(1), gpu(2)] }));
    expect(grant.gpus).toContain(gpu(2));
    expect(grant.gpus).not.toContain(gpu(1));
    expect(reserve(await view(), wish({ gpuCount: 2, formerGpus: [gpu(1), gpu(2)] })).gpus).toEqual([gpu(1), gpu(2)]);
  });

  test('that are too many are dropped, together with sick ones that are swapped', async () => {
    const sick = { reason: 'Xid 79', since: NOW.toISOString() };
    const held = await view([gpuHeld(0, 'train'), gpuHeld(1, 'train'), aGpu(0, { quarantine: sick })]);
    expect(reserve(held, wish({ gpuCount: 1 }))).toMatchObject({
      gpus: [gpu(1)],
      addedGpus: [],
      droppedGpus: [gpu(0)],
    });
    expect(reserve(held, wish({ gpuCount: 2 }))).toMatchObject({ droppedGpus: [gpu(0)], addedGpus: [gpu(2)] });
    expect(reserve(held, wish({ gpuCount: 0 }))).toMatchObject({ gpus: [], droppedGpus: [gpu(0), gpu(1)] });
  });

  test('that are drained stay with who holds them', async () => {
    const drain = { reason: null, since: NOW.toISOString(), actor: 'root' };
    const held = await view([gpuHeld(0, 'train'), aGpu(0, { drain })]);
    expect(reserve(held, wish({ gpuCount: 1 })).gpus).toEqual([gpu(0)]);
  });

  test('that cannot be had are each named with the reason', async () => {
    const since = NOW.toISOString();
    const foreign = new Map([[gpu(3), { holder: 'container jupyter', owner: null, since }]]);
    const taken = await view(
      [
        gpuHeld(0, 'other'),
        aGpu(1, { drain: { reason: null, since, actor: 'root' } }),
        aGpu(2, { missingSince: since }),
      ],
      foreign,
    );
    const refused = failure(() => reserve(taken, wish({ gpuCount: 1 })));
    expect(refused.code).toBe('GPUS_BUSY');
    for (const why of ['held by other', 'drained', 'missing since', 'outside Berth by container jupyter']) {
      expect(refused.message).toContain(why);
    }
  });

  test('a sick GPU of its own does not count as one that can be had', async () => {
    const quarantine = { reason: 'Xid 79', since: NOW.toISOString() };
    const held = await view([gpuHeld(0, 'train'), aGpu(0, { quarantine }), gpuHeld(1, 'other')]);
    const refused = failure(() => reserve(held, wish({ gpuCount: 3 })));
    expect(refused.details).toMatchObject({ asked: 3, available: 2 });
    expect(refused.message).toContain('GPU 0 quarantined: Xid 79');
  });
});

describe('host ports', () => {
  test('that the set holds stay, also when another is added', async () => {
    const grant = reserve(await view([portHeld(103, 'train')]), wish({ containerPorts: ['80', '22'] }));
    expect(grant.ports).toEqual([
      { containerPort: '80/tcp', hostPort: 100 },
      { containerPort: '22/tcp', hostPort: 103 },
    ]);
    expect(grant.addedPorts).toEqual([100]);
  });

  test('that are not asked for any more are dropped', async () => {
    expect(reserve(await view([portHeld(103, 'train')]), wish({}))).toMatchObject({ ports: [], droppedPorts: [103] });
  });

  test('that it had before are wished for first', async () => {
    const formerPorts = [{ containerPort: '22/tcp', hostPort: 104 }];
    expect(reserve(await view(), wish({ containerPorts: ['22'], formerPorts })).ports).toEqual(formerPorts);
  });

  test('that stopped sets remember are given to others last', async () => {
    const remembered = [
      put('set', 'other', aSet('other', { desired: 'stopped' })),
      put(
        'version',
        versionKey('other', 1),
        aVersion('other', 1, { ports: [{ containerPort: '22/tcp', hostPort: 100 }] }),
      ),
    ];
    expect(reserve(await view(remembered), wish({ containerPorts: ['22'] })).addedPorts).toEqual([101]);
  });

  test('one that is asked for twice is leased once', async () => {
    const grant = reserve(await view(), wish({ containerPorts: ['22', '22/tcp', '22/udp'] }));
    expect(grant.addedPorts).toEqual([100, 101]);
    expect(grant.ports.map((port) => port.containerPort)).toEqual(['22/tcp', '22/udp']);
  });

  test('held by somebody outside are tried again after a while', async () => {
    const mark = foreignPort(100, NOW.toISOString());
    const lease = 'value' in mark ? mark.value : undefined;
    const at = (ms: number) => isPortTaken(lease as never, new Date(NOW.getTime() + ms));
    expect(at(foreignPortTtlMs - 1)).toBe(true);
    expect(at(foreignPortTtlMs)).toBe(false);
    expect(isPortTaken(undefined, NOW)).toBe(false);
  });

  test('one that is lost in the start is replaced by the next, until there is none', async () => {
    const here = await view([100, 101, 102].map((port) => portHeld(port, 'train')));
    const lost = { containerPort: '22/tcp', hostPort: 100 };
    const { grant, changes } = replacePort(here, { name: 'train', operation: 'now' }, lost);
    expect(grant).toEqual({ containerPort: '22/tcp', hostPort: 103 });
    here.state.apply(changes);
    expect(here.state.table('portLease').get('100')).toMatchObject({ name: null, containerPort: null });
    here.state.apply([104, 105].map((port) => portHeld(port, 'other')));
    const refused = failure(() => replacePort(here, { name: 'train', operation: 'now' }, lost));
    expect(refused.code).toBe('PORTS_BUSY');
  });

  test('too few are busy, more than the range is impossible', async () => {
    const here = await view([100, 101, 102, 103].map((port) => portHeld(port, 'other')));
    expect(failure(() => reserve(here, wish({ containerPorts: ['1', '2', '3'] }))).code).toBe('PORTS_BUSY');
    const many = ['1', '2', '3', '4', '5', '6', '7'];
    expect(failure(() => reserve(here, wish({ containerPorts: many }))).code).toBe('PORTS_IMPOSSIBLE');
  });
});

describe('exactly the same again', () => {
  const former = { formerGpus: [gpu(0), gpu(1)], formerPorts: [{ containerPort: '22/tcp', hostPort: 100 }] };

  test('adds only what is not held any more', async () => {
    const grant = reserveExactly(await view([gpuHeld(0, 'train')]), wish(former));
    expect(grant).toMatchObject({ gpus: former.formerGpus, addedGpus: [gpu(1)], addedPorts: [100] });
  });

  test('names everything that stands in its way', async () => {
    const quarantine = { reason: 'Xid 79', since: NOW.toISOString() };
    const here = await view([
      gpuHeld(0, 'train'),
      aGpu(0, { quarantine }),
      gpuHeld(1, 'other'),
      portHeld(100, 'other'),
    ]);
    const refused = failure(() => reserveExactly(here, wish({ ...former, formerGpus: [gpu(0), gpu(1), 'GPU-sold'] })));
    expect(refused.code).toBe('LEASES_TAKEN');
    expect(refused.message).toBe(
      'train cannot have its GPUs and ports back: GPU 0 quarantined: Xid 79; GPU 1 held by other; ' +
        'GPU GPU-sold is not on this host any more; host port 100 held by other',
    );
  });
});

test('what is released is what the set holds, and nothing that changed hands', async () => {
  const { state } = await view([
    gpuHeld(0, 'train'),
    gpuHeld(1, 'other'),
    portHeld(100, 'train'),
    portHeld(101, 'other'),
  ]);
  expect(releaseAll(state, 'train')).toEqual([del('gpuLease', gpu(0)), del('portLease', '100')]);
  expect(releaseAdded(state, 'train', [gpu(0), gpu(1), gpu(2)], [100, 101, 102])).toEqual([
    del('gpuLease', gpu(0)),
    del('portLease', '100'),
  ]);
});

test('a set holds its grants until one of them is gone', async () => {
  const ports = [{ containerPort: '22/tcp', hostPort: 100 }];
  const version = aVersion('train', 1, { gpus: [gpu(0)], ports });
  const { state } = await view([gpuHeld(0, 'train'), portHeld(100, 'train')]);
  expect(holdsItsGrants(state, version)).toBe(true);
  state.apply([foreignPort(100, NOW.toISOString())]);
  expect(holdsItsGrants(state, version)).toBe(false);
});
