import { expect, test } from 'vitest';
import type { BerthEvent } from '../../../../../common/contract/event.ts';
import type { PortView } from '../../../../../common/contract/resource.ts';
import { Narrator } from '../../../../../tui/cli/output/event.ts';
import { plainPaint } from '../../../../../tui/cli/output/paint.ts';
import { fakeEngine, fakeGpu, fakeOperation, fakeSet, fakeStore } from '../../../../rig/fakeServices.ts';
import { ports, versions } from './samples.ts';

const at = '2026-01-22T10:36:04.000Z';
const view = { width: 80, now: new Date(at), paint: plainPaint };

/** Tells all of them in turn; the lines of the last, less the clock. */
function tell(...events: readonly BerthEvent[]): readonly string[] {
  const narrator = new Narrator();
  const told = events.map((event) => narrator.lines(event, view));
  return (told.at(-1) ?? []).map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
}

const port = (hostPort: number, holder: string | null): PortView => ({
  ...(ports[0] ?? missing()),
  hostPort,
  holder,
});
function missing(): never {
  throw new Error('there is no such sample');
}

const snapshot = (over: Partial<Extract<BerthEvent, { type: 'snapshot' }>> = {}): BerthEvent => ({
  type: 'snapshot',
  at,
  engine: fakeEngine(),
  store: fakeStore(),
  sets: [fakeSet()],
  gpus: [fakeGpu(0, 'train'), fakeGpu(1)],
  ports: [port(40_000, 'train')],
  volumes: [],
  operations: [],
  ...over,
});

test('the snapshot is one line, with what is under way', () => {
  const running = fakeOperation({ state: 'running', endedAt: null });
  expect(tell(snapshot({ operations: [running, fakeOperation({ id: 'done' })] }))).toEqual([
    'watching 1 replicaSet; 2 GPUs: 1 free, 1 granted; 1 port in use; Docker 20.10.24, up; under way: patch train',
  ]);
});

test('sets say state, version, GPUs and ports', () => {
  expect(tell({ type: 'set', set: fakeSet() })).toEqual(['train is running: version 2, GPUs 0,1, ports 40000>22']);
  expect(tell({ type: 'setRemoved', name: 'train' })).toEqual(['train is deleted']);
});

test('versions say where they come from and what changed', () => {
  const version = versions[0] ?? missing();
  expect(tell({ type: 'version', name: 'train', version })).toEqual([
    'train has version 8 from version 5 by patch: gpus 2 > 3',
  ]);
});

test('a version is told once, however often something about it changes', () => {
  const version = (number: number, name = 'train'): BerthEvent => ({
    type: 'version',
    name,
    version: { ...(versions[0] ?? missing()), version: number },
  });
  expect(tell(snapshot(), version(2))).toEqual([]);
  expect(tell(snapshot(), version(3))).toHaveLength(1);
  expect(tell(snapshot(), version(3), version(3))).toEqual([]);
  expect(tell(snapshot(), version(1, 'other'))).toHaveLength(1);
});

test('a set that comes after a deleted one of its name has versions of its own', () => {
  const first: BerthEvent = {
    type: 'version',
    name: 'train',
    version: { ...(versions[0] ?? missing()), version: 1 },
  };
  expect(tell(snapshot(), { type: 'setRemoved', name: 'train' }, first)).toHaveLength(1);
});

test('of all ports only those that changed are told', () => {
  const after = [port(40_001, 'sdxl'), port(40_002, null)];
  expect(tell(snapshot(), { type: 'ports', ports: after })).toEqual([
    'port 40001 is held by sdxl',
    'port 40002 is held by somebody outside Berth',
    'port 40000 is free',
  ]);
});

test('GPUs say who got them, or why nobody does', () => {
  const gpus = [fakeGpu(0, 'train'), { ...fakeGpu(1), state: 'quarantined', reason: 'start failed' } as const];
  expect(tell({ type: 'gpus', gpus })).toEqual([
    'GPU 0 is granted to train (alice)',
    'GPU 1 is quarantined: start failed',
  ]);
});

test('an operation is told step by step, none twice', () => {
  const step = (name: string, endedAt: string | null = null) => ({ name, startedAt: at, endedAt, bytes: null });
  const running = (...names: string[]): BerthEvent => ({
    type: 'operation',
    operation: fakeOperation({ state: 'running', endedAt: null, steps: names.map((name) => step(name)) }),
  });
  const ended = fakeOperation({
    startedAt: '2026-01-22T10:36:00Z',
    endedAt: at,
    steps: [step('stop', at), step('commit', at)],
  });
  expect(tell(running('stop'))).toEqual(['→ patch train by alice', '  patch train: stop']);
  expect(tell(running('stop'), running('stop'))).toEqual([]);
  expect(tell(running('stop'), running('stop', 'commit'))).toEqual(['  patch train: commit']);
  expect(tell(running('stop', 'commit'), { type: 'operation', operation: ended })).toEqual([
    '✓ patch train: train is version 2 now (4.0 s)',
  ]);
});

test('a failure and an undone operation look like it', () => {
  const told = (state: 'failed' | 'undone') =>
    tell({ type: 'operation', operation: fakeOperation({ state, message: 'port 40000 is in use', steps: [] }) }).at(-1);
  expect(told('failed')).toBe('✗ patch train: port 40000 is in use (0.0 s)');
  expect(told('undone')).toBe('✗ patch train, undone: port 40000 is in use (0.0 s)');
});

test('load is a line with the GPUs by their index', () => {
  const telemetry = fakeGpu(1, 'train').telemetry ?? missing();
  const unknown = { ...telemetry, uuid: 'GPU-new-and-unknown', utilizationPercent: null, memoryUsedBytes: null };
  expect(tell(snapshot(), { type: 'telemetry', at, gpus: [telemetry, unknown] })).toEqual([
    '1: 93% 1 GiB 41°C | GPU-new-and-: - - 41°C',
  ]);
});

test('Docker going away is told with the reason', () => {
  const engine = { ...fakeEngine(), state: 'down', reason: 'connection refused' } as const;
  expect(tell({ type: 'engine', engine })).toEqual(['Docker 20.10.24, down for 3 h: connection refused']);
});

test('no event can steer the terminal', () => {
  const nasty = 'x\u001b[2J\u202e';
  const lines = [
    ...tell({ type: 'set', set: fakeSet({ name: nasty, reason: nasty }) }),
    ...tell({ type: 'setRemoved', name: nasty }),
    ...tell({ type: 'version', name: nasty, version: { ...(versions[0] ?? missing()), changes: [nasty] } }),
    ...tell({ type: 'gpus', gpus: [{ ...fakeGpu(0, nasty), reason: nasty }] }),
    ...tell({ type: 'ports', ports: [port(1, nasty)] }),
    ...tell({ type: 'operation', operation: fakeOperation({ name: nasty, actor: nasty, message: nasty }) }),
    ...tell({ type: 'engine', engine: { ...fakeEngine(), version: nasty, reason: nasty } }),
  ];
  for (const line of lines) expect(line).not.toMatch(/\p{Cc}|\p{Cf}/u);
});
