import { on, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { ExecEnd, ExecFrame } from '../../../../common/contract/exec.ts';
import { AppError } from '../../../../common/errors.ts';
import { EngineError, type ExecSession } from '../../../../daemon/core/engine.ts';
import { FakeCommand } from '../../../rig/fakeCommand.ts';
import { closeTimeoutMs, openSocketFace } from '../../../rig/socketFace.ts';

async function openExec(wanted: object = {}) {
  const command = new FakeCommand();
  const asked: ExecFrame[] = [];
  const face = await openSocketFace({
    exec: async (open) => {
      asked.push(open);
      return command;
    },
  });
  const client = await face.connect('/exec');
  const frames = on(client, 'message', { close: ['close'] }) as AsyncIterableIterator<[Buffer, boolean]>;
  client.send(JSON.stringify({ name: 'train', cmd: ['sh'], ...wanted }));
  return { command, asked, face, client, frames, [Symbol.asyncDispose]: () => face.close() };
}

const told = async (frames: AsyncIterator<[Buffer, boolean]>): Promise<ExecEnd> => {
  const [data, isBinary] = (await frames.next()).value as [Buffer, boolean];
  expect(isBinary).toBe(false);
  return JSON.parse(data.toString('utf8')) as ExecEnd;
};

const errorOf = async (client: WebSocket): Promise<ExecEnd> => {
  const frames = on(client, 'message', { close: ['close'] }) as AsyncIterableIterator<[Buffer, boolean]>;
  return await told(frames);
};

test('output arrives byte for byte, marked by its stream, and then the exit code', async () => {
  await using exec = await openExec();
  expect(await told(exec.frames)).toEqual({ type: 'started' });
  const bytes = Buffer.from([0, 255, 10, 27, 128]);
  exec.command.say('stdout', bytes);
  exec.command.say('stderr', 'no such file\n');
  exec.command.end(3);
  const [out, err] = [(await exec.frames.next()).value, (await exec.frames.next()).value];
  expect(out).toEqual([Buffer.concat([Buffer.of(1), bytes]), true]);
  expect(err).toEqual([Buffer.concat([Buffer.of(2), Buffer.from('no such file\n')]), true]);
  expect(await told(exec.frames)).toEqual({ type: 'exit', exitCode: 3 });
  expect((await exec.frames.next()).done).toBe(true);
});

test('what to run arrives checked and complete', async () => {
  await using exec = await openExec({ tty: true, columns: 80, rows: 24 });
  await told(exec.frames);
  expect(exec.asked).toEqual([{ name: 'train', cmd: ['sh'], tty: true, stdin: false, env: [], columns: 80, rows: 24 }]);
});

test('input arrives byte for byte, in order, with its end and the sizes between', async () => {
  await using exec = await openExec({ stdin: true });
  await told(exec.frames);
  const bytes = Buffer.from([3, 0, 255]);
  exec.client.send(bytes);
  exec.client.send(JSON.stringify({ type: 'resize', columns: 120, rows: 40 }));
  exec.client.send(Buffer.from('exit\n'));
  exec.client.send(JSON.stringify({ type: 'eof' }));
  await vi.waitUntil(() => exec.command.inputEnded, { timeout: 5_000 });
  expect(exec.command.written).toEqual([bytes, Buffer.from('exit\n')]);
  expect(exec.command.sizes).toEqual(['120x40']);
});

test('input sent before the command has started waits for it', async () => {
  const command = new FakeCommand();
  const started = Promise.withResolvers<void>();
  await using face = await openSocketFace({
    exec: async () => {
      await started.promise;
      return command;
    },
  });
  const client = await face.connect('/exec');
  client.send(JSON.stringify({ name: 'train', cmd: ['cat'], stdin: true }));
  client.send(Buffer.from('early'));
  started.resolve();
  await vi.waitUntil(() => command.written.length === 1, { timeout: 5_000 });
  expect(command.written).toEqual([Buffer.from('early')]);
});

test('input for a command that takes none is dropped, and the command goes on', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.client.send(Buffer.from('x'));
  exec.client.send(JSON.stringify({ type: 'resize', columns: 1, rows: 1 }));
  await vi.waitUntil(() => exec.command.sizes.length === 1, { timeout: 5_000 });
  expect(exec.command.written).toEqual([]);
  exec.command.end(0);
  expect(await told(exec.frames)).toEqual({ type: 'exit', exitCode: 0 });
});

test('a command that has closed its input keeps its output', async () => {
  await using exec = await openExec({ stdin: true });
  await told(exec.frames);
  exec.command.taking = () => Promise.reject(new Error('EPIPE'));
  exec.client.send(Buffer.from('x'));
  exec.client.send(Buffer.from('y'));
  exec.client.send(JSON.stringify({ type: 'eof' }));
  await vi.waitUntil(() => exec.command.inputEnded, { timeout: 5_000 });
  expect(exec.command.written).toHaveLength(1);
  exec.command.end(0);
  expect(await told(exec.frames)).toEqual({ type: 'exit', exitCode: 0 });
});

/** Resolves when it has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; ; await sleep(100)) {
    if (read() === before) return before;
    before = read();
  }
}

test('output for a client that stops reading waits in the command, and nothing of it is lost', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.client.pause();
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const total = 400;
  for (let i = 0; i < total; i += 1) exec.command.say('stdout', chunk);
  const waiting = await settled(() => exec.command.said.readableLength + exec.command.said.writableLength);
  expect(waiting).toBeGreaterThan(total - 100);
  exec.command.end(0);
  exec.client.resume();
  let received = 0;
  for await (const [data, isBinary] of exec.frames) {
    if (isBinary) received += data.length - 1;
    else expect(JSON.parse(data.toString('utf8'))).toEqual({ type: 'exit', exitCode: 0 });
  }
  expect(received).toBe(total * chunk.length);
});

test('the last output reaches a client that reads it only after the command has ended', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.client.pause();
  // More than the kernel takes, less than output may wait.
  const chunk = Buffer.alloc(200 * 1024, 'x');
  exec.command.say('stdout', chunk);
  exec.command.say('stdout', chunk);
  exec.command.end(0);
  await settled(() => exec.command.said.readableLength);
  await sleep(2 * closeTimeoutMs);
  exec.client.resume();
  let received = 0;
  for await (const [data, isBinary] of exec.frames) if (isBinary) received += data.length - 1;
  expect(received).toBe(2 * chunk.length);
});

test('input that the command does not take is not read from the client', async () => {
  await using exec = await openExec({ stdin: true });
  await told(exec.frames);
  const taken = Promise.withResolvers<void>();
  exec.command.taking = () => taken.promise;
  let sent = 0;
  const sending = (async () => {
    for (; sent < 400; sent += 1) await new Promise((resolve) => exec.client.send(Buffer.alloc(64 * 1024), resolve));
  })();
  expect(await settled(() => sent)).toBeLessThan(100);
  expect(exec.command.written).toHaveLength(1);
  taken.resolve();
  await sending;
  await vi.waitUntil(() => exec.command.written.length === 400, { timeout: 10_000 });
});

test('a client that leaves ends its command', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.client.terminate();
  await exec.command.killed.promise;
});

test('a client that leaves while its output waits ends its command', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.client.pause();
  for (let i = 0; i < 400; i += 1) exec.command.say('stdout', Buffer.alloc(64 * 1024));
  await settled(() => exec.command.said.readableLength);
  exec.client.terminate();
  await exec.command.killed.promise;
});

test('a client that leaves while its input waits ends its command', async () => {
  await using exec = await openExec({ stdin: true });
  await told(exec.frames);
  exec.command.taking = () => new Promise(() => undefined);
  for (let i = 0; i < 400; i += 1) exec.client.send(Buffer.alloc(64 * 1024));
  await settled(() => exec.client.bufferedAmount);
  exec.client.terminate();
  await exec.command.killed.promise;
});

test('a client that leaves before its command has started ends it as soon as it has', async () => {
  const command = new FakeCommand();
  const asked = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using face = await openSocketFace({
    exec: async (_open, { signal }) => {
      asked.resolve();
      await once(signal, 'abort');
      await started.promise;
      return command;
    },
  });
  const client = await face.connect('/exec');
  client.send(JSON.stringify({ name: 'train', cmd: ['sh'] }));
  await asked.promise;
  client.terminate();
  started.resolve();
  await command.killed.promise;
});

test('a daemon that closes ends the commands', async () => {
  const exec = await openExec();
  await told(exec.frames);
  await exec.face.close();
  await exec.command.killed.promise;
});

test.each([
  ['no JSON', 'sh', 'BAD_INPUT', /not JSON/],
  ['no command', JSON.stringify({ name: 'train', cmd: [] }), 'BAD_INPUT', /cmd/],
  ['an unknown field', JSON.stringify({ name: 'train', cmd: ['sh'], privileged: true }), 'BAD_INPUT', /"privileged"/],
  ['an empty name', JSON.stringify({ name: '', cmd: ['sh'] }), 'NAME_EMPTY', /empty/],
  ['bytes', Buffer.from('sh'), 'BAD_INPUT', /first frame/],
])('a first frame with %s is answered with an error', async (_what, frame, code, message) => {
  await using face = await openSocketFace();
  const client = await face.connect('/exec');
  client.send(frame);
  expect(await errorOf(client)).toMatchObject({ type: 'error', code, message: expect.stringMatching(message) });
  if (client.readyState !== client.CLOSED) await once(client, 'close');
});

test('a control frame that makes no sense ends the command and says why', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.client.send(JSON.stringify({ type: 'detonate' }));
  expect(await told(exec.frames)).toMatchObject({ type: 'error', code: 'BAD_INPUT' });
  await exec.command.killed.promise;
});

test('a command that cannot be started says so with a hint', async () => {
  await using exec = await openExec();
  await told(exec.frames);
  exec.command.end(new EngineError('command', 'exec: "nosuch": executable file not found in $PATH'));
  expect(await told(exec.frames)).toEqual({
    type: 'error',
    code: 'COMMAND_NOT_STARTED',
    message: 'exec: "nosuch": executable file not found in $PATH',
    hint: expect.stringMatching(/exists/),
  });
});

test.each([
  ['an expected failure keeps its code', new AppError('NOT_FOUND', 'no set "train"'), 'NOT_FOUND', 0],
  ['an unexpected one is logged, and tells nothing', new Error('secret'), 'INTERNAL', 1],
])('of failures to open, %s', async (_what, failure, code, logged) => {
  await using face = await openSocketFace({
    exec: async () => {
      throw failure;
    },
  });
  const client = await face.connect('/exec');
  client.send(JSON.stringify({ name: 'train', cmd: ['sh'] }));
  const end = await errorOf(client);
  expect(end).toMatchObject({ type: 'error', code });
  expect(JSON.stringify(end)).not.toContain('secret');
  expect(face.log.errors()).toHaveLength(logged);
});

test.each([
  ['somebody who may only look', () => ({ actor: 'bob', role: 'view' as const }), /needs the role operate/],
  [
    'somebody unknown',
    () => {
      throw new AppError('FORBIDDEN', 'carol is in no group of Berth');
    },
    /carol/,
  ],
])('%s starts no command', async (_who, identify, message) => {
  const exec = vi.fn<() => Promise<ExecSession>>();
  await using face = await openSocketFace({ identify, exec });
  const client = await face.connect('/exec');
  client.send(JSON.stringify({ name: 'train', cmd: ['sh'] }));
  expect(await errorOf(client)).toMatchObject({
    type: 'error',
    code: 'FORBIDDEN',
    message: expect.stringMatching(message),
  });
  expect(exec).not.toHaveBeenCalled();
});
