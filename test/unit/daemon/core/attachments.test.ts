import { expect, test, vi } from 'vitest';
import type { ExecSession } from '../../../../daemon/core/engine.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { bring, codeOf } from '../../../rig/setScenes.ts';

const attach = (rig: CoreRig, name = 'train') =>
  rig.core.attach({ name, stdin: true, columns: 100, rows: 30 }, rig.caller());

function hear(session: ExecSession) {
  const heard = { text: '', over: Promise.resolve() };
  heard.over = (async () => {
    for await (const { bytes } of session.output) heard.text += Buffer.from(bytes).toString();
  })();
  return heard;
}

test('what is typed reaches the main process, and what it prints from then on is seen', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  rig.world.print('train-1', 'before\n');
  const session = await attach(rig);
  const heard = hear(session);
  await session.write(Buffer.from('typed\n'));
  await vi.waitFor(() => expect(heard.text).toBe('typed\n'));
  expect(rig.world.find('train-1')?.size).toEqual({ columns: 100, rows: 30 });
  await session.resize(80, 24);
  expect(rig.world.find('train-1')?.size).toEqual({ columns: 80, rows: 24 });
});

test('leaving it does not end it', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const session = await attach(rig);
  const heard = hear(session);
  await session.kill();
  await heard.over;
  await rig.quiet();
  expect((await rig.status('train')).state).toBe('running');
});

test('it ends with the main process, and gives its exit code', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const session = await attach(rig);
  const heard = hear(session);
  rig.world.exit('train-1', 5);
  await heard.over;
  expect(await session.exitCode()).toBe(5);
});

test('another name does not end it', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const session = await attach(rig);
  const heard = hear(session);
  await rig.call('rename', 'train', { newName: 'model' });
  await session.write(Buffer.from('typed\n'));
  await vi.waitFor(() => expect(heard.text).toBe('typed\n'));
  await rig.call('patch', 'model');
  await heard.over;
  await expect(session.exitCode()).rejects.toThrow('model: version 1 replaced by 2');
});

test('it ends when the version is replaced, and says by which', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const session = await attach(rig);
  const heard = hear(session);
  await rig.call('patch', 'train');
  await heard.over;
  await expect(session.exitCode()).rejects.toThrow('train: version 1 replaced by 2');
});

test.each(['paused', 'stopped', 'exited', 'gone'] as const)(
  'nothing of a set that is %s can be attached to',
  async (scene) => {
    const rig = await CoreRig.open();
    await bring(rig, 'train', scene);
    expect(await codeOf(attach(rig))).toBe('WRONG_STATE');
    expect(await codeOf(rig.call('resize', 'train', { w: 80, h: 24 }))).toBe('WRONG_STATE');
  },
);

test('an unknown set is not found', async () => {
  expect(await codeOf(attach(await CoreRig.open(), 'nobody'))).toBe('NOT_FOUND');
});

test('sessions are made, shown, come back to and ended over the core', async () => {
  const rig = await CoreRig.open();
  await rig.run('train');
  const { exec } = rig.services;
  const input = { name: 'train', cmd: ['cat'], tty: true, stdin: true, env: [] };
  const made = await exec.create(input, rig.caller());
  expect(made).toMatchObject({ name: 'train', version: 1, cmd: ['cat'], actor: 'ada', state: 'running' });
  const session = await rig.core.openExec({ execId: made.id, stdin: true }, rig.caller());
  const heard = hear(session);
  await session.write(Buffer.from('echo'));
  await vi.waitFor(() => expect(heard.text).toBe('echo'));
  expect(await exec.list({ name: 'train' }, rig.caller())).toMatchObject([{ id: made.id, attached: true }]);
  expect(await exec.resize({ id: made.id, w: 90, h: 20 }, rig.caller())).toBeNull();
  await exec.kill({ id: made.id }, rig.caller());
  await heard.over;
  await vi.waitFor(async () => expect(await exec.get({ id: made.id }, rig.caller())).toMatchObject({ exitCode: 137 }));
  expect(await codeOf(exec.get({ id: 'none' }, rig.caller()))).toBe('EXEC_NOT_FOUND');
  expect(await codeOf(exec.create({ ...input, name: 'nobody' }, rig.caller()))).toBe('NOT_FOUND');
});
