/**
 * The core on fakes: an engine, a store and GPUs in memory, a clock that tests move, ids that count.
 *
 *   const rig = await CoreRig.open({ gpus: 4 });
 *   await rig.run('train', { gpuCount: 2 });
 *   rig.crashAt(3, 'before');       the third effect from here is the last thing this daemon does not do
 *   await rig.restart();            the next daemon, over the same engine and store
 *   rig.violations()                the invariants that do not hold
 *
 * Long because whatever a test does to a daemon is asked of this one object.
 *
 * A crash makes its effect and every later one of that daemon fail; so does `restart`, which is a power cut.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Caller, Services } from '../../common/services.ts';
import { assembleCore, type Core } from '../../daemon/core/assemble.ts';
import type { Effect } from '../../daemon/core/effects.ts';
import type { Engine } from '../../daemon/core/engine.ts';
import type { LogFiles } from '../../daemon/core/keptLogs.ts';
import type { Settings } from '../../daemon/core/settings.ts';
import type { Store } from '../../daemon/core/store.ts';
import type { VolumeHost } from '../../daemon/core/volumeHost.ts';
import { lose, violationsOf } from './coreViolations.ts';
import { stubGpus } from './engine/stubGpus.ts';
import { FakeGpuSource, stubDevices } from './fakeGpuSource.ts';
import { fakeBackup } from './fakeServices.ts';
import { heldVolumes } from './heldVolumes.ts';
import { ManualTime } from './manualTime.ts';
import { MemoryEngine } from './memoryEngine.ts';
import { MemoryLogFiles } from './memoryLogFiles.ts';
import { MemoryStore } from './memoryStore.ts';
import { MemoryVolumeHost } from './memoryVolumeHost.ts';
import { RecordingLog } from './recordingLog.ts';
import { SETTINGS } from './rigSettings.ts';

export const IMAGE = 'app:1';

export interface CoreRigOptions {
  readonly gpus?: number;
  readonly numaNodes?: number;
  readonly settings?: Partial<Settings>;
  readonly volumes?: ConstructorParameters<typeof MemoryVolumeHost>[0];
}

export class Crash extends Error {
  override readonly name = 'Crash';
}

type When = 'before' | 'after';
/** The Nth effect from now on, or the first one like this. */
type Which = number | ((effect: Effect, verb: string) => boolean);
type RunInput = Parameters<Services['replicaSet']['run']>[0];

/** As `engine stop` or `write`. */
export const describeEffect = (effect: Effect): string =>
  effect.kind === 'engine' || effect.kind === 'volume' ? `${effect.kind} ${effect.verb}` : effect.kind;

interface Trap {
  readonly which: Which;
  readonly when: When;
  readonly spring: (effect: Effect) => void;
  seen: number;
}

/** One daemon, until it crashes. */
interface Life {
  dead: boolean;
  readonly end: AbortController;
}

export class CoreRig {
  readonly engine: MemoryEngine;
  readonly source: FakeGpuSource;
  readonly volumes: MemoryVolumeHost;
  readonly time = new ManualTime();
  bootedAt = new Date(0);
  readonly settings: Settings;
  log = new RecordingLog();
  store = new MemoryStore();
  readonly logFiles = new MemoryLogFiles();
  /** Host paths that exist, and where they really lead. */
  readonly paths = new Map<string, string>();
  readonly #lost = new Set<string>();
  /** Every effect so far, of all daemons, as `VERB effect`. */
  readonly effects: string[] = [];
  #core: Core | undefined;
  #life: Life = { dead: true, end: new AbortController() };
  #ids = 0;
  #moves = 0;
  #trap: Trap | undefined;

  private constructor({ gpus = 4, numaNodes = 1, settings = {}, volumes = {} }: CoreRigOptions) {
    this.volumes = new MemoryVolumeHost(volumes);
    this.engine = new MemoryEngine({ gpus: stubGpus(gpus), images: [IMAGE] });
    this.source = new FakeGpuSource(stubDevices(gpus, numaNodes));
    this.settings = { ...SETTINGS, ...settings };
  }

  /** Recovered and at rest. */
  static async open(options: CoreRigOptions = {}): Promise<CoreRig> {
    const rig = new CoreRig(options);
    await rig.#boot();
    return rig;
  }

  get core(): Core {
    if (this.#core === undefined) throw new Error('the rig was not opened');
    return this.#core;
  }

  get services(): Services {
    return this.core.services;
  }

  get world(): MemoryEngine['world'] {
    return this.engine.world;
  }

  caller(actor = 'ada', signal: AbortSignal = new AbortController().signal): Caller {
    return { actor, role: 'admin', signal };
  }

  /** The container's name. */
  async run(name: string, input: Partial<RunInput> = {}): Promise<string> {
    const given = { imageName: IMAGE, gpuCount: 0, binds: [], env: [], containerPorts: [], cmd: [], ...input };
    return (await this.services.replicaSet.run({ ...given, replicaSetName: name }, this.caller())).name;
  }

  /** A procedure that takes a name, and what else it takes. */
  call<V extends Exclude<keyof Services['replicaSet'], 'run' | 'list'>>(
    verb: V,
    name: string,
    input: Omit<Parameters<Services['replicaSet'][V]>[0], 'name'> | Record<string, never> = {},
  ): ReturnType<Services['replicaSet'][V]> {
    const service = this.services.replicaSet[verb] as (input: unknown, caller: Caller) => unknown;
    return service({ ...input, name }, this.caller()) as ReturnType<Services['replicaSet'][V]>;
  }

  status(name: string): ReturnType<Services['replicaSet']['status']> {
    return this.services.replicaSet.status({ name }, this.caller());
  }

  /** UUID → holder, of all granted GPUs. */
  gpuHolders(): Record<string, string> {
    return Object.fromEntries([...this.core.state.table('gpuLease')].map(([uuid, lease]) => [uuid, lease.name]));
  }

  /** Text of a file in the container of the current version. */
  readFile(name: string, path: string): string | undefined {
    return this.world.readFile(this.#container(name), path);
  }

  writeFile(name: string, path: string, text: string): void {
    this.world.writeFile(this.#container(name), path, text);
  }

  /** Somebody outside removes a container. */
  lose(container: string): void {
    lose({ model: this.engine.model, lost: this.#lost }, container);
  }

  #container(name: string): string {
    const version = this.core.state.current(name);
    if (version === undefined) throw new Error(`there is no replicaSet ${name}`);
    return version.containerId;
  }

  /** The daemon dies at this effect, without doing it or without learning of it. */
  crashAt(which: Which, when: When = 'before'): void {
    this.at(which, () => this.die(), when);
  }

  /** Does something once, right before or after an effect. One such trap at a time. */
  at(which: Which, spring: (effect: Effect) => void, when: When = 'before'): void {
    this.#trap = { which, when, spring, seen: 0 };
  }

  get crashed(): boolean {
    return this.#life.dead;
  }

  /** A power cut for this daemon, then the next one, recovered and at rest. */
  async restart(): Promise<void> {
    this.die();
    await turn();
    this.store = this.store.reopen();
    await this.#boot();
  }

  /** Ends this daemon in order; the next one is recovered and at rest. */
  async stopAndStart(): Promise<void> {
    await this.core.stop();
    await this.restart();
  }

  async engineDown(): Promise<void> {
    this.engine.faults.setDown(true);
    await this.quiet();
  }

  async engineUp(): Promise<void> {
    this.engine.faults.setDown(false);
    await this.advance(1_000);
  }

  /** Moves the clock on and lets everything happen that is due. */
  async advance(ms: number): Promise<void> {
    this.time.advance(ms);
    await this.quiet();
  }

  /** Until nothing moves any more. */
  async quiet(): Promise<void> {
    let before: number;
    do {
      before = this.#moves;
      for (let round = 0; round < 3; round += 1) await turn();
    } while (this.#moves !== before);
  }

  /** What does not hold. Ask when the rig is quiet. */
  violations(): string[] {
    return violationsOf({
      state: this.core.state,
      store: this.store,
      world: this.world,
      volumes: this.volumes.model,
      lost: this.#lost,
    });
  }

  async #boot(): Promise<void> {
    const life: Life = { dead: false, end: new AbortController() };
    this.#life = life;
    this.#trap = undefined;
    this.log = new RecordingLog();
    this.#core = await assembleCore({
      engine: this.#within(life, this.engine) as Engine,
      store: this.#within(life, this.store) as Store,
      source: this.source,
      volumes: this.#volumesWithin(life),
      tasks: this.engine.hostTasks,
      files: { realPath: async (path) => this.paths.get(path) },
      logFiles: this.#within(life, this.logFiles) as LogFiles,
      settings: this.settings,
      log: this.log,
      now: this.time.now,
      bootedAt: this.bootedAt,
      newId: () => this.#newId(),
      sleep: (ms, signal) => this.#sleep(life, ms, signal),
      backups: { take: async () => fakeBackup(), list: async () => [fakeBackup()] },
      about: { version: '0.0.0', node: 'v24', pid: 1 },
      onEffect: (when, effect, verb) => this.#onEffect(life, when, effect, verb),
    });
    this.#core.start();
    await this.quiet();
  }

  /** What a dead daemon asks for does not happen. */
  #within<T extends object>(life: Life, target: T): T {
    const events = (signal: AbortSignal): unknown => this.engine.events(AbortSignal.any([signal, life.end.signal]));
    return new Proxy(target, {
      get: (_, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (property === 'events') return events;
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          this.#moves += 1;
          if (life.dead) throw new Crash();
          const answer: unknown = await member.apply(target, args);
          this.#moves += 1;
          if (life.dead) throw new Crash();
          return answer;
        };
      },
    });
  }

  /** As `#within`, but for what answers at once. */
  #volumesWithin(life: Life): VolumeHost {
    const { support, path } = this.volumes;
    return { ...this.#within(life, heldVolumes(this.volumes, this.world)), support, path };
  }

  #sleep(life: Life, ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.#moves += 1;
    if (signal === undefined) return this.time.sleep(ms);
    // A daemon that is no more wakes up no more.
    return this.time.sleep(ms, signal).then(() => (life.dead ? new Promise<never>(() => {}) : undefined));
  }

  #onEffect(life: Life, when: When, effect: Effect, verb: string): void {
    this.#moves += 1;
    if (when === 'before') this.effects.push(`${verb} ${describeEffect(effect)}`);
    if (!life.dead && life === this.#life) this.#springTrap(when, effect, verb);
    if (life.dead) throw new Crash(`the daemon died ${when} ${verb} ${describeEffect(effect)}`);
  }

  #springTrap(when: When, effect: Effect, verb: string): void {
    const trap = this.#trap;
    if (trap === undefined || trap.when !== when) return;
    trap.seen += 1;
    const isIt = typeof trap.which === 'function' ? trap.which(effect, verb) : trap.seen === trap.which;
    if (!isIt) return;
    this.#trap = undefined;
    trap.spring(effect);
  }

  /** Nothing this daemon still wants happens. */
  die(): void {
    this.#life.dead = true;
    this.#life.end.abort();
  }

  /** As long and as ordered as a ULID. */
  #newId(): string {
    this.#ids += 1;
    return `01J${String(this.#ids).padStart(23, '0')}`;
  }
}
