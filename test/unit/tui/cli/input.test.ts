import { expect, test } from 'vitest';
import { COMMANDS } from '../../../../tui/cli/commands.ts';
import { inputFrom, UsageError } from '../../../../tui/cli/input.ts';

type Words = Readonly<Record<string, string | readonly string[] | boolean>>;

function inputOf(path: string, typed: Words) {
  const spec = COMMANDS.find((command) => command.path === path);
  if (spec === undefined) throw new Error(`no command for ${path}`);
  return inputFrom(spec.procedure.input, spec.fields, new Map(Object.entries(typed)));
}

function mistake(path: string, typed: Words): UsageError {
  try {
    inputOf(path, typed);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was wrong with it');
}

const train = { replicaSetName: 'train', imageName: 'pytorch' };

test('texts become the values that the schema wants, and nothing else is sent', () => {
  const typed = {
    ...train,
    gpuCount: '2',
    binds: ['/srv/data:/data', 'vol:/v'],
    env: ['A=b=c'],
    cmd: ['sh', '-c', ''],
  };
  expect(inputOf('replicaSet.run', typed)).toEqual({
    ...train,
    gpuCount: 2,
    binds: [
      { src: '/srv/data', dest: '/data' },
      { src: 'vol', dest: '/v' },
    ],
    env: ['A=b=c'],
    cmd: ['sh', '-c', ''],
  });
  expect(inputOf('replicaSet.run', train)).toEqual(train);
});

test('dotted fields are put back into their objects', () => {
  const typed = {
    name: 'train',
    'gpuPatch.gpuCount': '0',
    'volumePatch.oldBind': 'a:/a',
    'volumePatch.newBind': 'b:/a',
  };
  expect(inputOf('replicaSet.patch', typed)).toEqual({
    name: 'train',
    gpuPatch: { gpuCount: 0 },
    volumePatch: { oldBind: { src: 'a', dest: '/a' }, newBind: { src: 'b', dest: '/a' } },
  });
});

test.each<[string, string, Words, string]>([
  ['a word for a number', 'replicaSet.run', { ...train, gpuCount: 'two' }, '--gpus takes a number, not "two"'],
  ['an empty number', 'replicaSet.run', { ...train, gpuCount: '' }, '--gpus takes a number, not ""'],
  ['hexadecimal', 'replicaSet.run', { ...train, gpuCount: '0x2' }, '--gpus takes a number, not "0x2"'],
  ['half a GPU', 'replicaSet.run', { ...train, gpuCount: '1.5' }, '--gpus: '],
  ['a negative count', 'replicaSet.run', { ...train, gpuCount: '-1' }, '--gpus: gpuCount is -1'],
  ['a bind without a colon', 'replicaSet.run', { ...train, binds: ['data'] }, '--bind takes SRC:DEST, not "data"'],
  ['a bind without a source', 'replicaSet.run', { ...train, binds: [':/d'] }, '--bind takes SRC:DEST, not ":/d"'],
  ['a relative destination', 'replicaSet.run', { ...train, binds: ['a:b'] }, '--bind: begin the path in the container'],
  ['a variable without =', 'replicaSet.run', { ...train, env: ['A'] }, '--env: write KEY=value'],
  ['a bad port', 'replicaSet.run', { ...train, containerPorts: ['ssh'] }, '--port: write a port such as'],
  ['half of a pair', 'replicaSet.patch', { name: 'a', 'volumePatch.oldBind': 'a:/a' }, '--new-bind is missing'],
  ['a dash in a name', 'replicaSet.run', { ...train, replicaSetName: 'a-b' }, '<replica-set>: "a-b" contains a dash'],
  ['a missing argument', 'replicaSet.commit', { name: 'a' }, '<new-image> is missing'],
  ['a version below 0', 'replicaSet.rollback', { name: 'a', version: '-1' }, '<version>: version is -1'],
])('%s is told in the words of the command line', (_what, path, typed, text) => {
  expect(mistake(path, typed).message).toContain(text);
});

test('a mistake with a hint of its own brings it', () => {
  expect(mistake('replicaSet.run', { ...train, replicaSetName: 'a-b' }).hint).toContain('use letters, digits');
});

test('of several mistakes the one that the contract puts first is told', () => {
  const { message } = mistake('replicaSet.run', { replicaSetName: 'a-b', imageName: 'x', gpuCount: '-1' });
  expect(message).toBe('--gpus: gpuCount is -1');
});

test('the user "me" is whoever types it, with every group', () => {
  const { user } = inputOf('replicaSet.run', { ...train, user: 'me' }) as { user: string };
  expect(user.split('+')[0]).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
  expect(inputOf('replicaSet.run', { ...train, user: 'ada' })).toMatchObject({ user: 'ada' });
});
