import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../../common/errors.ts';
import type { Caller } from '../../../../common/services.ts';
import { COMMANDS } from '../../../../tui/cli/commands.ts';
import { fakeGpu, fakeGpuUuid, fakeSet } from '../../../rig/fakeServices.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

let face: SocketFace;
beforeAll(async () => {
  face = await openSocketFace();
});
afterAll(() => face.close());

const GOLDEN = '../../../golden/cli';

test.each(['', ...COMMANDS.map(({ cli }) => cli.name), 'exec', 'completion'])(
  'the help of "berth %s" reads as it should',
  async (name) => {
    const { code, out, err } = await berth([...name.split(' ').filter(Boolean), '--help'], face.path);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    await expect(out).toMatchFileSnapshot(`${GOLDEN}/help/${name === '' ? 'berth' : name.replace(' ', '-')}.txt`);
  },
);

test('"berth help gpus drain" and "berth gpus drain --help" are the same', async () => {
  const asVerb = await berth(['help', 'gpus', 'drain'], face.path);
  expect(asVerb).toEqual(await berth(['gpus', 'drain', '--help'], face.path));
});

test.each([
  ['an unknown verb', ['lss'], "unknown command 'lss' (Did you mean ls?)", '`berth help` lists the commands.'],
  ['an unknown verb in help', ['help', 'patsch'], "unknown command 'patsch' (Did you mean patch?)", '`berth help`'],
  [
    'an unknown flag',
    ['patch', 'a', '--gpu', '1'],
    "unknown option '--gpu' (Did you mean one of --cpu, --gpus?)",
    '`berth help patch`',
  ],
  ['a missing argument', ['info'], "missing required argument 'name'", 'Usage: berth info [options] <name>'],
  ['a missing value', ['patch', 'a', '--gpus'], "option '-g, --gpus <n>' argument missing", '`berth help patch`'],
  ['a word too many', ['gpus', 'drian', '0'], "too many arguments for 'gpus'", '`berth help gpus`'],
  [
    'quiet and verbose',
    ['start', 'a', '-q', '--verbose'],
    "option '-q, --quiet' cannot be used with option '--verbose'",
    '`berth help start`',
  ],
  ['a global flag without its value', ['ls', '--socket'], "option '--socket <path>' argument missing", '`berth help`'],
  ['a bad value', ['run', 'a', 'b', '--gpus', 'x'], '--gpus takes a number, not "x"', ''],
  ['-t in a pipe', ['exec', '-t', 'train', 'sh'], '-t needs a terminal', 'berth exec -i NAME'],
])('%s ends with 2 and says what would be right', async (_what, words, message, hint) => {
  const { code, out, err } = await berth(words, face.path);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`berth: ${message}`);
  expect(err).toContain(hint);
});

test('what the daemon refuses ends with 1, in its words, with its hint', async () => {
  expect(await berth(['info', 'nobody'], face.path)).toEqual({
    code: 1,
    out: '',
    err: 'berth: there is no replicaSet "nobody"\n  `berth ls` lists the replicaSets.\n',
  });
});

test('failures are JSON for programs that asked for JSON', async () => {
  const { code, err } = await berth(['info', 'nobody', '--json'], face.path);
  expect(code).toBe(1);
  expect(JSON.parse(err)).toMatchObject({
    error: { code: 'NOT_FOUND', number: 1016, kind: 'reported', message: 'there is no replicaSet "nobody"' },
  });
});

test('without a daemon every command ends with 3 and says how to start it', async () => {
  const { code, out, err } = await berth(['ls'], '/nowhere/berth.sock');
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toContain('berth: berthd is not running (socket /nowhere/berth.sock)');
  expect(err).toContain('berthd serve --socket /nowhere/berth.sock');
});

test('a failure nobody expected shows no stack', async () => {
  await using broken = await openSocketFace({
    services: { replicaSet: { list: () => Promise.reject(new Error('boom')) } },
  });
  const { code, err } = await berth(['ls'], broken.path);
  expect(code).toBe(1);
  expect(err).not.toMatch(/boom|at .*\.ts/);
});

test('text from the daemon cannot steer the terminal', async () => {
  const nasty = 'there is no \u001b[2J\u009b"x"';
  await using hostile = await openSocketFace({
    services: { replicaSet: { status: () => Promise.reject(new AppError('NOT_FOUND', nasty)) } },
  });
  const { err } = await berth(['info', 'x'], hostile.path);
  expect(err.split('\n')[0]).toBe('berth: there is no "x"');
});

test('--json is the answer of the procedure and nothing else', async () => {
  const { out } = await berth(['ls', '--json'], face.path);
  expect(JSON.parse(out)).toEqual(await face.trpc.query('replicaSet.list', {}));
  expect((await berth(['stop', 'probe', '-y', '--json'], face.path)).out).toBe('null\n');
});

test('without a command there is an overview, and how to go on', async () => {
  const { code, out } = await berth([], face.path);
  expect(code).toBe(0);
  expect(out).toContain('train');
  expect(out).toContain('4 GPUs: 2 free, 2 granted');
  expect(out).toContain('berth help');
});

test.each([
  [[], { readonly: false, ascii: false, colour: true }],
  [['--no-color'], { readonly: false, ascii: false, colour: false }],
  [['--readonly', '--ascii'], { readonly: true, ascii: true, colour: true }],
])('without a command on a terminal the UI opens: %j', async (flags, how) => {
  const terminal = new FakeTerminal({ tty: true, env: { TERM: 'xterm' } });
  expect((await berth(flags, face.path, terminal)).out).toBe('');
  expect(terminal.uiOpened).toEqual([how]);
});

test.each([
  ['--json', ['--json'], { TERM: 'xterm' }],
  ['TERM=dumb', [], { TERM: 'dumb' }],
])('with %s the overview is printed on a terminal, too', async (_what, flags, env) => {
  const terminal = new FakeTerminal({ tty: true, env });
  expect((await berth(flags, face.path, terminal)).out).toContain('train');
  expect(terminal.uiOpened).toEqual([]);
});

test('without a command and without a daemon there is the help, and why', async () => {
  const { code, out, err } = await berth([], '/nowhere/berth.sock');
  expect(code).toBe(3);
  expect(out).toContain('Usage: berth');
  expect(err).toContain('berthd is not running');
});

test('version has something to say without a daemon too', async () => {
  const { code, out, err } = await berth(['version'], '/nowhere/berth.sock');
  expect(code).toBe(3);
  expect(out).toMatch(/^berth \d+\.\d+\.\d+/);
  expect(err).toContain('berthd is not running');
});

test.each([
  ['on a terminal', { tty: true }, [], true],
  ['in a pipe', {}, [], false],
  ['with NO_COLOR', { tty: true, env: { NO_COLOR: '1' } }, [], false],
  ['on a dumb terminal', { tty: true, env: { TERM: 'dumb' } }, [], false],
  ['with --no-color', { tty: true }, ['--no-color'], false],
])('colours %s', async (_where, options, flags, coloured) => {
  const { out } = await berth(['ls', ...flags], face.path, new FakeTerminal(options));
  expect(out.includes('\u001b[')).toBe(coloured);
});

test('a terminal that knows no width counts as 80 columns', async () => {
  const { out } = await berth(['ls', '--no-color'], face.path, new FakeTerminal({ tty: true, columns: 0 }));
  expect(out).toContain('pytorch:latest');
});

test.each([
  [
    'drain',
    1,
    ['--reason', 'new fan'],
    'drained: new fan\ntrain (alice) keeps it; nobody else is granted it until `berth gpus undrain 1`.\n',
  ],
  ['drain', 3, ['--reason', 'new fan'], 'drained: new fan\nNobody is granted it until `berth gpus undrain 3`.\n'],
  ['drain', 3, [], 'drained.\nNobody is granted it until `berth gpus undrain 3`.\n'],
  ['undrain', 1, [], 'in use again; it is granted to train (alice).\n'],
  ['undrain', 3, [], 'in use again; it is free.\n'],
] as const)('gpus %s %i %j says what becomes of the GPU', async (verb, index, flags, text) => {
  const granted = { ...fakeGpu(1, 'train'), reason: 'drained: not granted again after this' };
  const free = { ...fakeGpu(3), state: 'drained', reason: 'new fan' } as const;
  await using own = await openSocketFace({
    services: {
      resource: {
        gpuDrain: async ({ gpu }) => (gpu === '1' ? granted : free),
        gpuUndrain: async ({ gpu }) => fakeGpu(Number(gpu), gpu === '1' ? 'train' : null),
      },
    },
  });
  const { code, out } = await berth(['gpus', verb, String(index), ...flags], own.path);
  expect(code).toBe(0);
  expect(out).toBe(`GPU ${index} (${fakeGpuUuid(index)}) is ${text}`);
});

test('after run the set is shown with its GPUs and ports, and how to go on', async () => {
  const { out } = await berth(['run', 'train', 'pytorch:latest', '-q', '--gpus', '2'], face.path);
  expect(out).toBe('');
  const told = await berth(['run', 'train', 'pytorch:latest'], face.path);
  expect(told.out).toContain('train runs as version 2 (container train-2)\n  GPUs   0, 1\n  ports  40000 > 22/tcp\n');
  expect(told.out).toContain('berth exec -it train -- sh');
});

test('a set that ended at once is told as a failure, with the reason', async () => {
  const ended = fakeSet({ state: 'exited', reason: 'ended by itself with exit code 3' });
  await using own = await openSocketFace({ services: { replicaSet: { status: async () => ended } } });
  expect(await berth(['run', 'train', 'pytorch:latest'], own.path)).toEqual({
    code: 1,
    out: '',
    err: 'train ended at once: ended by itself with exit code 3. `berth info train` shows more.\n',
  });
});

test('a key typed once more is the same request for the daemon, and reads take none', async () => {
  const seen: unknown[] = [];
  const stop = async (input: unknown, { idempotency }: Caller) => {
    seen.push([input, idempotency?.key.split('/')[1], idempotency?.hash]);
    return null;
  };
  await using own = await openSocketFace({ services: { replicaSet: { stop } } });
  for (const key of ['k1', 'k1', 'k2']) await berth(['stop', 'train', '--yes', '--idempotency-key', key], own.path);
  const [first, second, third] = seen;
  expect(first).toEqual([expect.objectContaining({ name: 'train' }), 'k1', expect.any(String)]);
  expect(second).toEqual(first);
  expect(third).toEqual([expect.anything(), 'k2', expect.any(String)]);
  expect((await berth(['ls', '--idempotency-key', 'k1'], own.path)).err).toContain(
    "unknown option '--idempotency-key'",
  );
});
