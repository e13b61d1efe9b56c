/**
 * What can go wrong at one effect. A new kind of fault joins by a line here.
 *
 * Not here: which effects are hit and what is expected then (sweep.ts).
 */
import type { Effect } from '../../daemon/core/effects.ts';
import type { EngineErrorKind } from '../../daemon/core/engine.ts';
import type { LostAnswer, ModelVerb } from '../rig/memoryEngineFaults.ts';
import { Crash, type When } from './simHost.ts';
import type { Simulation } from './simulation.ts';

export interface Fault {
  readonly name: string;
  readonly hits: (effect: Effect) => boolean;
  readonly when?: When;
  readonly strike: (sim: Simulation, effect: Effect) => unknown;
  /** What was postponed happens after this many more effects; otherwise at the end. */
  readonly lateBy?: number;
  /** Teaches that a host port is taken, so that another one may be granted. */
  readonly swapsPorts?: boolean;
  /** What somebody else still needs is left, and removed later. */
  readonly leavesSome?: boolean;
  /** The set may be left as it says with such a reason. */
  readonly excuse?: RegExp;
}

const READS = /^(inspect|list)/;
const isEngine = (effect: Effect): boolean => effect.kind === 'engine';
export const isChange = (effect: Effect): boolean => effect.kind === 'engine' && !READS.test(effect.verb);
const isRead = (effect: Effect): boolean => effect.kind === 'engine' && READS.test(effect.verb);
const isWrite = (effect: Effect): boolean => effect.kind === 'write' && effect.changes.length > 0;
const isVerb =
  (...verbs: readonly string[]) =>
  (effect: Effect): boolean =>
    effect.kind === 'engine' && verbs.includes(effect.verb);
const verbOf = (effect: Effect): ModelVerb | undefined =>
  effect.kind === 'engine' ? (effect.verb as ModelVerb) : undefined;

const killed = (when: When): Fault => ({
  name: `killed ${when}`,
  hits: () => true,
  when,
  strike: () => {
    throw new Crash();
  },
});

const refused = (kind: EngineErrorKind, hits: Fault['hits']): Fault => ({
  name: `refused (${kind}) at`,
  hits,
  strike: ({ host }, effect) => host.model.faults.failNext(kind, verbOf(effect)),
});

const unanswered = (outcome: LostAnswer, hits = isChange, lateBy?: number): Fault => ({
  name: `without an answer (${outcome}${lateBy === undefined ? '' : ` by ${lateBy}`}) at`,
  hits,
  strike: ({ host }, effect) => host.model.faults.loseAnswer(outcome, verbOf(effect)),
  ...(lateBy === undefined ? {} : { lateBy }),
  ...(outcome === 'late' ? { excuse: /^(frozen|thawed) outside Berth$|exit code 137$/ } : {}),
});

const atTheHost = (when: When): Fault => ({
  name: `refused by the host ${when}`,
  hits: (effect) => effect.kind === 'volume',
  strike: ({ host }, effect) => effect.kind === 'volume' && host.volumes.failNext(effect.verb, when),
});

export const FAULTS: readonly Fault[] = [
  atTheHost('before'),
  atTheHost('after'),
  killed('before'),
  killed('after'),
  { name: 'cancelled at', hits: () => true, strike: (sim) => sim.cancellation.ask('ada') },
  unanswered('dropped'),
  unanswered('applied'),
  unanswered('late', isChange, 1),
  unanswered('late', isChange, 5),
  unanswered('late'),
  unanswered('dropped', isRead),
  {
    name: 'with an engine that dies and leaves a process at',
    hits: isVerb('start'),
    strike: ({ host }) => host.world.strandNextStart(),
    excuse: /live on although it does not run/,
  },
  {
    name: 'with an engine that dies and leaves a process with its ports at',
    hits: isVerb('start'),
    strike: ({ host }) => host.world.strandNextStart({ holdingPorts: true }),
    excuse: /live on although it does not run|could not be started again/,
    swapsPorts: true,
  },
  refused('failed', isEngine),
  refused('noSpace', isChange),
  refused('conflict', isVerb('create', 'remove')),
  { ...refused('conflict', isVerb('removeImage', 'removeVolume')), leavesSome: true },
  refused('device', isVerb('start')),
  { ...refused('portTaken', isVerb('start')), swapsPorts: true },
  {
    name: 'with somebody who takes the name at',
    hits: isVerb('create'),
    strike: ({ host }, effect) => {
      if (effect.kind === 'engine') host.world.addForeign({ name: (effect.args[0] as { name: string }).name });
    },
  },
  {
    name: 'with a full disk at',
    hits: isWrite,
    strike: ({ host }) => {
      host.failingWrites = 1;
    },
  },
  { name: 'with an engine gone at', hits: isEngine, strike: (sim) => sim.loseEngine() },
  {
    name: 'with a host that reboots at',
    hits: () => true,
    strike: ({ host }) => {
      host.reboot();
      throw new Crash();
    },
  },
];
