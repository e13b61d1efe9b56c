import { expect, test } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import { applyEvent, EMPTY_WORLD, withVersions } from '../../../../tui/state/world.ts';
import { fakeGpuUuid, fakeOperation, fakeSet } from '../../../rig/fakeServices.ts';
import { telemetryAt, uiGpus, uiNow, uiSets, uiSnapshot, uiVersions } from '../../../rig/uiWorld.ts';

const live = applyEvent(EMPTY_WORLD, uiSnapshot());
const at = (second: number): string => new Date(uiNow + second * 1000).toISOString();
const after = (...events: readonly BerthEvent[]) => events.reduce(applyEvent, live);

test('a snapshot replaces everything, so that nothing of before a reconnect stays', () => {
  const before = withVersions(live, 'llama', uiVersions());
  const [first] = uiSets();
  const again = applyEvent(before, { ...uiSnapshot(), sets: first === undefined ? [] : [first] } as BerthEvent);
  expect(again.sets.map(({ name }) => name)).toEqual(['llama']);
  expect(again.versions.size).toBe(0);
});

test('sets stand by name, whichever came first', () => {
  const world = after({ type: 'set', set: fakeSet({ name: 'bert' }) });
  expect(world.sets.map(({ name }) => name)).toEqual(['bert', 'llama', 'notebook', 'oldeval', 'sdxl', 'whisper']);
  expect(applyEvent(world, { type: 'setRemoved', name: 'bert' }).sets).toEqual(live.sets);
});

test('which version is current follows the set, whatever the version said when it was made', () => {
  const [newest] = uiVersions();
  if (newest === undefined) throw new Error('no version');
  const known = withVersions(live, 'llama', uiVersions());
  const made = applyEvent(known, {
    type: 'version',
    name: 'llama',
    version: { ...newest, version: 6, current: false },
  });
  const arrived = applyEvent(made, { type: 'set', set: fakeSet({ name: 'llama', version: 6 }) });
  expect(arrived.versions.get('llama')?.map((it) => [it.version, it.current])).toEqual([
    [1, false],
    [2, false],
    [3, false],
    [4, false],
    [5, false],
    [6, true],
  ]);
});

test('versions of a set that nobody looked at are not kept', () => {
  const [newest] = uiVersions();
  if (newest === undefined) throw new Error('no version');
  expect(after({ type: 'version', name: 'llama', version: newest }).versions.size).toBe(0);
});

test('a GPU that is granted before its set is on record gets its person with the set', () => {
  const [gpu] = uiGpus();
  if (gpu === undefined) throw new Error('no GPU');
  const granted = after({ type: 'gpus', gpus: [{ ...gpu, holder: 'fresh', owner: null }] });
  const known = applyEvent(granted, { type: 'set', set: fakeSet({ name: 'fresh', owner: 'eve' }) });
  expect(known.gpus[0]).toMatchObject({ holder: 'fresh', owner: 'eve' });
});

test('a GPU that appears is added', () => {
  const [gpu] = uiGpus();
  if (gpu === undefined) throw new Error('no GPU');
  expect(after({ type: 'gpus', gpus: [{ ...gpu, uuid: 'GPU-new' }] }).gpus).toHaveLength(9);
});

test('operations change in place, and new ones come first', () => {
  const done = fakeOperation({ id: '01K3', state: 'succeeded' });
  const world = after(
    { type: 'operation', operation: done },
    { type: 'operation', operation: fakeOperation({ id: '01K4' }) },
  );
  expect(world.operations.map(({ id, state }) => [id, state])).toEqual([
    ['01K4', 'succeeded'],
    ['01K3', 'succeeded'],
    ['01K2', 'succeeded'],
    ['01K1', 'failed'],
  ]);
});

test('load is kept over reconnects, the newest last, and bounded', () => {
  const samples = Array.from(
    { length: 600 },
    (_, second): BerthEvent => ({
      type: 'telemetry',
      at: at(second),
      gpus: telemetryAt(second),
    }),
  );
  const history = after(...samples, uiSnapshot()).history.get(fakeGpuUuid(0));
  expect(history?.utilizationPercent).toHaveLength(512);
  expect(history?.utilizationPercent.at(-1)).toBe(telemetryAt(599)[0]?.utilizationPercent);
  expect(history?.since).toBe(uiNow);
});

test('when a GPU was last at work is known once it was seen at work', () => {
  const idle = after(
    { type: 'telemetry', at: at(0), gpus: telemetryAt(0) },
    { type: 'telemetry', at: at(9), gpus: telemetryAt(9) },
  );
  expect(idle.history.get(fakeGpuUuid(6))?.busyAt).toBeUndefined();
  expect(idle.history.get(fakeGpuUuid(0))?.busyAt).toBe(uiNow + 9000);
});
