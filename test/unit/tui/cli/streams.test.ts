import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogItem } from '../../../../common/contract/logs.ts';
import { AppError } from '../../../../common/errors.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

let face: SocketFace;
beforeAll(async () => {
  face = await openSocketFace();
});
afterAll(() => face.close());

test('a log goes to the streams it came from', async () => {
  expect(await berth(['logs', 'train'], face.path)).toEqual({ code: 0, out: 'epoch 1\n', err: 'a warning\n' });
});

test('with --json each piece of a log is a line of its own', async () => {
  const { out } = await berth(['logs', 'train', '--json'], face.path);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { stream: 'stdout', text: 'epoch 1\n' },
    { stream: 'stderr', text: 'a warning\n' },
  ]);
});

test('flags of logs reach the daemon as fields', async () => {
  let seen: unknown;
  await using own = await openSocketFace({
    services: {
      replicaSet: {
        async *logs(input) {
          seen = input;
          yield { stream: 'note', text: '' };
        },
      },
    },
  });
  const words = ['logs', 'train', '2', '-f', '-n', '5', '-t', '--no-stderr', '--since', '10m', '--resume'];
  expect((await berth(words, own.path)).code).toBe(0);
  expect(seen).toEqual({
    name: 'train',
    stdout: true,
    stderr: false,
    since: '10m',
    tail: 5,
    timestamps: true,
    follow: true,
    resume: true,
    version: 2,
  });
});

test('a log that fails in its middle is no success, and says why', async () => {
  await using own = await openSocketFace({
    services: {
      replicaSet: {
        async *logs() {
          yield { stream: 'stdout', text: 'epoch 1\n' };
          throw new AppError('ENGINE_DOWN', 'Docker does not answer: it was killed');
        },
      },
    },
  });
  const { code, out, err } = await berth(['logs', 'train', '-f'], own.path);
  expect({ code, out }).toEqual({ code: 1, out: 'epoch 1\n' });
  expect(err).toContain('Docker does not answer: it was killed');
  expect(err).toContain('the log broke off before its end');
});

const oddLog = () =>
  openSocketFace({
    services: {
      replicaSet: {
        async *logs(): AsyncGenerator<LogItem> {
          yield { stream: 'stdout', text: '\u001b[31mred\u001b[0m\u001b]0;title\u0007\u001b[2J\ttab\n' };
        },
      },
    },
  });

test('on a terminal a log keeps its colours and nothing else that a terminal obeys', async () => {
  await using own = await oddLog();
  const { out } = await berth(['logs', 'train'], own.path, new FakeTerminal({ tty: true }));
  expect(out).toBe('\u001b[31mred\u001b[0m\ttab\n');
});

test('in a pipe a log is what the container printed', async () => {
  await using own = await oddLog();
  expect((await berth(['logs', 'train'], own.path)).out).toContain('\u001b]0;title');
});

test('Ctrl-C ends a followed log without a word', async () => {
  await using own = await openSocketFace({
    services: {
      replicaSet: {
        async *logs(_input, { signal }) {
          yield { stream: 'stdout', text: 'begun\n' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      },
    },
  });
  const terminal = new FakeTerminal();
  const ran = berth(['logs', '-f', 'train'], own.path, terminal);
  await terminal.shows('stdout', 'begun');
  terminal.interrupt();
  expect(await ran).toEqual({ code: 130, out: 'begun\n', err: '' });
});

test.each([['logs'], ['stats'], ['wait'], ['export']])('%s of an unknown set says so and ends with 1', async (verb) => {
  const { code, err } = await berth([verb, 'nobody'], face.path);
  expect(code).toBe(1);
  expect(err).toContain('berth: there is no replicaSet "nobody"');
});

test.each([['logs'], ['export']])('%s without a daemon ends with 3', async (verb) => {
  const { code, err } = await berth([verb, 'train'], '/nowhere/berth.sock');
  expect(code).toBe(3);
  expect(err).toContain('berthd is not running');
});

test('stats are facts once, and a line each time with -f', async () => {
  const once = await berth(['stats', 'train'], face.path);
  expect(once.out).toContain('memory     3 GiB of 64 GiB');
  expect(once.out).toContain('GPU 1  93 %  1 GiB of 80 GiB');
  const { out } = await berth(['stats', '-f', 'train'], face.path);
  expect(out).toMatch(/^\d\d:\d\d:\d\d {2}CPU 212\.5 % \| memory 3 GiB of 64 GiB \| GPU 0 .*\n$/);
  expect(JSON.parse((await berth(['stats', 'train', '--json'], face.path)).out)).toMatchObject({ cpuPercent: 212.5 });
});

test('wait prints the exit code of the container', async () => {
  expect(await berth(['wait', 'train'], face.path)).toEqual({ code: 0, out: '3\n', err: '' });
});

test.each([
  [{ replacedBy: 3 }, 0, 'Version 2 was replaced by 3.\n'],
  [{ timedOut: true }, 1, 'Version 2 goes on.\n'],
])('wait that ends otherwise says how: %o', async (outcome, code, err) => {
  await using own = await openSocketFace({
    services: {
      replicaSet: {
        async *wait() {
          yield { type: 'ended', version: 2, StatusCode: null, replacedBy: null, timedOut: false, ...outcome };
        },
      },
    },
  });
  expect(await berth(['wait', 'train'], own.path)).toEqual({ code, out: '', err });
});

test('export writes the archive, and never to a terminal', async () => {
  expect(await berth(['export', 'train'], face.path)).toEqual({ code: 0, out: 'all files', err: '' });
  const { code, out, err } = await berth(['export', 'train'], face.path, new FakeTerminal({ tty: true }));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('berth export NAME > FILE.tar');
});

test('an archive that breaks off is a failure', async () => {
  await using own = await openSocketFace({
    services: {
      replicaSet: {
        exportFiles: async () => ({
          output: null,
          bytes: (async function* () {
            yield Buffer.from('half');
            throw new AppError('ENGINE_DOWN', 'Docker went away');
          })(),
        }),
      },
    },
  });
  const { code, err } = await berth(['export', 'train'], own.path);
  expect(code).toBe(3);
  expect(err).toContain('broke off before everything had come');
});

test.each([
  ['top', ['top', 'train'], 'PID   CMD\n4711  python train.py\n'],
  ['changes', ['changes', 'train'], 'A /data\n'],
  ['inspect', ['inspect', 'train'], '{\n  "Id": "'],
])('%s reads as it should', async (_, words, begin) => {
  const { code, out } = await berth(words, face.path);
  expect(code).toBe(0);
  expect(out.startsWith(begin), out).toBe(true);
});
