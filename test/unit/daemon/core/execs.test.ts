import { expect, test } from 'vitest';
import { executeOutputBytesMax } from '../../../../common/limits.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

test('a command answers with its output, merged and apart, and its exit code', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const answer = await rig.call('execute', 'train', { cmd: ['sh', '-c', 'echo a; echo b >&2; echo c; exit 3'] });
  expect(answer).toEqual({ stdout: 'a\nb\nc\n', stderr: 'b\n', output: 'a\nc\n', exitCode: 3, truncated: false });
});

test('a command that cannot be started is an error, not an output', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  expect(await codeOf(rig.call('execute', 'train', { cmd: ['nowhere'] }))).toBe('COMMAND_NOT_STARTED');
});

test.each(['paused', 'stopped', 'exited'] as const)(
  'a %s set runs no commands, and says how to bring it back',
  async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    await expect(rig.call('execute', 'train', { cmd: ['true'] })).rejects.toThrow('Bring it back with start');
  },
);

test('an unknown set is not found', async () => {
  const rig = await CoreRig.open();
  expect(await codeOf(rig.call('execute', 'train', { cmd: ['true'] }))).toBe('NOT_FOUND');
});

test('a command ends when its client leaves', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const left = new AbortController();
  const answer = rig.services.replicaSet.execute(
    { name: 'train', cmd: ['sleep', '1000'] },
    rig.caller('ada', left.signal),
  );
  await rig.quiet();
  left.abort();
  expect(await answer).toMatchObject({ exitCode: 137 });
});

test('a client that has left before the command began leaves nothing running', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const answer = rig.services.replicaSet.execute(
    { name: 'train', cmd: ['sleep', '1000'] },
    rig.caller('ada', AbortSignal.abort()),
  );
  expect(await answer).toMatchObject({ exitCode: 137 });
});

test('output beyond what is kept is cut, and said to be', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  rig.writeFile('train', '/big', 'x'.repeat(executeOutputBytesMax + 1));
  const answer = await rig.call('execute', 'train', { cmd: ['cat', '/big'] });
  expect(answer.truncated).toBe(true);
  expect(answer.stdout).toHaveLength(executeOutputBytesMax);
});

test('an engine that is down is said to be', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  rig.engine.faults.setDown(true);
  expect(await codeOf(rig.call('execute', 'train', { cmd: ['true'] }))).toBe('ENGINE_DOWN');
});

test('a session is found under the name that its set has now, and plans say what ends with its container', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const { exec, replicaSet } = rig.services;
  const start = { name: 'train', cmd: ['sleep', '60'], tty: false, stdin: true, env: [] };
  const { id } = await exec.create(start, rig.caller('ada'));
  await rig.call('rename', 'train', { newName: 'model' });
  expect(await exec.list({ name: 'train' }, rig.caller())).toEqual([]);
  expect(await exec.list({ name: 'model' }, rig.caller())).toMatchObject([{ id, name: 'model', state: 'running' }]);
  expect(await exec.get({ id }, rig.caller())).toMatchObject({ name: 'model' });
  const changes = async (verb: 'patch' | 'stop' | 'freeze' | 'commit'): Promise<readonly string[]> =>
    (await replicaSet.plan({ name: 'model', verb }, rig.caller())).changes;
  const ends = `session ${id} of ada ends: sleep 60`;
  expect(await changes('patch')).toContain(ends);
  expect(await changes('stop')).toContain(ends);
  expect(await changes('freeze')).not.toContain(ends);
  expect(await changes('commit')).not.toContain(ends);
});

test('a session without a terminal has no size to set, and what the engine refuses of one is told as its refusal', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const { exec } = rig.services;
  const open = { name: 'train', cmd: ['sleep', '1000'], stdin: true, env: [] };
  const plain = await exec.create({ ...open, tty: false }, rig.caller());
  const size = { w: 80, h: 24 };
  await expect(exec.resize({ ...size, id: plain.id }, rig.caller())).rejects.toMatchObject({ code: 'WRONG_STATE' });
  const terminal = await exec.create({ ...open, tty: true }, rig.caller());
  await exec.resize({ ...size, id: terminal.id }, rig.caller());
  await exec.kill({ id: terminal.id }, rig.caller());
  await rig.quiet();
  await expect(exec.resize({ ...size, id: terminal.id }, rig.caller())).rejects.toMatchObject({ code: 'WRONG_STATE' });
});
