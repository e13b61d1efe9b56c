import { expect, test, vi } from 'vitest';
import { execBacklogBytesMax, execDetachedMs, execEndedKeptMs, execSessionsMax } from '../../../../common/limits.ts';
import type { ExecSession } from '../../../../daemon/core/engine.ts';
import type { OutputChunk } from '../../../../daemon/core/engineStreams.ts';
import { ExecSessions } from '../../../../daemon/core/execSessions.ts';
import { FakeCommand } from '../../../rig/fakeCommand.ts';
import { ManualTime } from '../../../rig/manualTime.ts';
import { codeOf } from '../../../rig/setScenes.ts';

const FACTS = { uid: 'U1', name: 'train', version: 1, cmd: ['bash'], tty: true, actor: 'ada' };

/** Counts what is taken of its output, and remembers that it was killed. */
class Counted extends FakeCommand {
  taken = 0;
  wasKilled = false;
  override readonly output = this.#counted();

  async *#counted(): AsyncGenerator<OutputChunk> {
    for await (const chunk of this.said as AsyncIterable<OutputChunk>) {
      this.taken += 1;
      yield chunk;
    }
  }

  override async kill(): Promise<void> {
    this.wasKilled = true;
    await super.kill();
  }
}

async function open() {
  const time = new ManualTime();
  let ids = 0;
  const sleep = (ms: number, signal?: AbortSignal) => time.sleep(ms, signal ?? new AbortController().signal);
  const newId = (): string => {
    ids += 1;
    return `S${ids}`;
  };
  const sessions = new ExecSessions({ now: time.now, newId, sleep });
  const command = new Counted();
  const { id } = await sessions.create(FACTS, async () => command);
  return { sessions, command, id, time, view: () => sessions.get(id).view };
}

/** What a client hears, as it comes. */
function hear(session: ExecSession) {
  const heard = { text: '', over: Promise.resolve() };
  heard.over = (async () => {
    for await (const { bytes } of session.output) heard.text += Buffer.from(bytes).toString();
  })();
  return heard;
}

test('a command runs on without a client, and who comes back hears what was missed', async () => {
  const { sessions, command, id, view } = await open();
  command.say('stdout', 'before ');
  const first = sessions.get(id).attach();
  const heard = hear(first);
  await vi.waitFor(() => expect(heard.text).toBe('before '));
  expect(view()).toMatchObject({ state: 'running', attached: true });
  await first.kill();
  await heard.over;
  expect(view().attached).toBe(false);
  expect(command.wasKilled).toBe(false);
  command.say('stdout', 'missed ');
  const second = hear(sessions.get(id).attach());
  command.say('stdout', 'live');
  await vi.waitFor(() => expect(second.text).toBe('missed live'));
});

test('its exit code is there for who is there, and for who asks later', async () => {
  const { sessions, command, id, view, time } = await open();
  const session = sessions.get(id).attach();
  const heard = hear(session);
  command.say('stdout', 'done');
  command.end(3);
  await heard.over;
  expect(await session.exitCode()).toBe(3);
  expect(heard.text).toBe('done');
  await vi.waitFor(() => expect(view()).toMatchObject({ state: 'ended', exitCode: 3 }));
  const late = sessions.get(id).attach();
  await hear(late).over;
  expect(await late.exitCode()).toBe(3);
  time.advance(execEndedKeptMs);
  await vi.waitFor(() => expect(sessions.list()).toEqual([]));
  expect(await codeOf(Promise.resolve().then(() => sessions.get(id)))).toBe('EXEC_NOT_FOUND');
});

test('a second client takes over, and the first is told', async () => {
  const { sessions, command, id } = await open();
  const first = sessions.get(id).attach();
  const heard = hear(first);
  const second = hear(sessions.get(id).attach());
  await heard.over;
  expect(await codeOf(first.exitCode())).toBe('WRONG_STATE');
  await first.kill();
  command.say('stdout', 'for the second');
  await vi.waitFor(() => expect(second.text).toBe('for the second'));
});

test('of what nobody reads the last is kept, and the command is not held back', async () => {
  const { sessions, command, id } = await open();
  const chunk = 'x'.repeat(64 * 1024);
  for (let count = 0; count < 100; count += 1) command.say('stdout', chunk);
  command.say('stdout', 'end');
  await vi.waitFor(() => expect(command.taken).toBe(101));
  const heard = hear(sessions.get(id).attach());
  await vi.waitFor(() => expect(heard.text.endsWith('end')).toBe(true));
  expect(heard.text.length).toBeLessThanOrEqual(execBacklogBytesMax);
});

test('a client that reads slowly holds the command back, and what it has not read waits for the next', async () => {
  const { sessions, command, id } = await open();
  const session = sessions.get(id).attach();
  for (let count = 0; count < 10; count += 1) command.say('stdout', String(count));
  await new Promise((resolve) => setImmediate(resolve));
  expect(command.taken).toBeLessThanOrEqual(2);
  await session.kill();
  const heard = hear(sessions.get(id).attach());
  await vi.waitFor(() => expect(heard.text).toBe('0123456789'));
});

test('what nobody comes back for is ended in time, and not a moment before', async () => {
  const { sessions, command, id, time } = await open();
  const session = sessions.get(id).attach();
  time.advance(execDetachedMs);
  await new Promise((resolve) => setImmediate(resolve));
  expect(command.wasKilled).toBe(false);
  await session.kill();
  time.advance(execDetachedMs - 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(command.wasKilled).toBe(false);
  time.advance(1);
  await vi.waitFor(() => expect(command.wasKilled).toBe(true));
});

test('there are only so many, and a command that cannot start is none', async () => {
  const { sessions } = await open();
  await expect(sessions.create(FACTS, () => Promise.reject(new Error('no such command')))).rejects.toThrow('no such');
  expect(sessions.list()).toHaveLength(1);
  while (sessions.list().length < execSessionsMax) await sessions.create(FACTS, async () => new FakeCommand());
  expect(await codeOf(sessions.create(FACTS, async () => new FakeCommand()))).toBe('WRONG_STATE');
});

test('sessions end with the daemon', async () => {
  const { sessions, command } = await open();
  await sessions.end();
  expect(command.wasKilled).toBe(true);
});
