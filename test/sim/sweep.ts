/**
 * The sweep: each operation, on a set in each state, with each fault at each of its effects, and then once more with
 * the daemon killed after each change that repairing it makes. Afterwards the operation has happened or it has not,
 * the files of every version are there, nothing is left over, and whoever asks next gets no GPU that is in use.
 */
import type { Effect } from '../../daemon/core/effects.ts';
import { SCENES, type SweptOperation, sceneOf } from './cases.ts';
import { FAULTS, type Fault, isChange } from './faults.ts';
import { lostFiles, type Picture, pictureOf } from './picture.ts';
import { Crash, GPU_COUNT } from './simHost.ts';
import { noteUnleased, type Simulation, violationsIn } from './simulation.ts';
import { works } from './works.ts';

export interface Totals {
  cases: number;
  /** Each a sentence that names its case. */
  readonly wrong: string[];
}

/** Without a fault. */
interface Rehearsal {
  readonly effects: readonly Effect[];
  readonly before: Picture;
  readonly after: Picture;
}

interface Ending {
  readonly wrong: readonly string[];
  /** Of the effects that followed the fault, those after which a crash could matter, counted from 1. */
  readonly changes: readonly number[];
}

/** Ends early once so much is wrong. */
export function sweep(operation: SweptOperation, { until = Infinity } = {}): Totals {
  const totals: Totals = { cases: 0, wrong: [] };
  for (const scene of operation.scenes ?? Object.keys(SCENES)) {
    const expected = rehearse(operation, scene);
    for (const [at, effect] of expected.effects.entries())
      for (const fault of FAULTS.filter(({ hits }) => hits(effect))) {
        const place = `${operation.name}, ${scene}: ${fault.name} effect ${at + 1} (${describe(effect)})`;
        const { wrong, changes } = tryOut(operation, scene, { fault, at, expected });
        tell(totals, place, wrong);
        for (const again of changes) {
          const second = tryOut(operation, scene, { fault, at, expected, again });
          tell(totals, `${place}, killed again after effect ${again} from there`, second.wrong);
        }
        if (totals.wrong.length >= until) return totals;
      }
  }
  return totals;
}

function tell(totals: Totals, place: string, wrong: readonly string[]): void {
  totals.cases += 1;
  totals.wrong.push(...wrong.map((what) => `${place}: ${what}`));
}

const describe = (effect: Effect): string => (effect.kind === 'engine' ? effect.verb : effect.kind);

function rehearse({ work }: SweptOperation, scene: string): Rehearsal {
  const sim = sceneOf(scene);
  const before = pictureOf(sim.host);
  const effects: Effect[] = [];
  sim.host.onEffect = (when, effect) => {
    if (when === 'before') effects.push(effect);
  };
  try {
    sim.do(work);
  } catch {
    // Refused in this state: then it has to be refused without a trace, whatever else goes wrong.
  }
  sim.host.onEffect = () => {};
  sim.settle();
  const wrong = violationsIn(sim);
  if (wrong.length > 0) throw new Error(`without any fault: ${wrong.join('; ')}`);
  return { effects, before, after: pictureOf(sim.host) };
}

interface Trial {
  readonly fault: Fault;
  /** Which effect it hits, from 0. */
  readonly at: number;
  /** The daemon is killed once more after this effect, counted from the fault. */
  readonly again?: number;
  readonly expected: Rehearsal;
}

function tryOut(operation: SweptOperation, scene: string, trial: Trial): Ending {
  const sim = sceneOf(scene);
  const { faults } = sim.host.model;
  const changes = strikeIn(sim, trial);
  const told = askFor(sim, operation);
  const { excuse, leavesSome } = trial.fault;
  const early = excuse === undefined && !leavesSome && !sim.crashed ? leftAtOnce(sim) : [];
  if (trial.fault.lateBy !== undefined) faults.settleLate();
  sim.settle();
  faults.settleLate();
  sim.settle();
  sim.host.onEffect = () => {};
  const wrong = [
    ...sim.noticed,
    ...early,
    ...violationsIn(sim),
    ...lostFiles(sim),
    ...judge(sim, operation, told, trial),
    ...greedy(sim),
  ];
  return { wrong, changes };
}

/** Lets the fault happen, and the second crash; collects after which effects one could matter. */
function strikeIn(sim: Simulation, { fault, at, again }: Trial): number[] {
  const changes: number[] = [];
  const { when: side = 'before' } = fault;
  let count = -1;
  sim.host.onEffect = (when, effect) => {
    if (when === 'before') count += 1;
    const since = count - at;
    if (when === side && since === 0) {
      fault.strike(sim, effect);
      return;
    }
    if (when === 'before' && since === fault.lateBy) sim.host.model.faults.settleLate();
    if (fault.excuse === undefined) noteUnleased(sim);
    if (when === 'before' || since <= 0) return;
    // The first one too: what the fault left behind is then all that the next daemon finds.
    if (since === 1 || isChange(effect) || effect.kind === 'write' || effect.kind === 'volume') changes.push(since);
    if (since === again) throw new Crash();
  };
  return changes;
}

const REPEATABLE = { key: 'ada/once', hash: 'of the request' };

/** What has ended has tidied up behind itself, before anybody looks for strays. */
const leftAtOnce = (sim: Simulation): string[] =>
  sim.daemon.state.table('intent').size > 0
    ? []
    : violationsIn(sim)
        .filter((what) => what.startsWith('I6'))
        .map((what) => `right after the operation: ${what}`);

type Told = 'done' | 'refused' | 'nothing';

function askFor(sim: Simulation, { work }: SweptOperation): Told {
  let told: Told = 'nothing';
  try {
    sim.run(
      sim.daemon.perform({ ...work.request, idempotency: REPEATABLE }, work.operation, {
        cancellation: sim.cancellation,
        answer: () => {
          told = 'done';
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof Crash)) told = 'refused';
  }
  return told;
}

function judge(sim: Simulation, { isForward, mayKeepOther }: SweptOperation, told: Told, trial: Trial): string[] {
  const reason = sim.daemon.state.table('set').get('train')?.reason;
  if (reason != null && trial.fault.excuse?.test(reason)) return [];
  const aspect = mayKeepOther ? 'withoutOther' : trial.fault.swapsPorts ? 'withoutPorts' : 'whole';
  const { before, after } = trial.expected;
  const seen = pictureOf(sim.host)[aspect];
  const isDone = thawed(seen) === thawed(after[aspect]);
  const isUndone = thawed(seen) === thawed(before[aspect]);
  if (!isDone && !isUndone) return [`neither here nor there: ${difference(before[aspect], seen)}`];
  if (told === 'done' && !isDone) return ['said to be done, but it is not'];
  if (told === 'refused' && !isUndone && !isForward) return ['refused, but it was done'];
  return isForward || trial.fault.excuse !== undefined ? [] : unlikeAnswer(sim, told, isDone && !isUndone);
}

/** Who sends it again is told what came of it. */
function unlikeAnswer(sim: Simulation, told: Told, isDone: boolean): string[] {
  const isKept = sim.daemon.state.table('idem').has(REPEATABLE.key);
  if (isDone && !isKept) return ['I7 done, but a repetition would do it again'];
  if (told === 'refused' && isKept && !isDone) return ['I7 undone, but a repetition would be told that it is done'];
  return [];
}

/** What was frozen and has ended meanwhile is started again: there is nothing left to freeze. */
const thawed = (seen: string): string =>
  seen.replaceAll('"frozen"', '"running"').replaceAll(/"not frozen any more[^"]*"/g, 'null');

/** From a little before the first character that differs. */
function difference(wanted: string, seen: string): string {
  let at = 0;
  while (at < seen.length && seen[at] === wanted[at]) at += 1;
  const part = (text: string): string => text.slice(Math.max(0, at - 60), at + 120);
  return `…${part(seen)}… where it was …${part(wanted)}…`;
}

/** Somebody takes every GPU that is free: were one of them in use, two would share it now. */
function greedy(sim: Simulation): string[] {
  const free = GPU_COUNT - sim.daemon.state.table('gpuLease').size;
  const healthy = [...sim.daemon.state.table('gpu').values()].filter((gpu) => gpu.quarantine === null);
  const gpuCount = healthy.filter(({ uuid }) => !sim.daemon.state.table('gpuLease').has(uuid)).length;
  if (free === 0 || gpuCount === 0) return [];
  try {
    sim.do(works.run('greedy', { gpuCount }));
  } catch (error) {
    return [`nobody can be given the free GPUs: ${String(error)}`];
  }
  sim.minute();
  return violationsIn(sim).map((what) => `after a greedy neighbour: ${what}`);
}
