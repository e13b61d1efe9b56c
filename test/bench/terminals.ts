/**
 * Figures of the terminals inside sets: `npm run -s bench:terminals`. Shells of this host stand in for those of sets,
 * behind the real socket and the real UI. It prints and judges nothing; this process, which is the outer terminal and
 * the daemon too, takes its share of a small machine.
 *
 * Not here: figures of the dashboard (ui.ts).
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BerthEvent } from '../../common/contract/event.ts';
import type { ExecView } from '../../common/contract/exec.ts';
import { ptyExec } from '../rig/ptyExec.ts';
import { openSocketFace } from '../rig/socketFace.ts';
import { UiTerminal } from '../rig/uiTerminal.ts';
import { uiSnapshot, uiVersions } from '../rig/uiWorld.ts';

async function* watch(_input: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<BerthEvent> {
  yield uiSnapshot();
  if (!signal.aborted) await once(signal, 'abort');
}

let count = 0;
const session = (name: string): ExecView => ({
  id: String(count),
  name,
  version: 1,
  cmd: ['sh'],
  tty: true,
  actor: 'ann',
  state: 'running',
  exitCode: null,
  attached: false,
  startedAt: new Date().toISOString(),
  endedAt: null,
});

const face = await openSocketFace({
  exec: async () => ptyExec('exec sh'),
  services: {
    event: { watch },
    replicaSet: { versions: async () => uiVersions() },
    exec: {
      create: async ({ name }) => {
        count += 1;
        return session(name);
      },
      list: async () => [],
    },
  },
});

const lagFile = join(mkdtempSync(join(tmpdir(), 'berth-bench-')), 'lag');
writeFileSync(lagFile, '');
const lagProbe = new URL('./lag.ts', import.meta.url).pathname;
const env = { NODE_OPTIONS: `--import=${lagProbe}`, BERTH_LAG_FILE: lagFile };
const ui = new UiTerminal({ socket: face.path, columns: 160, rows: 48, env });

const print = (what: string, figure: string): void => console.log(`${what.padEnd(52)} ${figure}`);
const millis = (value: number): string => `${value.toFixed(1)} ms`;
const residentMiB = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${ui.pid}/status`, 'utf8'))?.[1]) / 1024;

/** The longest since the last question. */
async function lag(): Promise<string> {
  await sleep(600);
  const worst = Math.max(0, ...readFileSync(lagFile, 'utf8').split('\n').map(Number));
  truncateSync(lagFile);
  return millis(worst);
}

/** From a key to its letter among what is sent to the terminal. */
async function echo(times: number): Promise<string> {
  const taken: number[] = [];
  for (let at = 0; at < times; at += 1) {
    const letter = 'QWZG'.charAt(at % 4);
    const from = ui.output.length;
    const began = performance.now();
    ui.type(letter);
    while (!ui.output.slice(from).includes(letter)) await sleep(0);
    taken.push(performance.now() - began);
    ui.type('\u007f');
    await sleep(50);
  }
  taken.sort((a, b) => a - b);
  const share = (part: number): string => millis(taken[Math.floor(taken.length * part)] ?? 0);
  return `p50 ${share(0.5)}, p95 ${share(0.95)}`;
}

/** Until a shell has done a line: the time, and what was sent to the terminal. */
async function run(line: string, mark: string): Promise<string> {
  const from = ui.output.length;
  const began = performance.now();
  ui.type(`${line}; printf '%s%s\\n' ${mark.slice(0, 2)} ${mark.slice(2)}\r`);
  await ui.shows(mark, 300_000);
  const sent = Buffer.byteLength(ui.output.slice(from)) / 1024;
  return `${millis(performance.now() - began)}, ${sent.toFixed(0)} KiB to the terminal`;
}

await ui.shows('llama (alice)');
ui.type('2e');
await ui.shows('$');
await sleep(1000);
await lag();
print('key echo, idle', await echo(100));
print('event loop held up, idle, at most', await lag());
print('15 MB of seq', await run('seq 1 2000000', 'doneseq'));
print('event loop held up meanwhile, at most', await lag());
ui.type('\u001d|');
await sleep(1500);
ui.type('yes\r');
await sleep(1000);
ui.type('\u001dp');
await sleep(300);
await lag();
print('key echo, beside a flood of yes', await echo(100));
print('event loop held up meanwhile, at most', await lag());
ui.type('\u001dn\u0003');
await sleep(500);
ui.type('\u001d-');
await sleep(1000);
ui.type('\u001dp\u001dp\u001d-');
await sleep(1000);
print('resident memory with four terminals', `${residentMiB().toFixed(0)} MiB`);
print(
  '100 MB in one of them',
  await run('yes 0123456789012345678901234567890123456789 | head -c 100000000', 'doneflood'),
);
print('event loop held up meanwhile, at most', await lag());
print('resident memory then', `${residentMiB().toFixed(0)} MiB`);
ui.kill();
await face.close();
process.exit(0);
