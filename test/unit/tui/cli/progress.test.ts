import { expect, test } from 'vitest';
import type { BerthEvent } from '../../../../common/contract/event.ts';
import type { OperationView } from '../../../../common/contract/views.ts';
import { fakeOperation, fakeServices } from '../../../rig/fakeServices.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

const START = '2026-01-22T10:36:00.000Z';
const MIDDLE = '2026-01-22T10:36:01.500Z';
const now = '2026-01-22T10:36:04.000Z';

const running = (over: Partial<OperationView> = {}): OperationView =>
  fakeOperation({ id: 'ours', state: 'running', endedAt: null, startedAt: START, message: null, steps: [], ...over });

const steps = [
  { name: 'stop', startedAt: START, endedAt: MIDDLE, bytes: null },
  { name: 'commit', startedAt: MIDDLE, endedAt: null, bytes: 1_288_490_189 },
];

interface Held {
  readonly face: SocketFace;
  /** Lets the change come to its end. */
  readonly finish: () => void;
  readonly began: Promise<void>;
}

/** A daemon that is in the middle of `start`, with one operation to tell of, until `finish`. */
async function busyDaemon(told: readonly OperationView[], before: readonly OperationView[] = []): Promise<Held> {
  const began = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<void>();
  const base = fakeServices();
  async function* watch(_input: unknown, caller: { signal: AbortSignal }): AsyncGenerator<BerthEvent> {
    for await (const event of base.event.watch({ telemetry: false }, { actor: 'a', role: 'view', ...caller })) {
      if (event.type !== 'snapshot') continue;
      yield { ...event, operations: [...before] };
      break;
    }
    await began.promise;
    for (const operation of told) yield { type: 'operation', operation };
    await ending.promise;
    yield {
      type: 'operation',
      operation: running({ state: 'succeeded', endedAt: now, steps: steps.map((it) => ({ ...it, endedAt: MIDDLE })) }),
    };
    await new Promise((resolve) => caller.signal.addEventListener('abort', resolve));
  }
  const face = await openSocketFace({
    services: {
      event: { watch },
      replicaSet: {
        start: async (input, caller) => {
          began.resolve();
          await ending.promise;
          return await base.replicaSet.start(input, caller);
        },
      },
    },
  });
  return { face, finish: ending.resolve, began: began.promise };
}

test('on a terminal one line shows the step, its time and its bytes, and is gone at the end', async () => {
  const { face, finish } = await busyDaemon([running({ steps })]);
  const terminal = new FakeTerminal({ tty: true, at: now, env: { NO_COLOR: '1' } });
  const done = berth(['start', 'train'], face.path, terminal);
  await terminal.shows('stderr', '\r\u001b[Kpatch train, step 2: commit 2.5 s, 1.2 GiB');
  finish();
  const { code, out, err } = await done;
  await face.close();
  expect(code).toBe(0);
  expect(err.endsWith('\r\u001b[K')).toBe(true);
  expect(err).not.toContain('\n');
  expect(out).toContain('train runs');
});

test('a change that waits for another says for whose', async () => {
  const other = running({ id: 'other', actor: 'bob', verb: 'commit' });
  const { face, finish } = await busyDaemon([{ ...other, steps }], [other]);
  const terminal = new FakeTerminal({ tty: true, at: now, env: { NO_COLOR: '1' } });
  const done = berth(['start', 'train'], face.path, terminal);
  await terminal.shows('stderr', 'waiting for bob: commit train, step 2: commit');
  finish();
  await done;
  await face.close();
});

test('the line is never wider than the terminal', async () => {
  const { face, finish } = await busyDaemon([running({ steps })]);
  const terminal = new FakeTerminal({ tty: true, columns: 20, at: now, env: { NO_COLOR: '1' } });
  const done = berth(['start', 'train'], face.path, terminal);
  await terminal.shows('stderr', 'patch train, step …');
  finish();
  await done;
  await face.close();
  for (const line of terminal.stderr.text.split('\r\u001b[K')) expect(line.length).toBeLessThan(20);
});

test('a pipe is told nothing, unless it asked for each step', async () => {
  const quiet = await busyDaemon([running({ steps })]);
  const silent = berth(['start', 'train'], quiet.face.path);
  await quiet.began;
  quiet.finish();
  expect((await silent).err).toBe('');
  await quiet.face.close();

  const told = await busyDaemon([running({ steps })]);
  const verbose = berth(['start', 'train', '--verbose'], told.face.path, new FakeTerminal({ at: now }));
  await told.began;
  told.finish();
  expect((await verbose).err).toBe('patch train: stop 1.5 s\npatch train: commit 0.0 s, 1.2 GiB\n');
  await told.face.close();
});

test('-q keeps a terminal quiet too', async () => {
  const { face, finish, began } = await busyDaemon([running({ steps })]);
  const done = berth(['start', 'train', '-q'], face.path, new FakeTerminal({ tty: true }));
  await began;
  finish();
  expect(await done).toEqual({ code: 0, out: '', err: '' });
  await face.close();
});

test('Ctrl-C leaves the daemon at work and says where to look', async () => {
  const { face, finish, began } = await busyDaemon([]);
  const terminal = new FakeTerminal();
  const done = berth(['start', 'train'], face.path, terminal);
  await began;
  expect(terminal.interrupt()).toBe(true);
  const { code, err } = await done;
  expect(code).toBe(130);
  expect(err).toContain('berthd finishes or undoes what it began. `berth info train` shows how it went');
  finish();
  await face.close();
});

test('a daemon that cannot tell of progress is no reason not to work', async () => {
  const watch = () => {
    throw new Error('no events today');
  };
  await using face = await openSocketFace({ services: { event: { watch } } });
  const { code } = await berth(['start', 'train', '--verbose'], face.path);
  expect(code).toBe(0);
});
