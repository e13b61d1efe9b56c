import { expect, test } from 'vitest';
import type { FormDialog } from '../../../../tui/dialogs/dialog.ts';
import { fieldOfFailure, readForm, splitWords } from '../../../../tui/dialogs/formInput.ts';
import { specOf } from '../../../../tui/state/procedures.ts';

const run = specOf('replicaSet.run');
const form = (values: Readonly<Record<string, string>>): FormDialog => ({
  id: 1,
  kind: 'form',
  title: '',
  path: 'replicaSet.run',
  preset: {},
  fields: run.fields.map(({ path }) => path),
  values,
  at: 0,
  cursor: 0,
  errors: {},
  error: undefined,
  isBusy: false,
});
const whole = { replicaSetName: 'train', imageName: 'pytorch' };

test('fields become the input, and what was left empty is not sent', () => {
  const values = {
    ...whole,
    gpuCount: ' 2 ',
    binds: 'data:/data /srv/x:/x',
    env: `A=1 B="two words" 'C=it is'`,
    containerPorts: '22 53/udp',
    cmd: '',
    user: 'me',
  };
  expect(readForm(run, form(values), '7:8')).toEqual({
    ok: true,
    input: {
      ...whole,
      gpuCount: 2,
      binds: [
        { src: 'data', dest: '/data' },
        { src: '/srv/x', dest: '/x' },
      ],
      env: ['A=1', 'B=two words', 'C=it is'],
      containerPorts: ['22', '53/udp'],
      user: '7:8',
    },
  });
});

test.each([
  [{ replicaSetName: '', imageName: 'x' }, 'replicaSetName', 'is missing'],
  [{ ...whole, replicaSetName: 'a-b' }, 'replicaSetName', '"a-b" contains a dash.'],
  [{ ...whole, gpuCount: 'two' }, 'gpuCount', '"two" is no number'],
  [{ ...whole, gpuCount: '-1' }, 'gpuCount', 'gpuCount is -1'],
  [{ ...whole, binds: 'data' }, 'binds', 'write SOURCE:/path/inside'],
  [{ ...whole, binds: 'data:data' }, 'binds', 'begin the path in the container with /'],
  [{ ...whole, env: 'A="x' }, 'env', 'a quote is not closed'],
  [{ ...whole, containerPorts: '22 99999' }, 'containerPorts', 'a port is at most 65535'],
])('%j is refused before anything is sent, beside %s', (values, path, message) => {
  const read = readForm(run, form(values), '7:8');
  expect(read.ok ? {} : read.errors).toHaveProperty([path], expect.stringContaining(message));
});

test.each([
  ['a b', ['a', 'b']],
  [`sh -c 'echo "hi" there'`, ['sh', '-c', 'echo "hi" there']],
  ['a\\ b "c\\"d"', ['a b', 'c"d']],
  ['  ', []],
  ['x"y z"w', ['xy zw']],
  ['"', undefined],
  ["a 'b", undefined],
])('%s in words', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

const failure = (code: string, message = '') => ({
  kind: 'reported' as const,
  code,
  number: null,
  message,
  hint: '',
  details: {},
});

test.each([
  ['NAME_TAKEN', '', 'replicaSetName'],
  ['IMAGE_NOT_FOUND', '', 'imageName'],
  ['GPUS_BUSY', '', 'gpuCount'],
  ['PORTS_IMPOSSIBLE', '', 'containerPorts'],
  ['BIND_REFUSED', '', 'binds'],
  ['COMMAND_NOT_STARTED', '', 'cmd'],
  ['BAD_INPUT', 'env[0]: write KEY=value', 'env'],
  ['ENGINE_DOWN', 'Docker is down', undefined],
])('%s (%s) is about %s', (code, message, path) => {
  expect(fieldOfFailure(form(whole), failure(code, message))).toBe(path);
});
