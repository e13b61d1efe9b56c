/** Every verb that changes a set, in every state that it can meet one in, on a real engine through REST. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Daemon } from '../rig/daemon.ts';
import { eventually } from '../rig/eventually.ts';
import { IMAGE, outsideView, testEngine } from '../rig/testEngine.ts';

let daemon: Daemon;

beforeAll(async () => {
  daemon = await Daemon.start({ ...testEngine() });
});

afterAll(() => daemon.dispose());

type State = 'running' | 'frozen' | 'paused' | 'stopped' | 'exited';

const path = (name: string, verb: string): string => `/replicaSet/${name}${verb === '' ? '' : `/${verb}`}`;
const patch = (name: string, verb: string, body: object = {}) => daemon.rest('PATCH', path(name, verb), body);
const statusOf = (name: string) => daemon.ok<{ state: State; busy: string | null }>('GET', path(name, 'status'));

async function bring(name: string, state: State): Promise<void> {
  const cmd = ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done'];
  await daemon.ok('POST', '/replicaSet', {
    replicaSetName: name,
    imageName: IMAGE,
    cmd,
    gpuCount: 1,
    containerPorts: ['127.0.0.1:22'],
    stopTimeout: 5,
  });
  const verb = { running: undefined, frozen: 'freeze', paused: 'pause', stopped: 'stop', exited: 'kill' }[state];
  if (verb !== undefined) await daemon.ok('PATCH', path(name, verb));
  expect(await statusOf(name)).toMatchObject({ state });
}

interface Row {
  readonly verb: string;
  readonly body?: object;
  /** HTTP status, and the state that follows. */
  readonly answers: number;
  readonly after: State;
}

/** Verb after verb on one set, which is in the state at first. */
const TABLE: Readonly<Record<State, readonly Row[]>> = {
  running: [
    { verb: 'thaw', answers: 200, after: 'running' },
    { verb: 'resources', body: { memory: '64MiB', cpu: 0.5, pidsLimit: 64 }, answers: 200, after: 'running' },
    { verb: 'resources', body: { cpu: 4000 }, answers: 400, after: 'running' },
    { verb: 'kill', body: { signal: 'WINCH' }, answers: 200, after: 'running' },
    { verb: 'reboot', body: { timeout: 2 }, answers: 200, after: 'running' },
    { verb: 'freeze', answers: 200, after: 'frozen' },
    { verb: 'start', answers: 200, after: 'running' },
    { verb: 'kill', body: { signal: 'NOPE' }, answers: 400, after: 'running' },
    { verb: 'stop', body: { timeout: 1 }, answers: 200, after: 'stopped' },
  ],
  frozen: [
    { verb: 'freeze', answers: 200, after: 'frozen' },
    { verb: 'kill', body: { signal: 'TERM' }, answers: 409, after: 'frozen' },
    { verb: 'resources', body: { memory: '64MiB' }, answers: 200, after: 'frozen' },
    { verb: 'thaw', answers: 200, after: 'running' },
    { verb: 'freeze', answers: 200, after: 'frozen' },
    { verb: 'reboot', answers: 200, after: 'running' },
    { verb: 'freeze', answers: 200, after: 'frozen' },
    { verb: '', body: { setEnv: ['A=1'] }, answers: 200, after: 'running' },
    { verb: 'freeze', answers: 200, after: 'frozen' },
    { verb: 'kill', answers: 200, after: 'exited' },
  ],
  paused: [
    ...refusals('paused'),
    { verb: 'resources', body: { memory: '64MiB' }, answers: 200, after: 'paused' },
    { verb: 'continue', answers: 200, after: 'running' },
  ],
  stopped: [
    ...refusals('stopped'),
    { verb: 'resources', body: { memory: '64MiB' }, answers: 200, after: 'stopped' },
    { verb: 'start', answers: 200, after: 'running' },
  ],
  exited: [
    ...refusals('exited'),
    { verb: 'resources', body: { memory: '64MiB' }, answers: 200, after: 'exited' },
    { verb: 'restart', answers: 200, after: 'running' },
  ],
};

function refusals(after: State): readonly Row[] {
  return ['freeze', 'thaw', 'reboot', 'kill'].map((verb) => ({ verb, answers: 409, after }));
}

describe.each(Object.entries(TABLE))('a %s set', (state, rows) => {
  const name = `is_${state}`;

  test('answers each verb, and is as it should be afterwards', async () => {
    await bring(name, state as State);
    for (const { verb, body, answers, after } of rows) {
      const { status, msg } = await patch(name, verb, body);
      expect({ verb, body, status, msg }).toMatchObject({ status: answers });
      expect({ verb, body, ...(await statusOf(name)) }).toMatchObject({ state: after });
    }
  });

  test('is renamed and keeps its files, and goes when it is deleted as carefully as can be', async () => {
    const moved = `${name}_moved`;
    expect(await daemon.ok('PATCH', path(name, 'rename'), { newName: moved })).toEqual({ name: moved });
    expect(await daemon.rest('GET', path(name, ''))).toMatchObject({ status: 404 });
    const runs = (await statusOf(moved)).state === 'running';
    expect(await daemon.rest('DELETE', `${path(moved, '')}?strict=1`)).toMatchObject({ status: runs ? 409 : 200 });
    if (runs) await daemon.ok('DELETE', `${path(moved, '')}?stop=1&timeout=5`);
    expect(await daemon.rest('GET', path(moved, ''))).toMatchObject({ status: 404 });
  });
});

test('a container frozen from outside is shown as frozen, and thawed by start', async () => {
  await bring('outside', 'running');
  await outsideView().freeze('outside-1');
  await eventually('it is seen to be frozen', async () => (await statusOf('outside')).state === 'frozen');
  await daemon.ok('PATCH', path('outside', 'start'));
  expect(await statusOf('outside')).toMatchObject({ state: 'running' });
  await daemon.ok('DELETE', path('outside', ''));
});

test('while it is being patched a rename is refused, and other verbs wait their turn', async () => {
  await bring('busy', 'running');
  const patching = patch('busy', '', { setEnv: ['A=1'], cpu: 0.5 });
  await eventually('the patch is under way', async () => (await statusOf('busy')).busy === 'patch');
  const waiting = [patch('busy', 'freeze'), patch('busy', 'resources', { memory: '64MiB' })];
  expect(await patch('busy', 'rename', { newName: 'other' })).toMatchObject({ status: 409 });
  expect(await patching).toMatchObject({ status: 200, data: { containerName: 'busy-2' } });
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await statusOf('busy')).toMatchObject({ state: 'frozen', version: 2, limits: { memoryBytes: 64 * 2 ** 20 } });
  await daemon.ok('DELETE', path('busy', ''));
  expect(await daemon.gpusTaken()).toEqual([]);
});
