import { expect, test, vi } from 'vitest';
import type { ExecFrame } from '../../../../common/contract/exec.ts';
import type { Services } from '../../../../common/services.ts';
import { FakeCommand } from '../../../rig/fakeCommand.ts';
import { fakeExecs } from '../../../rig/fakeLooks.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { openSocketFace } from '../../../rig/socketFace.ts';

const ID = '01HMRT0000000000000000EXEC';

async function opened(words: readonly string[] = [], terminal = new FakeTerminal({ tty: true })) {
  const process = new FakeCommand();
  const asked: ExecFrame[] = [];
  const face = await openSocketFace({
    exec: async (open) => {
      asked.push(open);
      return process;
    },
  });
  process.say('stdout', 'missed');
  const ran = berth(['sessions', 'open', ID, ...words], face.path, terminal);
  await terminal.shows('stdout', 'missed');
  return { process, asked, terminal, ran, [Symbol.asyncDispose]: () => face.close() };
}

test('a session is come back to on a raw terminal of this size, and its exit code is ours', async () => {
  await using it = await opened();
  expect(it.asked).toEqual([{ execId: ID, stdin: true }]);
  expect(it.terminal.rawModes).toEqual([true]);
  await vi.waitFor(() => expect(it.process.sizes).toEqual(['80x24']));
  it.terminal.stdin.write('typed');
  await vi.waitFor(() => expect(Buffer.concat(it.process.written).toString()).toBe('typed'));
  it.process.end(4);
  expect(await it.ran).toMatchObject({ code: 4, err: '' });
  expect(it.terminal.rawModes).toEqual([true, false]);
});

test('its keys leave it running', async () => {
  await using it = await opened();
  it.terminal.stdin.write('\u0010\u0011');
  expect(await it.ran).toMatchObject({ code: 0 });
  expect(it.process.written).toEqual([]);
});

test('without a terminal Ctrl-C leaves it', async () => {
  await using it = await opened(['--no-stdin'], new FakeTerminal());
  expect(it.terminal.rawModes).toEqual([]);
  it.terminal.interrupt();
  expect(await it.ran).toMatchObject({ code: 130 });
});

test('a session that is not there is told before anything is opened', async () => {
  await using face = await openSocketFace();
  const { code, err } = await berth(['sessions', 'open', 'nothing'], face.path);
  expect(code).toBe(1);
  expect(err).toContain('there is no session nothing');
  expect(err).toContain('`berth sessions` lists the sessions.');
});

test('exec --detach leaves a command in a session, and prints its id alone', async () => {
  const asked: unknown[] = [];
  const create: Services['exec']['create'] = async (input, caller) => {
    asked.push(input);
    return await fakeExecs((name) => ({ name }) as never).create(input, caller);
  };
  await using face = await openSocketFace({ services: { exec: { create } } });
  const ran = await berth(['exec', '-dt', '-w', '/data', '-e', 'A=1', 'train', '--', 'make', '-j'], face.path);
  expect(ran).toMatchObject({ code: 0, out: `${ID}\n` });
  expect(ran.err).toContain(`berth sessions open ${ID}`);
  const started = { name: 'train', cmd: ['make', '-j'], tty: true, stdin: false, workDir: '/data', env: ['A=1'] };
  expect(asked).toEqual([started]);
});
