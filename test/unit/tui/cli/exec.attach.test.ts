import { expect, test, vi } from 'vitest';
import { AppError } from '../../../../common/errors.ts';
import { FakeCommand } from '../../../rig/fakeCommand.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { openSocketFace } from '../../../rig/socketFace.ts';

async function attached(words: readonly string[] = [], terminal = new FakeTerminal({ tty: true })) {
  const process = new FakeCommand();
  const asked: unknown[] = [];
  const face = await openSocketFace({
    attach: async (open) => {
      asked.push(open);
      return process;
    },
  });
  process.say('stdout', 'hello\n');
  const ran = berth(['attach', 'train', ...words], face.path, terminal);
  await terminal.shows('stdout', 'hello');
  return { process, asked, terminal, ran, [Symbol.asyncDispose]: () => face.close() };
}

test('the main process is seen on a raw terminal of this size, and its exit code is ours', async () => {
  await using it = await attached();
  expect(it.asked).toEqual([{ name: 'train', stdin: true, columns: 80, rows: 24 }]);
  expect(it.terminal.rawModes).toEqual([true]);
  it.terminal.stdin.write('typed');
  await vi.waitFor(() => expect(Buffer.concat(it.process.written).toString()).toBe('typed'));
  it.process.end(4);
  expect(await it.ran).toMatchObject({ code: 4, err: '' });
  expect(it.terminal.rawModes).toEqual([true, false]);
});

test.each([
  ['ctrl-p,ctrl-q', [] as string[], '\u0010\u0011'],
  ['keys of one’s own', ['--detach-keys', 'ctrl-],d'], '\u001dd'],
])('%s leave it running', async (_, words, keys) => {
  await using it = await attached(words);
  it.terminal.stdin.write(keys);
  expect(await it.ran).toMatchObject({ code: 0 });
  expect(it.process.written).toEqual([]);
  await it.process.killed.promise; // To the channel, leaving and ending are one word; a main process takes it for leaving.
});

test('with --no-stdin nothing is typed', async () => {
  await using it = await attached(['--no-stdin']);
  expect(it.asked).toMatchObject([{ stdin: false }]);
  it.process.end(0);
  expect(await it.ran).toMatchObject({ code: 0 });
});

test.each([
  [['attach', 'train', '--detach-keys', 'ctrl-pp'], 2, '--detach-keys takes keys such as'],
  [['attach', 'train'], 1, 'train: version 1 replaced by 2'],
])('%j is told', async (words, code, message) => {
  await using face = await openSocketFace({
    attach: async () => {
      throw new AppError('WRONG_STATE', 'train: version 1 replaced by 2');
    },
  });
  const ran = await berth(words, face.path);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(message);
});

test('sessions are listed, shown and ended', async () => {
  await using face = await openSocketFace();
  expect((await berth(['sessions'], face.path)).out).toMatch(/01HMRT0{16}EXEC\s+train v2\s+running .*bash -l/);
  expect((await berth(['sessions', 'show', 'x'], face.path)).code).toBe(0);
  expect((await berth(['sessions', 'kill', 'x'], face.path)).out).toContain('ended (129)');
});
