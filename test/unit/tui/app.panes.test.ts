/** Terminals and logs of the UI in a real terminal, over a daemon that is faked. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { BerthEvent } from '../../../common/contract/event.ts';
import type { ExecView } from '../../../common/contract/exec.ts';
import type { LogItem } from '../../../common/contract/logs.ts';
import { eventually } from '../../rig/eventually.ts';
import { type ScriptedExec, scriptedExec } from '../../rig/scriptedExec.ts';
import { openSocketFace, type SocketFace } from '../../rig/socketFace.ts';
import { UiTerminal, type UiTerminalOptions } from '../../rig/uiTerminal.ts';
import { uiNow, uiSnapshot, uiVersions } from '../../rig/uiWorld.ts';

// Each test starts a program; how long that takes depends on what else the machine does.
vi.setConfig({ testTimeout: 60_000 });

async function* watch(_input: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<BerthEvent> {
  yield uiSnapshot();
  if (!signal.aborted) await once(signal, 'abort');
}

async function* logs(
  { name }: { readonly name: string },
  { signal }: { signal: AbortSignal },
): AsyncGenerator<LogItem> {
  yield { stream: 'stdout', text: `2026-01-22T10:36:00Z ${name} sta` };
  yield { stream: 'stdout', text: 'rts\n' };
  for (let line = 0; line < 120_000 && !signal.aborted; line += 1_000)
    yield { stream: 'stderr', text: `${'x'.repeat(200)} \u001b]0;pwn\u0007\u001b[2J\n`.repeat(1_000) };
  yield { stream: 'stdout', text: `${'y'.repeat(1_000_000)}\nlast words\n` };
  yield { stream: 'note', text: '-- version 5 ended\n' };
}

const created: { readonly name: string; readonly env: string[] }[] = [];
const killed: string[] = [];
const sessionOf = (name: string, number: number): ExecView => ({
  id: `${name}.${number}`,
  name,
  version: 3,
  cmd: ['sh'],
  tty: true,
  actor: 'alice',
  state: 'running',
  exitCode: null,
  attached: false,
  startedAt: new Date(uiNow).toISOString(),
  endedAt: null,
});

let face: SocketFace;
let exec: ScriptedExec;
beforeAll(async () => {
  exec = scriptedExec();
  face = await openSocketFace({
    exec: (open, caller) => {
      if (!('execId' in open)) throw new Error('the UI opens sessions alone');
      const cmd = [open.execId.startsWith('notebook') ? 'cat' : 'terminal'];
      return exec.open({ name: 'any', cmd, tty: true, stdin: true, env: created.at(-1)?.env ?? [] }, caller);
    },
    services: {
      event: { watch },
      exec: {
        create: async (input) => {
          created.push(input);
          return sessionOf(input.name, created.length);
        },
        list: async () => [sessionOf('oldeval', 0)],
        kill: async ({ id }) => {
          killed.push(id);
          return { ...sessionOf(id, 0), state: 'ended' as const };
        },
      },
      replicaSet: { versions: async () => uiVersions(), logs },
    },
  });
});
afterAll(() => face.close());

let terminal: UiTerminal;
afterEach(() => terminal.kill());
const open = (options: Partial<UiTerminalOptions> = {}): UiTerminal => {
  terminal = new UiTerminal({ socket: face.path, columns: 100, rows: 30, ...options });
  return terminal;
};

test('a terminal in a set has every key until the prefix; its size follows the screen', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2e');
  await ui.shows('resized to 98x26');
  await ui.shows('tty=true env=TERM=xterm-256color');
  ui.type('s\u0003\u001b[5~');
  await ui.shows('got "s\\u0003\\u001b[5~"');
  ui.type('\u001b[200~a\nb\u001b[201~');
  await ui.shows('got "a\\rb"');
  ui.resize(80, 24);
  await ui.shows('resized to 78x20');
  ui.type('\u001d|');
  await ui.shows('resized to 38x20');
  ui.type('\u001dd1');
  await ui.shows('llama (alice)');
  ui.type('3');
  await ui.shows('resized to 38x20');
  ui.type('\rq');
  await ui.shows('exited 7');
  ui.type('x');
  await ui.shows('resized to 78x20');
  expect(killed).toEqual([]);
  ui.type('xx');
  await ui.shows('No terminal is open.');
  await eventually('the other command was ended', () => killed.some((id) => id.startsWith('llama')));
  ui.type('q');
  expect(await ui.exit).toBe(0);
});

test('what is typed together with the key that opens a terminal is its first input', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2ewords');
  await ui.shows('got "words"');
});

test('a terminal runs on when the UI is left, and one of before is found again', async () => {
  const ui = open({ line: '$BERTH; echo code=$?' });
  await ui.shows('llama (alice)');
  ui.type('2e');
  await ui.shows('resized to 98x26');
  ui.type('\u001dd\t');
  await ui.shows(/oldeval +v3 +left/);
  ui.type('j\r');
  await ui.shows('oldeval v3 ─');
  await ui.shows('resized to 98x26');
  ui.type('\u001ddq');
  await ui.shows('code=0');
  await ui.shows('2 terminals run on for 15 minutes; berth finds them again.');
});

test('a click goes into a terminal; what its program says of titles, clipboards and modes stays in it', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2je');
  await ui.shows('notebook v1');
  ui.type('\u001dd\u001b[<0;20;10Mecho');
  await ui.shows('echo');
  const before = ui.screen.state() as { readonly modes: unknown; readonly title: string };
  ui.type('\u001b]0;mine\u0007\u001b]52;c;aGk=\u0007\u001b[?1003h\u001b[?1049l\u001b[5nover');
  await ui.shows('over');
  const { title, modes } = ui.screen.state() as typeof before;
  expect([title, modes, ui.screen.clipboard]).toEqual([before.title, before.modes, []]);
});

test('a log of many megabytes with a line of one is followed, searched and left, and changes nothing beside it', async () => {
  const ui = open();
  await ui.shows('llama (alice)');
  ui.type('2l');
  await ui.shows('last words');
  await ui.shows('-- version 5 ended');
  await ui.shows('Log of llama 120004');
  expect(ui.screen.title).not.toBe('pwn');
  ui.type('sLAST\r');
  await ui.shows('1 line below');
  ui.type('y');
  await ui.shows('Copied the line.');
  expect(ui.screen.clipboard).toEqual(['last words']);
  ui.type('\u001b');
  await ui.shows('Replica sets');
});
