/** The UI in a real terminal, over a daemon that is faked. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { BerthEvent } from '../../../common/contract/event.ts';
import { Mailbox } from '../../../daemon/core/mailbox.ts';
import { fakeSet } from '../../rig/fakeServices.ts';
import { openSocketFace, type SocketFace } from '../../rig/socketFace.ts';
import { UiTerminal, type UiTerminalOptions } from '../../rig/uiTerminal.ts';
import { telemetryAt, uiNow, uiPlan, uiSnapshot, uiVersions } from '../../rig/uiWorld.ts';

// Each test starts a program; how long that takes depends on what else the machine does.
vi.setConfig({ testTimeout: 60_000 });

const mailboxes = new Set<Mailbox<BerthEvent>>();
const tell = (event: BerthEvent): void => {
  for (const mailbox of mailboxes) mailbox.push(event);
};

async function* watch(_input: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<BerthEvent> {
  const mailbox = new Mailbox<BerthEvent>(100);
  mailboxes.add(mailbox);
  signal.addEventListener('abort', () => mailbox.close());
  yield uiSnapshot();
  yield { type: 'telemetry', at: new Date(uiNow).toISOString(), gpus: telemetryAt(0) };
  for (let taken = await mailbox.take(); taken !== 'closed'; taken = await mailbox.take())
    if (taken !== 'overflow') yield taken.item;
  mailboxes.delete(mailbox);
}

const stopped: string[] = [];
let face: SocketFace;
beforeAll(async () => {
  face = await openSocketFace({
    services: {
      event: { watch },
      replicaSet: {
        versions: async () => uiVersions(),
        plan: async ({ name }) => uiPlan({ name }),
        stop: async ({ name }) => {
          stopped.push(name);
          tell({ type: 'set', set: fakeSet({ name, version: 5, state: 'stopped', gpus: [] }) });
          return null;
        },
      },
    },
  });
});
afterAll(() => face.close());

let terminal: UiTerminal;
afterEach(() => terminal.kill());
const open = (options: Partial<UiTerminalOptions> = {}): UiTerminal => {
  terminal = new UiTerminal({ socket: face.path, ...options });
  return terminal;
};

test.each(['xterm-256color', 'tmux-256color', 'screen-256color', 'linux', 'xterm-ghostty'])(
  'TERM=%s: it draws, says nothing beside the screen, and leaves the terminal as it was',
  async (TERM) => {
    const ui = open({ env: { TERM }, line: '$BERTH; echo code=$?; stty -a' });
    await ui.shows(/GPU +6\/8/);
    await ui.shows('llama (alice)');
    expect(ui.output).toContain('\u001b[1;36m');
    // The Linux console has one screen alone.
    expect(ui.screen.terminal.buffer.active.type).toBe(TERM === 'linux' ? 'normal' : 'alternate');
    ui.type('2');
    await ui.shows(/oldeval +v3 +exited/);
    expect(ui.output).not.toContain('\u001b(0'); // Lines as UTF-8, never as a second character set.
    ui.type('q');
    await ui.shows('code=0');
    await ui.shows(/\bicanon\b/);
    expect(ui.screen.terminal.buffer.active.type).toBe('normal');
    expect(ui.screen.terminal.modes).toMatchObject({ mouseTrackingMode: 'none', bracketedPasteMode: false });
    expect(ui.output.slice(0, ui.output.indexOf('code=0'))).toContain('\u001b[?25h');
    expect(ui.screen.text().trimStart()).toMatch(/^code=0/);
  },
);

test('a terminal description that cannot be read is not read', async () => {
  const TERMINFO = mkdtempSync(join(tmpdir(), 'berth-terminfo-'));
  mkdirSync(join(TERMINFO, 'x'));
  // The head of a description of ncurses 6.1 or later, whose numbers have 32 bits.
  writeFileSync(join(TERMINFO, 'x', 'xterm-256color'), Buffer.from([0x1e, 0x02, 0x2b, 0, 0x26, 0, 0x0f, 0, 0x9d, 1]));
  const ui = open({ env: { TERMINFO } });
  await ui.shows('llama (alice)');
  expect(ui.output).toContain('\u001b[1;36m');
  ui.type('q');
  expect(await ui.exit).toBe(0);
});

test('TERM=dumb cannot draw: the overview is printed instead', async () => {
  const ui = open({ env: { TERM: 'dumb' } });
  expect(await ui.exit).toBe(0);
  await ui.shows('4 GPUs: 2 free, 2 granted');
  expect(ui.output).not.toContain('\u001b');
});

test('a set is found, its stop confirmed with the plan, and the row changes', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2/llam\r');
  await ui.shows('Replica sets 1/5');
  ui.type('s');
  await ui.shows('python train.py');
  ui.type('n');
  await ui.hides('python train.py');
  expect(stopped).toEqual([]);
  ui.type('s');
  await ui.shows('y do it');
  ui.type('y');
  await ui.shows(/llama +v5 +stopped/);
  expect(stopped).toEqual(['llama']);
  ui.type('\u001b\u001b');
  await ui.shows('Replica sets 5 ');
});

test('a resize draws for the new size', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2');
  ui.resize(120, 40);
  await ui.shows(/^┌─ Replica sets .*┐┌─ Versions of llama/m);
  ui.resize(50, 12);
  await ui.shows('50x12 is too small: 60x16 is needed.');
  ui.resize(80, 24);
  await ui.shows(/^┌─ Replica sets .*┐$/m);
});

test('Ctrl-Z gives the terminal back to the shell, and fg comes back to the same place', async () => {
  const ui = open({ line: 'set -m; $BERTH; echo "stopped=$?"; stty -a; read -r _; fg >/dev/null; echo code=$?' });
  await ui.shows('llama (alice)');
  ui.type('5\u001a');
  await ui.shows('stopped=');
  await ui.shows(/\bicanon\b/);
  expect(ui.screen.terminal.buffer.active.type).toBe('normal');
  ui.resize(100, 30);
  ui.type('\r');
  await ui.shows(/^┌─ Host ports in use 5 ─{70,}┐$/m);
  ui.type('q');
  await ui.shows('code=0');
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const)('%s puts the terminal back', async (signal, code) => {
  const ui = open({ line: "sh -c 'echo pid=$$; exec $BERTH'; echo code=$?; stty -a" });
  await ui.shows('llama (alice)');
  process.kill(Number(/pid=(\d+)/.exec(ui.output)?.[1]), signal);
  await ui.shows(`code=${code}`);
  await ui.shows(/\bicanon\b/);
  expect(ui.screen.terminal.buffer.active.type).toBe('normal');
  expect(ui.screen.terminal.modes.mouseTrackingMode).toBe('none');
});

test('a stream of events that ends is asked for again', async () => {
  const ui = open();
  await ui.shows(/llama \(alice\)/);
  await ui.shows(/●$/m);
  for (const mailbox of mailboxes) mailbox.close();
  await ui.shows('◐ reconnecting');
  await ui.shows(/●$/m);
  tell({ type: 'set', set: fakeSet({ name: 'fresh' }) });
  ui.type('2');
  await ui.shows('fresh');
});

test('a fault of its own puts the terminal back and is told', async () => {
  const ui = open({ line: '$BERTH; echo code=$?; stty -a' });
  await ui.shows('llama (alice)');
  tell({ type: 'set', set: null } as unknown as BerthEvent);
  await ui.shows('a fault in berth itself');
  await ui.shows('code=1');
  await ui.shows(/\bicanon\b/);
  expect(ui.screen.terminal.buffer.active.type).toBe('normal');
});

test('without a daemon it says so and ends', async () => {
  const ui = open({ socket: '/nowhere/berth.sock' });
  expect(await ui.exit).toBe(3);
  await ui.shows('berthd is not running');
});

test('settings that do not fit are told before anything is drawn', async () => {
  const ui = open({
    columns: 160,
    line: 'mkdir $XDG_CONFIG_HOME/berth; echo keys.quit = \\"s\\" > $XDG_CONFIG_HOME/berth/tui.toml; $BERTH; echo code=$?',
  });
  await ui.shows('"s" is bound to both quit and set.stop');
  await ui.shows('code=2');
});

test('--ascii and NO_COLOR write neither colours nor anything but ASCII', async () => {
  const ui = open({ args: ['--ascii'], env: { NO_COLOR: '1' } });
  await ui.shows('llama (alice)');
  const sequences = ui.output.split('\u001b[').slice(1);
  expect(sequences.filter((it) => /^(?:\d+;)*(3\d|4\d|9\d|10\d)m/.test(it))).toEqual([]);
  expect(Array.from(ui.output).filter((it) => it > '\u007f')).toEqual([]);
});

test('the mouse shows views and selects rows, and m gives it back to the terminal', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  expect(ui.screen.terminal.modes.mouseTrackingMode).toBe('drag');
  ui.type('\u001b[<0;10;1M');
  await ui.shows('Replica sets');
  ui.type('m');
  await ui.shows('Mouse off');
  expect(ui.screen.terminal.modes.mouseTrackingMode).toBe('none');
});

test('y reaches the clipboard of the person', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2jy');
  await ui.shows('Copied: notebook');
  expect(ui.screen.clipboard).toEqual(['notebook']);
});
