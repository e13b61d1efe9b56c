/** The UI in a terminal, over a real daemon on a real engine: a set's whole life by keys alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Daemon } from '../rig/daemon.ts';
import { DEMO_IMAGE } from '../rig/demo/image.ts';
import { testEngine } from '../rig/testEngine.ts';
import { UiTerminal } from '../rig/uiTerminal.ts';

let daemon: Daemon;
let ui: UiTerminal;
beforeAll(async () => {
  daemon = await Daemon.start({ dockerHost: testEngine().dockerHost, gpus: 'sim:8' });
  ui = new UiTerminal({ socket: daemon.socket, columns: 120, rows: 40 });
});
afterAll(async () => {
  ui.kill();
  await daemon.dispose();
});

test('it opens on the GPUs of the host', async () => {
  await ui.shows(/GPU +0\/8 +●/);
  await ui.shows('n new set');
});

test('a set is run through the form, and the GPU map shows who has what', async () => {
  ui.type('n');
  await ui.shows('Run a new replicaSet');
  ui.type(`train\t${DEMO_IMAGE}\t\t\u007f2\r`);
  await ui.hides('Run a new replicaSet');
  await ui.shows(/GPU +2\/8 +●/);
  await ui.shows(/train \(\w+\)/);
});

test('a refusal stands beside its field, and the form can be mended', async () => {
  ui.type('2n');
  await ui.shows('Run a new replicaSet');
  ui.type(`train\t${DEMO_IMAGE}\r`);
  await ui.shows(/replica-set\* +train··✗/);
  ui.type('\u0015probe\r');
  await ui.hides('Run a new replicaSet');
  await ui.shows(/[▸ ]probe +v1 +running/);
});

test('other GPUs are a new version: the plan says what dies, and the tree grows', async () => {
  ui.type('/train\r');
  await ui.shows('Replica sets 1/2');
  ui.type('u\u007f3\r');
  await ui.shows('Version 1 is followed by version 2.');
  await ui.shows('httpd');
  ui.type('y');
  await ui.shows(/train +v2 +running/);
  await ui.shows(/● v2 .*gpus 2 > 3/);
  await ui.hides('GPUs of train');
});

test('the selected version is rolled back to', async () => {
  ui.type('\rgR');
  await ui.shows('Version 2 is followed by version 3.');
  ui.type('y');
  await ui.shows(/└─● v3|● v3/);
  await ui.shows(/gpus 3 > 2/);
});

test('a daemon that is killed is away, and comes back to the same place', async () => {
  await daemon.kill9();
  await ui.shows('◐ reconnecting');
  await ui.shows('○ berthd is away');
  await daemon.startAgain();
  await ui.shows(/GPU +2\/8 +●/);
  await ui.shows('Replica sets 1/2  /train');
});

test('stop frees the GPUs, delete wants the name', async () => {
  ui.type('s');
  await ui.shows('y do it');
  ui.type('y');
  await ui.shows(/train +v3 +stopped/);
  await ui.shows(/GPU +0\/8 +●/);
  ui.type('d');
  await ui.shows('Type train to delete it:');
  ui.type('train\r');
  await ui.shows('Replica sets 0/1');
});

test('what was done since berthd started stands among the operations, and q leaves', async () => {
  ui.type('6');
  await ui.shows(/✓ +delete train/);
  await ui.shows(/✓ +stop train/);
  ui.type('q');
  expect(await ui.exit).toBe(0);
  expect(ui.screen.terminal.buffer.active.type).toBe('normal');
});
