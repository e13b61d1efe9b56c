/** The program `berth` itself, as a shell starts it, over the real socket face and faked services. */
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBerth, spawnBerth } from '../rig/berthProgram.ts';
import { eventually } from '../rig/eventually.ts';
import { type ScriptedExec, scriptedExec } from '../rig/scriptedExec.ts';
import { openSocketFace, type SocketFace } from '../rig/socketFace.ts';

let face: SocketFace;
let exec: ScriptedExec;
beforeAll(async () => {
  exec = scriptedExec();
  face = await openSocketFace({ exec: exec.open });
});
afterAll(() => face.close());

test('answers go to stdout, failures to stderr, and each has its exit code', async () => {
  const listed = await runBerth(['ls'], face.path);
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toContain('train');
  expect(await runBerth(['info', 'nobody'], face.path)).toMatchObject({ code: 1, out: '' });
  expect(await runBerth(['lss'], face.path)).toMatchObject({ code: 2, out: '' });
  expect(await runBerth(['ls'], '/nowhere/berth.sock')).toMatchObject({ code: 3, out: '' });
});

test('nothing but the answer is on stdout, so that programs can read it', async () => {
  const { out } = await runBerth(['ls', '--json'], face.path);
  expect(JSON.parse(out)).toHaveLength(2);
});

test('what ends processes is refused in a pipe, even when the pipe says yes', async () => {
  const { code, err } = await runBerth(['rm', 'train'], face.path, 'train\ny\n');
  expect(code).toBe(2);
  expect(err).toContain('Pass -y');
});

test('exec is clean for pipes: every byte, the end of input, the exit code', async () => {
  const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => (at * 31) % 256));
  const child = spawnBerth(['exec', '-i', 'train', '--', 'cat'], face.path);
  child.stdin.end(bytes);
  const [out, [code]] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
  expect(out.equals(bytes)).toBe(true);
  expect(code).toBe(0);
  expect(await runBerth(['exec', 'train', 'say', 'o', 'e', '9'], face.path)).toEqual({ code: 9, out: 'o', err: 'e' });
});

test('a reader that leaves early, such as head, is no failure', async () => {
  const child = spawnBerth(['exec', 'train', 'flood', String(64 * 1024 * 1024)], face.path);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('events end cleanly on Ctrl-C', async () => {
  const child = spawnBerth(['events'], face.path);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'close');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
});

test('killing the program ends the command that it ran', async () => {
  const before = exec.kills();
  const child = spawnBerth(['exec', 'train', 'hang'], face.path);
  await eventually('the command runs', () => exec.opened.some(({ cmd }) => cmd[0] === 'hang'));
  child.kill('SIGKILL');
  await once(child, 'close');
  await eventually('the command was killed', () => exec.kills() > before);
});
