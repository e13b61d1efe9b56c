import { afterAll, beforeAll, expect, test } from 'vitest';
import { berth } from '../../../rig/fakeTerminal.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

let face: SocketFace;
beforeAll(async () => {
  face = await openSocketFace();
});
afterAll(() => face.close());

/** What Tab offers after these words; the last one is being typed. */
const tab = async (...words: string[]) =>
  (await berth(['complete-words', '--', ...words], face.path)).out.split('\n').filter(Boolean);

test('verbs are offered by their beginning', async () => {
  expect(await tab('rest')).toEqual(['restart']);
  expect(await tab('')).toEqual(expect.arrayContaining(['run', 'ls', 'exec', 'gpus', 'completion']));
  expect(await tab('complete')).toEqual([]);
  expect(await tab('nonsense', '')).toEqual([]);
});

test('names of replicaSets are offered where one belongs', async () => {
  expect(await tab('info', '')).toEqual(['train', 'probe']);
  expect(await tab('exec', '-it', 'tr')).toEqual(['train']);
  expect(await tab('patch', '--gpus', '3', 'pr')).toEqual(['probe']);
  expect(await tab('info', 'train', '')).toEqual([]);
  expect(await tab('run', '')).toEqual([]);
});

test('ids of sessions are offered where one belongs', async () => {
  expect(await tab('sessions', 'open', '')).toEqual(['01HMRT0000000000000000EXEC']);
  expect(await tab('sessions', 'kill', '01HM')).toEqual(['01HMRT0000000000000000EXEC']);
  expect(await tab('sessions', '')).toEqual(expect.arrayContaining(['open', 'show', 'kill']));
  expect(await tab('ops', 'show', '')).toEqual([]);
});

test('flags are offered after a dash, with those that hold everywhere', async () => {
  expect(await tab('patch', 'train', '--')).toEqual(
    expect.arrayContaining(['--gpus', '--old-bind', '--yes', '--dry-run', '--json', '--socket']),
  );
  expect(await tab('patch', 'train', '--dr')).toEqual(['--dry-run']);
});

test('choices and commands below a command are offered', async () => {
  expect(await tab('ls', '--state', 'st')).toEqual(['stopped']);
  expect(await tab('gpus', '')).toEqual(['drain', 'undrain']);
  expect(await tab('completion', '')).toEqual(['bash', 'zsh', 'fish']);
});

test('without a daemon there are no names and no complaints', async () => {
  expect(await berth(['complete-words', '--', 'info', ''], '/nowhere/berth.sock')).toEqual({
    code: 0,
    out: '',
    err: '',
  });
});

test.each(['bash', 'zsh', 'fish'])('there is a script for %s that asks berth itself', async (shell) => {
  const { code, out } = await berth(['completion', shell], face.path);
  expect(code).toBe(0);
  expect(out).toContain('berth complete-words --');
});
