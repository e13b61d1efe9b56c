import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ClientError } from '../../../common/clientFailure.ts';
import { openExec } from '../../../common/execClient.ts';
import { eventually } from '../../rig/eventually.ts';
import { type ScriptedExec, scriptedExec } from '../../rig/scriptedExec.ts';
import { openSocketFace, type SocketFace } from '../../rig/socketFace.ts';

let face: SocketFace;
let exec: ScriptedExec;
beforeEach(async () => {
  exec = scriptedExec();
  face = await openSocketFace({ exec: exec.open });
});
afterEach(() => face.close());

test('stdout and stderr are streams of their own, and the exit code comes after both', async () => {
  const session = await openExec(face.path, { name: 'train', cmd: ['say', 'out', 'err', '3'] });
  expect(await Promise.all([text(session.stdout), text(session.stderr), session.exited])).toEqual(['out', 'err', 3]);
});

test('stdin goes in, and its end too', async () => {
  const session = await openExec(face.path, { name: 'train', cmd: ['cat'], stdin: true });
  const bytes = Buffer.alloc(700_000, 'é');
  session.stdin.end(bytes);
  session.stderr.resume();
  expect((await buffer(session.stdout)).equals(bytes)).toBe(true);
  expect(await session.exited).toBe(0);
});

test('a reader that stops costs bounded memory, and gets everything in the end', async () => {
  const size = 64 * 1024 * 1024;
  const session = await openExec(face.path, { name: 'train', cmd: ['flood', String(size)] });
  session.stderr.resume();
  session.stdout.once('readable', () => undefined);
  await eventually('the first bytes are there', () => session.stdout.readableLength > 0);
  // Time for much more to arrive: other commands run from beginning to end beside it.
  for (let others = 0; others < 5; others += 1) {
    const other = await openExec(face.path, { name: 'train', cmd: ['say', 'out', 'err', '0'] });
    await Promise.all([text(other.stdout), text(other.stderr), other.exited]);
  }
  expect(session.stdout.readableLength).toBeLessThan(1024 * 1024);
  let read = 0;
  for await (const chunk of session.stdout as AsyncIterable<Buffer>) read += chunk.length;
  expect(read).toBe(size);
});

test('a command that cannot be started rejects with why', async () => {
  const error: unknown = await openExec(face.path, { name: 'train', cmd: ['nosuch'] }).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(ClientError);
  expect(error).toMatchObject({
    kind: 'reported',
    code: 'COMMAND_NOT_STARTED',
    message: 'cannot start "nosuch" in train',
  });
});

test('closing ends the command', async () => {
  const session = await openExec(face.path, { name: 'train', cmd: ['hang'] });
  session.close();
  await expect(session.exited).rejects.toThrow('the connection to berthd was lost');
  await eventually('it was killed', () => exec.kills() === 1);
});

test('a daemon that goes away leaves no stream open', async () => {
  const session = await openExec(face.path, { name: 'train', cmd: ['hang'] });
  const reading = Promise.all([text(session.stdout), text(session.stderr)]);
  await face.close();
  await expect(session.exited).rejects.toMatchObject({ kind: 'unknownOutcome' });
  expect(await reading).toEqual(['', '']);
});

test('no daemon is told as everywhere', async () => {
  await expect(openExec('/nowhere/berth.sock', { name: 'a', cmd: ['b'] })).rejects.toMatchObject({
    kind: 'unreachable',
    message: 'berthd is not running (socket /nowhere/berth.sock)',
  });
});
