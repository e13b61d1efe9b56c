/**
 * What can happen in a random sequence: clients ask, faults stand ready, people meddle from outside, time passes. A
 * deed is plain data, so that a sequence can be shortened and told.
 */
import fc from 'fast-check';
import type { EngineErrorKind } from '../../daemon/core/engine.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import type { EngineModel } from '../rig/memoryEngine.ts';
import type { LostAnswer, ModelVerb } from '../rig/memoryEngineFaults.ts';
import { isRunning, type WorldContainer } from '../rig/memoryEngineWorld.ts';
import type { Crowd } from './crowd.ts';
import { Crash, GPU_COUNT, INSTANCE, SETTINGS, type When } from './simHost.ts';
import { ANY_WORK } from './works.ts';

type Verb = keyof typeof ANY_WORK;

type Simple = 'strand' | 'fillDisk' | 'beLate' | 'minute' | 'reboot' | 'loseEngine' | 'regainEngine';

export type Deed =
  | { readonly do: 'ask'; readonly verb: Verb; readonly name: string; readonly size: number }
  | { readonly do: 'cancel'; readonly which: number }
  /** Somebody writes a file in the container of a set. */
  | { readonly do: 'save'; readonly name: string; readonly text: number }
  | { readonly do: 'fail'; readonly kind: EngineErrorKind; readonly verb: ModelVerb | undefined }
  | { readonly do: 'loseAnswer'; readonly outcome: LostAnswer; readonly verb: ModelVerb | undefined }
  | { readonly [K in Simple]: { readonly do: K } }[Simple]
  | { readonly do: 'crash'; readonly afterEffects: number; readonly when: When }
  | { readonly do: 'end'; readonly which: number; readonly exitCode: number }
  | { readonly do: 'start'; readonly which: number }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'takePort'; readonly which: number }
  | { readonly do: 'breakGpu'; readonly which: number };

/** A deed, and how many steps are made by whoever can before the next one. */
export interface Step {
  readonly deed: Deed;
  readonly moves: number;
}

const NAMES = ['a', 'b', 'c'];
const FAULTY: readonly (ModelVerb | undefined)[] = [
  undefined,
  'create',
  'start',
  'stop',
  'commit',
  'remove',
  'removeImage',
  'createVolume',
  'inspectContainer',
  'inspectImage',
];

const small = fc.nat({ max: 5 });

const trouble: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant('fail'),
    kind: fc.constantFrom('failed', 'noSpace', 'unknown', 'device', 'conflict', 'portTaken'),
    verb: fc.constantFrom(...FAULTY),
  }),
  fc.record({
    do: fc.constant('loseAnswer'),
    outcome: fc.constantFrom('dropped', 'applied', 'late'),
    verb: fc.constantFrom(...FAULTY),
  }),
  fc.constantFrom<Deed>({ do: 'strand' }, { do: 'fillDisk' }, { do: 'beLate' }),
);

const outside: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('end'), which: small, exitCode: fc.constantFrom(0, 1, 137) }),
  fc.record({ do: fc.constantFrom('start', 'remove', 'takePort', 'breakGpu'), which: small }),
);

const disaster: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant('crash'),
    afterEffects: fc.nat({ max: 30 }),
    when: fc.constantFrom('before', 'after'),
  }),
  fc.constantFrom<Deed>({ do: 'reboot' }, { do: 'loseEngine' }, { do: 'regainEngine' }),
);

const work: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask'),
      verb: fc.constantFrom(...(Object.keys(ANY_WORK) as Verb[])),
      name: fc.constantFrom(...NAMES),
      size: fc.nat({ max: 3 }),
    }),
  },
  // Without sets there is nothing to do.
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ask'),
      verb: fc.constantFrom('run', 'patch', 'rollback'),
      name: fc.constantFrom(...NAMES),
      size: fc.nat({ max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), which: small }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('save'), name: fc.constantFrom(...NAMES), text: fc.nat({ max: 99 }) }),
  },
) as fc.Arbitrary<Deed>;

const deed = fc.oneof(
  { weight: 10, arbitrary: work },
  { weight: 5, arbitrary: trouble },
  { weight: 2, arbitrary: outside },
  { weight: 2, arbitrary: disaster },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'minute' }) },
);

export const step: fc.Arbitrary<Step> = fc.record({ deed, moves: fc.nat({ max: 40 }) });

export interface Memory {
  /** Containers that ended by themselves, with their set and how much had been asked for by then. */
  readonly ended: Map<string, { readonly name: string; readonly asks: number }>;
}

type DeedOf<K extends Deed['do']> = Extract<Deed, { readonly do: K }>;
type Doing = { readonly [K in Deed['do']]: (crowd: Crowd, deed: DeedOf<K>, memory: Memory) => void };

const DOING: Doing = {
  ask: (crowd, { verb, name, size }) => crowd.ask(ANY_WORK[verb](name, size)),
  cancel: (crowd, { which }) => crowd.cancel(which),
  save: ({ sim }, { name, text }) => sim.save(name, String(text)),
  fail: ({ sim }, { kind, verb }) => sim.host.model.faults.failNext(kind, verb),
  loseAnswer: ({ sim }, { outcome, verb }) => sim.host.model.faults.loseAnswer(outcome, verb),
  strand: ({ sim }) => sim.host.world.strandNextStart(),
  fillDisk: ({ sim }) => {
    sim.host.failingWrites += 1;
  },
  beLate: ({ sim }) => sim.host.model.faults.settleLate(),
  minute: (crowd) => {
    crowd.sim.host.nowMs += 60_000;
    crowd.begin(crowd.sim.daemon.routine());
  },
  reboot: (crowd, _, { ended }) => {
    ended.clear(); // What ended shortly before cannot be told from what ended with the host.
    crowd.sim.host.reboot();
    crowd.crash();
  },
  loseEngine: ({ sim }, _, { ended }) => {
    ended.clear();
    sim.loseEngine();
  },
  regainEngine: (crowd) => {
    if (crowd.sim.host.model.faults.down) crowd.begin(crowd.sim.regainEngine());
  },
  crash: ({ sim: { host } }, { afterEffects, when: side }) => {
    let left = afterEffects;
    host.onEffect = (when) => {
      if (when !== side) return;
      left -= 1;
      if (left >= 0) return;
      host.onEffect = () => {};
      throw new Crash();
    };
  },
  end: (crowd, { which, exitCode }, { ended }) => {
    const container = anyOf(crowd, which);
    if (container === undefined || !isRunning(container)) return;
    crowd.sim.host.world.exit(container.id, exitCode);
    const name = container.spec.labels[LABEL.replicaSet] ?? '';
    const isAtRest = !crowd.isBusy && !crowd.sim.host.model.faults.down;
    if (isAtRest && exitCode < 2) ended.set(container.id, { name, asks: crowd.asked.length });
  },
  start: (crowd, { which }, { ended }) => {
    const container = anyOf(crowd, which);
    if (container === undefined || container.status === 'created' || container.status === 'running') return;
    ended.delete(container.id);
    crowd.startedOutside.add(container.id);
    meddle(crowd, (engine) => engine.start(container.id));
    // Processes that nobody of ours began are not ours to find.
    if (!isRunning(container)) crowd.sim.host.world.endTasks(container.id);
  },
  remove: (crowd, { which }) => {
    const container = anyOf(crowd, which);
    if (container !== undefined) meddle(crowd, () => crowd.sim.lose(container.id));
  },
  takePort: ({ sim }, { which }) => {
    const running = [...sim.host.world.containers.values()].flatMap(({ spec }) => spec.ports);
    const port = SETTINGS.portRange.start + which;
    if (!running.some(({ hostPort }) => hostPort === port)) sim.host.world.outsiderPorts.add(port);
  },
  breakGpu: ({ sim }, { which }) => {
    const uuid = [...sim.host.world.gpus][which % GPU_COUNT];
    if (uuid !== undefined) sim.host.world.brokenGpus.set(uuid, 'Xid 79');
  },
};

export function perform(crowd: Crowd, given: Deed, memory: Memory): void {
  const doing = DOING[given.do] as (crowd: Crowd, deed: Deed, memory: Memory) => void;
  doing(crowd, given, memory);
}

function anyOf({ sim }: Crowd, which: number): WorldContainer | undefined {
  const ours = [...sim.host.world.containers.values()].filter(({ spec }) => spec.labels[LABEL.instance] === INSTANCE);
  return ours[which % Math.max(1, ours.length)];
}

function meddle({ sim }: Crowd, how: (engine: EngineModel) => void): void {
  const { model } = sim.host;
  try {
    model.faults.spare(() => how(model));
  } catch {
    // The engine refuses outsiders too.
  }
}
