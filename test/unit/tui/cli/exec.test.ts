import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../rig/eventually.ts';
import { berth, FakeTerminal } from '../../../rig/fakeTerminal.ts';
import { type ScriptedExec, scriptedExec } from '../../../rig/scriptedExec.ts';
import { openSocketFace, type SocketFace } from '../../../rig/socketFace.ts';

let face: SocketFace;
let exec: ScriptedExec;
beforeEach(async () => {
  exec = scriptedExec();
  face = await openSocketFace({ exec: exec.open });
});
afterEach(() => face.close());

test('output comes on the stream it was written to, and the exit code is the command’s', async () => {
  expect(await berth(['exec', 'train', '--', 'say', 'out\n', 'err\n', '42'], face.path)).toEqual({
    code: 42,
    out: 'out\n',
    err: 'err\n',
  });
});

test('the command’s own flags need no -- before it', async () => {
  await berth(
    ['exec', '-u', 'bob', '-w', '/data', '-e', 'A=1', '-e', 'B=2', 'train', 'say', '-i', '--json'],
    face.path,
  );
  expect(exec.opened[0]).toMatchObject({
    name: 'train',
    cmd: ['say', '-i', '--json'],
    user: 'bob',
    workDir: '/data',
    env: ['A=1', 'B=2'],
    stdin: false,
    tty: false,
  });
});

test('-i passes every byte on and the end of the input too', async () => {
  const terminal = new FakeTerminal();
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256));
  terminal.stdin.end(bytes);
  expect((await berth(['exec', '-i', 'train', 'cat'], face.path, terminal)).code).toBe(0);
  expect(Buffer.concat(terminal.stdout.chunks).equals(bytes)).toBe(true);
});

test('without -i the input is not touched', async () => {
  const terminal = new FakeTerminal();
  terminal.stdin.write('for the next program');
  await berth(['exec', 'train', 'say', 'x'], face.path, terminal);
  expect(terminal.stdin.read()?.toString()).toBe('for the next program');
});

test('a command that takes no more input ends all the same', async () => {
  const terminal = new FakeTerminal();
  terminal.stdin.write(Buffer.alloc(1024 * 1024));
  expect((await berth(['exec', '-i', 'train', 'say', 'done'], face.path, terminal)).out).toBe('done');
});

test('-it gives the command a terminal like this one, raw, and puts it back', async () => {
  const terminal = new FakeTerminal({ tty: true, columns: 132, env: { TERM: 'xterm-256color' } });
  const done = berth(['exec', '-it', 'train', 'terminal'], face.path, terminal);
  await terminal.shows('stdout', 'tty=true env=TERM=xterm-256color size=132x24');
  expect(terminal.rawModes).toEqual([true]);
  terminal.stdin.write('\u0003');
  await terminal.shows('stdout', 'got "\\u0003"');
  terminal.stdout.columns = 90;
  terminal.stdout.emit('resize');
  await terminal.shows('stdout', 'resized to 90x24');
  terminal.stdin.write('q');
  expect((await done).code).toBe(7);
  expect(terminal.rawModes).toEqual([true, false]);
  expect(terminal.stdout.listenerCount('resize')).toBe(0);
});

test('a TERM of the user’s own choice stands', async () => {
  const terminal = new FakeTerminal({ tty: true, env: { TERM: 'xterm' } });
  terminal.stdin.write('q');
  await berth(['exec', '-it', '-e', 'TERM=vt100', 'train', 'terminal'], face.path, terminal);
  expect(exec.opened[0]?.env).toEqual(['TERM=vt100']);
});

test('the terminal is put back when the daemon goes away under a shell', async () => {
  const terminal = new FakeTerminal({ tty: true });
  const done = berth(['exec', '-it', 'train', 'terminal'], face.path, terminal);
  await terminal.shows('stdout', 'tty=true');
  await face.close();
  const { code, err } = await done;
  expect(code).toBe(1);
  expect(err).toContain('the connection to berthd was lost');
  expect(terminal.rawModes).toEqual([true, false]);
});

test('-it in a pipe is a mistake, told before anything runs', async () => {
  const { code, err } = await berth(['exec', '-it', 'train', 'sh'], face.path);
  expect(code).toBe(2);
  expect(err).toContain('-t needs a terminal');
  expect(exec.opened).toEqual([]);
});

test('leaving ends the command', async () => {
  const terminal = new FakeTerminal();
  const done = berth(['exec', 'train', 'hang'], face.path, terminal);
  await eventually('the command runs', () => exec.opened.length === 1);
  await eventually('Ctrl-C is heard', () => terminal.interrupt());
  expect((await done).code).toBe(130);
  await eventually('the command was killed', () => exec.kills() === 1);
});

test('a command that cannot be started says why and what to look at', async () => {
  const { code, err } = await berth(['exec', 'train', 'nosuch'], face.path);
  expect(code).toBe(1);
  expect(err).toContain('berth: cannot start "nosuch" in train\n  Check that the command exists');
});
