/** Terminals and logs of the UI, over a real daemon on a real engine. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Daemon } from '../rig/daemon.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';
import { UiTerminal, type UiTerminalOptions } from '../rig/uiTerminal.ts';

const IMAGE = 'berth-test/busybox:1';
let daemon: Daemon;
beforeAll(async () => {
  daemon = await Daemon.start({ dockerHost: testDockerHost(), gpus: 'sim:1' });
  const script = 'echo "epoch one"; echo "a warning" >&2; while true; do sleep 0.2; done';
  await daemon.ok('POST', '/replicaSet', { replicaSetName: 'train', imageName: IMAGE, cmd: ['sh', '-c', script] });
});
afterAll(() => daemon.dispose());

let ui: UiTerminal;
afterEach(() => ui.kill());
const open = async (options: Partial<UiTerminalOptions> = {}): Promise<void> => {
  ui = new UiTerminal({ socket: daemon.socket, columns: 120, rows: 40, ...options });
  await ui.shows(/GPU +0\/1 +●/);
};

test('a shell has its keys and its size, beside another one too, and tells how it ended', async () => {
  await open();
  ui.type('2e');
  await ui.shows('/ #');
  ui.type('echo $((6*7)); stty size\r');
  await ui.shows(/^│42 /m);
  await ui.shows(/^│36 118 /m);
  ui.type('\u001d|');
  await ui.shows(/││\/ # +│$/m);
  ui.type('stty size\r');
  await ui.shows(/│36 58 +│$/m);
  ui.resize(100, 30);
  ui.type('until stty size | grep "^26 48"; do sleep 0.1; done\r');
  await ui.shows(/│26 48 +│$/m);
  ui.type('exit 3\r');
  await ui.shows('exited 3');
  ui.type('x');
  await ui.hides('exited 3');
  ui.type('\runtil stty size | grep "^26 98"; do sleep 0.1; done\r');
  await ui.shows(/^│26 98 /m);
  ui.type('\u001dx\u001dx');
  await ui.shows('No terminal is open.');
});

test('what a shell prints changes nothing of the real terminal', async () => {
  await open();
  ui.type('2e');
  await ui.shows('/ #');
  const { modes, title } = ui.screen.state() as { readonly modes: unknown; readonly title: string };
  ui.type(
    `printf '\\033]0;mine\\007\\033]52;c;aGk=\\007\\033[?1003h\\033[?1049l\\033[3J\\033[c\\033[31mred\\033[0m%s\\n' over\r`,
  );
  await ui.shows('redover');
  expect([ui.screen.title, ui.screen.clipboard, ui.screen.terminal.modes]).toEqual([title, [], modes]);
});

test('a shell that was left runs on, and is found again by the next UI', async () => {
  await open({ line: '$BERTH; echo code=$?' });
  ui.type('2e');
  await ui.shows('/ #');
  ui.type('v=kept; cd /tmp\r');
  await ui.shows('/tmp #');
  ui.type('\u001ddq');
  await ui.shows('code=0');
  await ui.shows(/terminals? runs? on for 15 minutes/);
  ui.kill();
  await open();
  ui.type('3\t');
  await ui.shows(/train +v1 +left/);
  ui.type('G\r');
  await ui.shows(/^┌─ train v1 ─+┐$/m);
  ui.type('echo is-$v-in-$PWD\r');
  await ui.shows('is-kept-in-/tmp');
  ui.type('exit\r');
  await ui.shows('exited 0');
});

test('a daemon that dies takes its shells along, and the UI says so and opens others', async () => {
  await open();
  ui.type('2e');
  await ui.shows('/ #');
  ui.type('echo before\r');
  await ui.shows(/^│before /m);
  await daemon.kill9();
  await ui.shows('◐ reconnecting');
  await daemon.startAgain();
  await ui.shows('berthd ended, and the command with it');
  await ui.shows(/^│before /m);
  ui.type('2e');
  await ui.shows('/ #');
  ui.type('echo after\r');
  await ui.shows(/^│after /m);
});

test('a log is followed, filtered and left', async () => {
  await open();
  ui.type('2l');
  await ui.shows('epoch one');
  await ui.shows('following');
  ui.type('/warn\r');
  await ui.hides('epoch one');
  await ui.shows('a warning');
  ui.type('\u001b');
  await ui.shows('epoch one');
  ui.type('\u001b');
  await ui.shows('Replica sets');
});
