/** `berth` under a real pseudo-terminal: raw mode, window size, questions, colours. */
import pty, { type IPty } from '@lydell/node-pty';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { berthProgram } from '../rig/berthProgram.ts';
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

/** What `stty -a` says of a terminal that makes line ends and edits lines, as it did at first. */
const wasPutBack = /\sopost\s.*\sonlcr\s.*\sicanon\s/s;

/** A terminal of 100×30 in which a shell line runs. */
class Screen {
  text = '';
  readonly exit: Promise<number>;
  readonly #pty: IPty;

  constructor(line: string, socket = face.path) {
    const env = { ...process.env, BERTH_SOCKET: socket, TERM: 'xterm-256color', NO_COLOR: '1' };
    this.#pty = pty.spawn('/bin/sh', ['-c', line.replaceAll('berth ', `${process.execPath} ${berthProgram} `)], {
      cols: 100,
      rows: 30,
      env,
    });
    this.#pty.onData((data) => {
      this.text += data;
    });
    this.exit = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  async shows(text: string): Promise<void> {
    await eventually(`the screen shows ${text}`, () => this.text.includes(text));
  }
}

test('-it is a terminal like this one: size, TERM, resizes, and Ctrl-C goes to the command', async () => {
  const screen = new Screen('berth exec -it train terminal; echo code=$?; stty -a');
  await screen.shows('tty=true env=TERM=xterm-256color size=100x30');
  screen.resize(70, 20);
  await screen.shows('resized to 70x20');
  screen.type('\u0003');
  await screen.shows('got "\\u0003"');
  screen.type('q');
  await screen.shows('code=7');
  expect(await screen.exit).toBe(0);
  const modes = screen.text.slice(screen.text.indexOf('code=7'));
  expect(modes).toMatch(wasPutBack);
  expect(modes).toMatch(/[^-]echo /);
});

test('-it shows what the command’s terminal sends, no byte of it changed', async () => {
  const screen = new Screen('berth exec -it train terminal; echo code=$?');
  await screen.shows('size=100x30');
  screen.type('x\n');
  await screen.shows('got "x\\n"');
  screen.type('q');
  await screen.shows('code=7');
  expect(screen.text).toBe('tty=true env=TERM=xterm-256color size=100x30\r\ngot "x\\n"\r\ngot "q"\r\ncode=7\r\n');
});

test('-it works where there is no stty, too', async () => {
  const screen = new Screen('PATH=/nowhere berth exec -it train terminal; echo code=$?; stty -a');
  await screen.shows('tty=true');
  screen.type('q');
  await screen.shows('code=7');
  await screen.exit;
  expect(screen.text).toMatch(wasPutBack);
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('the terminal is put back when the program is told to end by %s', async (signal, code) => {
  const screen = new Screen("sh -c 'echo pid=$$; exec berth exec -it train terminal'; echo code=$?; stty -a");
  await screen.shows('tty=true');
  const pid = Number(/pid=(\d+)/.exec(screen.text)?.[1]);
  process.kill(pid, signal);
  await screen.shows(`code=${code}`);
  await screen.exit;
  expect(screen.text).toMatch(wasPutBack);
});

test('the terminal is put back when the daemon goes away', async () => {
  const own = await openSocketFace({ exec: exec.open });
  const screen = new Screen('berth exec -it train terminal; echo code=$?; stty -a', own.path);
  await screen.shows('tty=true');
  await own.close();
  await screen.shows('code=1');
  await screen.exit;
  expect(screen.text).toMatch(wasPutBack);
});

test('a plan is shown and answered with a key', async () => {
  const screen = new Screen('berth stop train; echo code=$?');
  await screen.shows('python train.py (pid 4711');
  await screen.shows('Go on? [y/N]');
  screen.type('y\r');
  await screen.shows('train is stopped');
  await screen.shows('code=0');
});

test('tables fit the terminal', async () => {
  const screen = new Screen('stty cols 60; berth gpus; echo code=$?');
  await screen.shows('code=0');
  for (const line of screen.text.split('\r\n').filter((it) => it.includes('granted '))) {
    expect(line.length).toBeLessThanOrEqual(60);
  }
});
