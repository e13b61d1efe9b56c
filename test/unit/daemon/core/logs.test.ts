import { expect, test } from 'vitest';
import { LogsInput } from '../../../../common/contract/logs.ts';
import { CoreRig } from '../../../rig/coreRig.ts';
import { eventually } from '../../../rig/eventually.ts';
import { codeOf } from '../../../rig/setScenes.ts';

type Input = Partial<LogsInput>;

const ask = (rig: CoreRig, name: string, input: Input = {}, signal?: AbortSignal) =>
  rig.services.replicaSet.logs(LogsInput.parse({ name, ...input }), rig.caller('ada', signal));

/** What it says, to its end. */
async function textOf(rig: CoreRig, name: string, input: Input = {}): Promise<string> {
  let text = '';
  for await (const item of ask(rig, name, input)) text += item.text;
  return text;
}

/** A log as it grows. */
function followed(rig: CoreRig, name: string, input: Input = {}) {
  const heard = { text: '', over: Promise.resolve() };
  heard.over = (async () => {
    for await (const item of ask(rig, name, { ...input, follow: true })) heard.text += item.text;
  })();
  return heard;
}

const codeOfLogs = (rig: CoreRig, name: string, input: Input = {}) => codeOf(textOf(rig, name, input));

async function printing(text = 'epoch 1\n'): Promise<CoreRig> {
  const rig = await CoreRig.open();
  rig.world.print(await rig.run('train'), text);
  return rig;
}

test('what the current version printed can be read, while it runs and once it is stopped', async () => {
  const rig = await printing();
  expect(await textOf(rig, 'train')).toBe('epoch 1\n');
  await rig.call('stop', 'train');
  expect(await textOf(rig, 'train')).toBe('epoch 1\n');
});

test('the log of a version outlives its container', async () => {
  const rig = await printing();
  await rig.call('patch', 'train');
  rig.world.print('train-2', 'epoch 2\n');
  expect(await textOf(rig, 'train', { version: 1 })).toBe('epoch 1\n');
  expect(await textOf(rig, 'train')).toBe('epoch 2\n');
  expect(await textOf(rig, 'train', { version: 2 })).toBe('epoch 2\n');
});

test.each(['rollback', 'restart'] as const)('the log of a version that a %s replaced is kept', async (verb) => {
  const rig = await printing();
  await rig.call('patch', 'train');
  rig.world.print('train-2', 'epoch 2\n');
  await rig.call(verb, 'train', { version: 1 } as never);
  await rig.quiet();
  expect(await textOf(rig, 'train', { version: 2 })).toBe('epoch 2\n');
  expect(rig.violations()).toEqual([]);
});

test('a patch that is undone keeps nothing, and the log goes on', async () => {
  const rig = await printing();
  rig.engine.faults.failNext('failed', 'create');
  await expect(rig.call('patch', 'train')).rejects.toThrow();
  expect(rig.logFiles.kept.size).toBe(0);
  expect(await textOf(rig, 'train')).toBe('epoch 1\n');
});

test('a log that was cut off by a crash is kept by the next daemon', async () => {
  const rig = await printing();
  rig.crashAt((effect) => effect.kind === 'keepLog');
  await rig.call('patch', 'train').catch(() => undefined);
  await rig.restart();
  expect(await textOf(rig, 'train', { version: 1 })).toBe('epoch 1\n');
  expect(rig.violations()).toEqual([]);
});

test('a log that cannot be kept holds the patch up in nothing, and is gone', async () => {
  const rig = await printing();
  rig.engine.faults.failNext('failed', 'logs');
  await rig.call('patch', 'train');
  expect((await rig.status('train')).version).toBe(2);
  expect(await codeOfLogs(rig, 'train', { version: 1 })).toBe('LOGS_NOT_KEPT');
});

test('logs go with their set, and its next namesake does not inherit them', async () => {
  const rig = await printing();
  await rig.call('patch', 'train');
  await rig.call('remove', 'train');
  expect(rig.logFiles.kept.size).toBe(0);
  expect(await codeOfLogs(rig, 'train', { version: 1 })).toBe('NOT_FOUND');
});

test('a version that never was is not found', async () => {
  expect(await codeOfLogs(await printing(), 'train', { version: 9 })).toBe('VERSION_NOT_FOUND');
});

test.each([
  [{ stdout: false, stderr: false }, 'choose stdout, stderr or both'],
  [{ since: 'yesterday' }, 'since: write a time'],
])('%o is refused', async (input, message) => {
  await expect(textOf(await printing(), 'train', input)).rejects.toThrow(message);
});

test('a followed log says that its version was replaced, and by which', async () => {
  const rig = await printing();
  const heard = followed(rig, 'train');
  await eventually('the log is open', () => heard.text.includes('epoch 1'));
  await rig.call('patch', 'train');
  await heard.over;
  expect(heard.text).toBe('epoch 1\n-- version 1 replaced by 2\n');
});

test('with resume it goes on with the version that replaced it', async () => {
  const rig = await printing();
  const heard = followed(rig, 'train', { resume: true });
  await eventually('the log is open', () => heard.text.includes('epoch 1'));
  await rig.call('patch', 'train');
  rig.world.print('train-2', 'epoch 2\n');
  await eventually('it goes on', () => heard.text.includes('epoch 2'));
  rig.world.exit('train-2', 0);
  await heard.over;
  expect(heard.text).toBe('epoch 1\n-- version 1 replaced by 2\nepoch 2\n-- version 2 has ended\n');
});

test('with resume it goes on with the same container, without what was shown already', async () => {
  const rig = await printing();
  const heard = followed(rig, 'train', { resume: true });
  await eventually('the log is open', () => heard.text.includes('epoch 1'));
  await rig.advance(1_000);
  await rig.call('reboot', 'train');
  rig.world.print('train-1', 'epoch 2\n');
  await eventually('it goes on', () => heard.text.includes('epoch 2'));
  rig.world.exit('train-1', 0);
  await heard.over;
  expect(heard.text).toBe('epoch 1\n-- version 1 was started again\nepoch 2\n-- version 1 has ended\n');
});

test('another name is no end of it, and what ends it is told by that name', async () => {
  const rig = await printing();
  const heard = followed(rig, 'train', { resume: true });
  await eventually('the log is open', () => heard.text.includes('epoch 1'));
  await rig.call('rename', 'train', { newName: 'model' });
  rig.world.print('train-1', 'epoch 2\n');
  await eventually('it goes on', () => heard.text.includes('epoch 2'));
  await rig.call('patch', 'model');
  rig.world.print('model-2', 'epoch 3\n');
  await eventually('it goes on with the next version', () => heard.text.includes('epoch 3'));
  await rig.call('remove', 'model');
  await heard.over;
  const notes = ['-- version 1 replaced by 2\n', '-- model is deleted\n'];
  expect(heard.text).toBe(`epoch 1\nepoch 2\n${notes[0]}epoch 3\n${notes[1]}`);
});

test.each([
  ['stopped', (rig: CoreRig) => rig.call('stop', 'train'), 'version 1 has ended'],
  ['deleted', (rig: CoreRig) => rig.call('remove', 'train'), 'train is deleted'],
  ['ended by itself', async (rig: CoreRig) => rig.world.exit('train-1', 3), 'version 1 has ended'],
])('a followed log of a set that is %s says so', async (_, act, reason) => {
  const rig = await printing();
  const heard = followed(rig, 'train');
  await eventually('the log is open', () => heard.text.includes('epoch 1'));
  await act(rig);
  await heard.over;
  expect(heard.text).toContain(`-- ${reason}\n`);
});

test('who leaves is followed no further', async () => {
  const rig = await printing();
  const left = new AbortController();
  for await (const item of ask(rig, 'train', { follow: true }, left.signal)) if (item.text !== '') left.abort();
  await rig.quiet();
});

test('an engine that does not answer is said to be down', async () => {
  const rig = await printing();
  await rig.engineDown();
  expect(await codeOfLogs(rig, 'train')).toBe('ENGINE_DOWN');
});
