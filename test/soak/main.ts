/**
 * `npm run soak -- --minutes N [--seed S] [--fault-every SECONDS]`: a private engine and a real berthd, clients that do
 * whatever comes to their minds, and a fault a minute. In the end everything settles and is deleted, and nothing may be
 * left. A seed repeats what is chosen, not when it happens.
 *
 * The last line has the totals. Exits with 1 when an invariant is broken or something leaks. Needs root.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Daemon } from '../rig/daemon.ts';
import { dice } from '../rig/dice.ts';
import { viewDocker } from '../rig/hostView.ts';
import { startPrivateEngine, stubNvidiaSmi } from '../rig/privateEngine.ts';
import { Client, type Ledger, newLedger } from './client.ts';
import { Faults } from './faults.ts';
import { loadOf, settle, takeDown } from './settle.ts';

const CLIENTS = 4;
const PORTS = 50;

const { values: options } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, 'fault-every': { type: 'string' } },
});
const minutes = Number(options.minutes ?? 5);
const seed = Number(options.seed ?? Date.now() % 1_000_000_000);
const faultEveryS = Number(options['fault-every'] ?? 60);
if (!(minutes > 0 && faultEveryS > 0 && Number.isSafeInteger(seed)))
  throw new Error('--minutes N --seed S --fault-every SECONDS: numbers above 0');

console.log(`soak of ${minutes} min, seed ${seed}, a fault every ${faultEveryS} s`);
const wrong = await soak();
process.exitCode = wrong.length === 0 ? 0 : 1;

async function soak(): Promise<readonly string[]> {
  const engine = await startPrivateEngine();
  try {
    const before = await viewDocker(engine.dockerHost);
    const firstPort = 30_000 + (seed % 100) * PORTS;
    const daemon = await Daemon.start({
      dockerHost: engine.dockerHost,
      nvidiaSmi: stubNvidiaSmi,
      portRange: `${firstPort}-${firstPort + PORTS - 1}`,
      env: { STUB_GPU_DIR: engine.gpuPath },
    });
    const ledger = newLedger();
    endCleanly(() =>
      daemon
        .kill9()
        .then(() => daemon.dispose())
        .then(() => engine.stop()),
    );
    const first = loadOf(daemon.pid);
    const faults = new Faults({ daemon, engine, ledger, firstPort, ports: PORTS, roll: dice(seed) });
    await work(daemon, ledger, faults);
    await faults.over();
    const found = await settle({ daemon, dockerHost: engine.dockerHost, before, ledger });
    const left = await takeDown({ daemon, dockerHost: engine.dockerHost, before, ledger });
    const last = loadOf(daemon.pid);
    const all = [...ledger.wrong, ...found, ...left, ...grown(first, last)];
    const exitCode = await daemon.stop();
    if (exitCode !== 0) all.push(`berthd ended with ${exitCode}`);
    tell(all, ledger, faults, daemon);
    console.log(
      `${ledger.done} operations done, ${ledger.refused} refused, ${ledger.cutOff} cut off, ${faults.count} faults; ` +
        `berthd from ${first.rssMb} to ${last.rssMb} MB and from ${first.fds} to ${last.fds} fds; ` +
        `${all.length === 0 ? 'all in order' : `${all.length} wrong`}`,
    );
    if (all.length === 0) await daemon.dispose();
    return all;
  } finally {
    await engine.stop();
  }
}

/** Nothing stays behind of one that is stopped half way. */
function endCleanly(end: () => Promise<unknown>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().finally(() => process.exit(1)));
}

async function work(daemon: Daemon, ledger: Ledger, faults: Faults): Promise<void> {
  const over = new AbortController();
  const clients = Array.from({ length: CLIENTS }, (_, at) => new Client(daemon, ledger, dice(seed + at + 1)));
  const working = clients.map((client) => client.workUntil(over.signal));
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    await sleep(Math.min(faultEveryS * 1000, end - Date.now()));
    if (Date.now() < end) await faults.strike();
  }
  over.abort();
  await faults.over();
  await Promise.all(working);
}

type Load = ReturnType<typeof loadOf>;

/** A daemon that has just started, and one that has done its work: what grows without end is far above this. */
function grown(first: Load, last: Load): readonly string[] {
  return [
    ...(last.fds > first.fds + 20 ? [`berthd holds ${last.fds} file descriptors, ${first.fds} at first`] : []),
    ...(last.rssMb > first.rssMb + 150 ? [`berthd takes ${last.rssMb} MB, ${first.rssMb} at first`] : []),
  ];
}

function tell(all: readonly string[], ledger: Ledger, faults: Faults, daemon: Daemon): void {
  console.log([...faults.struck].map(([what, count]) => `${what}: ${count}`).join(', '));
  console.log([...ledger.verbs].map(([verb, count]) => `${verb} ${count}`).join(', '));
  for (const what of all) console.log(`WRONG ${what}`);
  if (all.length > 0)
    console.log(`the state is kept in ${daemon.directory}; the end of the log:\n${daemon.output.slice(-8000)}`);
}
