/**
 * Random work on three sets under random trouble: lost answers, refusals, a full disk, an engine that goes, a daemon
 * that dies, people who start, end and remove containers behind its back. Equal seeds do equal things.
 *
 * Not here: what must hold when the trouble is over (coreViolations.ts).
 */
import { AppError } from '../../common/errors.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import { type CoreRig, Crash } from './coreRig.ts';
import { dice } from './dice.ts';
import { stubGpu } from './engine/stubGpus.ts';
import type { WorldContainer } from './memoryEngineWorld.ts';

const NAMES = ['a', 'b', 'c'];
const MINUTE_MS = 60_000;

type Deed = () => unknown;

export class Chaos {
  readonly #rig: CoreRig;
  readonly #roll: (sides: number) => number;
  readonly #pending: Promise<void>[] = [];
  /** Failures that are nobody's fault but ours. */
  readonly surprises: unknown[] = [];
  /** Uids of sets in which `/keep` holds the uid. */
  readonly #marked = new Set<string>();

  constructor(rig: CoreRig, seed: number) {
    this.#rig = rig;
    this.#roll = dice(seed);
  }

  async step(): Promise<void> {
    const kind = this.#roll(20);
    if (kind < 11) this.#work();
    else if (kind < 16) this.#pick(this.#troubles())();
    else if (kind < 18) await this.#pick(this.#outsiders())();
    else if (kind === 18) await this.#rig.advance(this.#pick([100, 1_000, MINUTE_MS]));
    else await this.#pick(this.#disasters())();
    if (this.#roll(3) > 0) await this.#rig.quiet();
  }

  /** The trouble ends, and enough time passes for everything to be brought in order. */
  async calm(): Promise<void> {
    const rig = this.#rig;
    rig.world.outsiderPorts.clear();
    rig.world.brokenGpus.clear();
    if (rig.crashed) await rig.restart();
    await rig.engineUp();
    for (let minutes = 0; minutes < 15; minutes += 1) {
      rig.engine.faults.settleLate();
      await rig.advance(MINUTE_MS);
      if (rig.crashed) await rig.restart();
    }
    rig.engine.faults.settleLate();
    await Promise.all(this.#pending);
    await rig.restart();
    await rig.advance(MINUTE_MS);
  }

  /** Sets whose container is there without the file that was written at its beginning. */
  lostFiles(): string[] {
    const { core, world } = this.#rig;
    return core.state
      .sets()
      .filter(({ uid, name }) => this.#marked.has(uid) && world.find(core.state.current(name)?.containerId ?? ''))
      .filter(({ uid, name }) => this.#rig.readFile(name, '/keep') !== uid)
      .map(({ name }) => name);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#roll(items.length)] as T;
  }

  #work(): void {
    const rig = this.#rig;
    const name = this.#pick(NAMES);
    const gpuCount = this.#roll(4);
    const containerPorts = this.#roll(2) === 0 ? ['22'] : [];
    const verbs = ['restart', 'stop', 'pause', 'continueSet', 'start', 'remove'] as const;
    const work = this.#pick<() => Promise<unknown>>([
      () => this.#run(name, { gpuCount, containerPorts }),
      () => this.#run(name, { gpuCount }),
      () => rig.call('patch', name, { gpuPatch: { gpuCount } }),
      () => rig.call('rollback', name, { version: gpuCount }),
      () => rig.call('commit', name, { newImageName: 'mine:1' }),
      ...verbs.map((verb) => () => rig.call(verb, name)),
    ]);
    this.#pending.push(
      work().then(
        () => undefined,
        (error: unknown) => this.#note(error),
      ),
    );
  }

  async #run(name: string, input: { gpuCount: number; containerPorts?: string[] }): Promise<void> {
    await this.#rig.run(name, input);
    const { state } = this.#rig.core;
    const uid = state.table('set').get(name)?.uid;
    if (uid === undefined || this.#rig.world.find(state.current(name)?.containerId ?? '') === undefined) return;
    this.#rig.writeFile(name, '/keep', uid);
    this.#marked.add(uid);
  }

  #note(error: unknown): void {
    if (!(error instanceof AppError) && !(error instanceof Crash)) this.surprises.push(error);
  }

  #troubles(): readonly Deed[] {
    const { faults } = this.#rig.engine;
    const verb = this.#pick([undefined, 'create', 'start', 'stop', 'commit', 'remove', 'inspectContainer'] as const);
    const kind = this.#pick(['failed', 'noSpace', 'unknown', 'device'] as const);
    return [
      () => faults.failNext(kind, verb),
      () => faults.loseAnswer('applied', verb),
      () => faults.loseAnswer('dropped', verb),
      () => faults.loseAnswer('late', verb),
      () => this.#rig.store.failNextWrite(),
      () => faults.settleLate(),
    ];
  }

  #outsiders(): readonly Deed[] {
    const rig = this.#rig;
    const { world, engine } = rig;
    const container = this.#someContainer();
    const gpu = String(this.#roll(4));
    const port = 40_000 + this.#roll(6);
    return [
      () => container && world.exit(container.id, this.#pick([0, 1, 137])),
      () => container && this.#isCurrent(container) && tolerating(() => engine.model.start(container.id)),
      () => container && this.#roll(3) === 0 && this.#lose(container),
      () => world.outsiderPorts.add(port),
      () => world.brokenGpus.set(stubGpu(Number(gpu)), 'Xid 79'),
      () => rig.services.resource.gpuDrain({ gpu }, rig.caller()).catch((error: unknown) => this.#note(error)),
      () => rig.services.resource.gpuUndrain({ gpu }, rig.caller()).catch((error: unknown) => this.#note(error)),
    ];
  }

  #lose({ id }: WorldContainer): void {
    tolerating(() => this.#rig.lose(id));
  }

  #someContainer(): WorldContainer | undefined {
    const ours = [...this.#rig.world.containers.values()].filter(({ spec }) => LABEL.instance in spec.labels);
    return ours.length === 0 ? undefined : this.#pick(ours);
  }

  #isCurrent({ id, spec }: WorldContainer): boolean {
    return this.#rig.core.state.current(spec.labels[LABEL.replicaSet] ?? '')?.containerId === id;
  }

  #disasters(): readonly Deed[] {
    const rig = this.#rig;
    return [
      () => rig.engine.faults.setDown(true),
      () => rig.engineUp(),
      async () => {
        rig.engine.faults.setDown(true);
        rig.world.reboot();
        await rig.quiet();
        await rig.engineUp();
      },
      () => rig.restart(),
      async () => {
        rig.crashAt(1 + this.#roll(12), this.#pick(['before', 'after']));
        await rig.quiet();
        if (rig.crashed) await rig.restart();
      },
    ];
  }
}

function tolerating(deed: () => void): void {
  try {
    deed();
  } catch {
    // Outsiders meet the same faults as everybody.
  }
}
