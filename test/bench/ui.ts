/**
 * Figures of the UI over a faked daemon with 200 sets and 16 GPUs: `npm run -s bench:ui`. It prints and judges nothing.
 *
 * Not here: figures of the daemon; correctness (test/unit/tui/).
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BerthEvent } from '../../common/contract/event.ts';
import { Mailbox } from '../../daemon/core/mailbox.ts';
import { fakeSet } from '../rig/fakeServices.ts';
import { openSocketFace } from '../rig/socketFace.ts';
import { UiTerminal } from '../rig/uiTerminal.ts';
import { telemetryAt, uiGpus, uiSnapshot } from '../rig/uiWorld.ts';

const SETS = 200;
const SECONDS = 10;
const mailboxes = new Set<Mailbox<BerthEvent>>();

const sets = Array.from({ length: SETS }, (_, at) => fakeSet({ name: `set${String(at).padStart(3, '0')}` }));
const gpus = [...uiGpus(), ...uiGpus().map((gpu) => ({ ...gpu, uuid: `${gpu.uuid}-b`, index: (gpu.index ?? 0) + 8 }))];
const loads = (second: number) => {
  const half = telemetryAt(second);
  return [...half, ...half.map((it) => ({ ...it, uuid: `${it.uuid}-b` }))];
};

async function* watch(_input: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<BerthEvent> {
  const mailbox = new Mailbox<BerthEvent>(1000);
  mailboxes.add(mailbox);
  signal.addEventListener('abort', () => mailbox.close());
  yield { ...(uiSnapshot() as Extract<BerthEvent, { type: 'snapshot' }>), sets, gpus };
  for (let taken = await mailbox.take(); taken !== 'closed'; taken = await mailbox.take())
    if (taken !== 'overflow') yield taken.item;
}

/** Seconds of processor time that a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** What is sent to the terminal and what it costs while load changes `perSecond` times a second. */
async function live(ui: UiTerminal, perSecond: number): Promise<string> {
  const [bytes, cpu] = [ui.output.length, cpuSeconds(ui.pid)];
  for (let tick = 0; tick < SECONDS * perSecond; tick += 1) {
    const at = new Date().toISOString();
    for (const mailbox of mailboxes) mailbox.push({ type: 'telemetry', at, gpus: loads(tick) });
    await sleep(1000 / perSecond);
  }
  const rate = (ui.output.length - bytes) / 1024 / SECONDS;
  return `${rate.toFixed(1)} KiB/s, ${(((cpuSeconds(ui.pid) - cpu) / SECONDS) * 100).toFixed(1)} % of a core`;
}

/** From a key to its effect on the screen, over and over. */
async function echo(ui: UiTerminal, times: number): Promise<string> {
  const taken: number[] = [];
  for (let at = 0; at < times; at += 1) {
    const before = ui.output.length;
    const began = performance.now();
    ui.type(at % 2 === 0 ? 'j' : 'k');
    while (ui.output.length === before) await sleep(0);
    taken.push(performance.now() - began);
    await sleep(40);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number): string => (taken[Math.floor(taken.length * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

const face = await openSocketFace({ services: { event: { watch } } });
const began = performance.now();
const ui = new UiTerminal({ socket: face.path, columns: 250, rows: 70 });
while (!ui.output.includes('llama')) await sleep(1);
const print = (what: string, figure: string): void => console.log(`${what.padEnd(44)} ${figure}`);
print(`first paint with ${SETS} sets, start included`, `${Math.round(performance.now() - began)} ms`);
await sleep(3000);
const cpu = cpuSeconds(ui.pid);
await sleep(SECONDS * 1000);
print('idle', `${(((cpuSeconds(ui.pid) - cpu) / SECONDS) * 100).toFixed(1)} % of a core`);
print('GPUs at 250x70, load once a second', await live(ui, 1));
print('GPUs at 250x70, load twice a second', await live(ui, 2));
ui.type('0');
await ui.shows('Replica sets');
print('overview at 250x70, load twice a second', await live(ui, 2));
ui.type('2');
await ui.shows('Replica sets');
print('key echo in a list of 200', await echo(ui, 100));
print('resident memory', `${Math.round(residentMiB(ui.pid))} MiB`);
ui.kill();
await face.close();
