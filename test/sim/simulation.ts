/**
 * One host and the daemons that live on it, one after the other; for work done one piece after the other.
 *
 *   const sim = new Simulation();
 *   sim.do(work.run('train', { gpuCount: 2 }));     throws what the client would be told
 *   sim.settle();                                   daemon and engine are there, and everything is in order
 *
 * Not here: what can go wrong (faults.ts).
 */
import { Cancellation } from '../../daemon/core/cancellation.ts';
import type { Request } from '../../daemon/core/course.ts';
import type { Operation } from '../../daemon/core/effects.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import type { OperationContext } from '../../daemon/core/operations/context.ts';
import { lose, violationsOf } from '../rig/coreViolations.ts';
import { CANARY } from './picture.ts';
import { SimDaemon, type Thread } from './simDaemon.ts';
import { Crash, SimHost } from './simHost.ts';

/** An operation as a client asks for it. */
export interface Work {
  readonly request: Request;
  readonly operation: (ctx: OperationContext) => Operation<unknown>;
}

const MINUTE_MS = 60_000;

export class Simulation {
  readonly host = new SimHost();
  daemon = new SimDaemon(this.host);
  /** The daemon has died and nobody has started the next one. */
  crashed = false;
  /** What was saved last in each version, by `UID/N`. */
  readonly saved = new Map<string, string>();
  /** What did not hold at some moment. */
  readonly noticed: string[] = [];
  /** Versions whose files were destroyed from outside. */
  readonly lost = new Set<string>();
  /** Of the operation that is under way, for who changes their mind. */
  cancellation = new Cancellation();
  /** When the daemon lost the engine, while it is away. */
  #lostAt: Date | null = null;

  /** Throws what the client would be told; a Crash when the daemon died before it could tell. */
  do(work: Work): void {
    this.run(this.daemon.perform(work.request, work.operation));
    if (!this.crashed) this.run(this.daemon.heed());
  }

  /** Somebody writes a file in the running container of a set. */
  save(name: string, text: string): void {
    const { state } = this.daemon;
    const version = state.current(name);
    const container = this.host.world.find(version?.containerId ?? '');
    if (version === undefined || container?.status !== 'running') return;
    this.host.world.writeFile(container.id, CANARY, text);
    this.saved.set(`${state.table('set').get(name)?.uid}/${version.version}`, text);
  }

  /** Somebody outside removes a container. */
  lose(container: string): void {
    lose({ model: this.host.model, lost: this.lost }, container);
  }

  /** Nobody else moves meanwhile. */
  run<T>(thread: Thread<T>): T {
    try {
      return runAlone(this.daemon, thread);
    } catch (error) {
      if (error instanceof Crash) this.die();
      throw error;
    }
  }

  die(): void {
    this.daemon.die();
    this.crashed = true;
  }

  loseEngine(): void {
    this.#lostAt ??= this.host.now();
    this.host.model.faults.setDown(true);
    this.daemon.engineGone();
  }

  /** What the daemon does when the engine answers again. */
  regainEngine(): Thread<void> {
    this.host.model.faults.setDown(false);
    const lostAt = this.#lostAt;
    this.#lostAt = null;
    return this.daemon.welcome(lostAt);
  }

  /** The next daemon, recovered, and how it goes on; undefined where the engine is away. */
  revive(): Thread<void> | undefined {
    while (this.crashed) {
      this.crashed = false;
      this.#lostAt = null;
      this.daemon = new SimDaemon(this.host);
      if (this.host.model.faults.down) {
        this.daemon.engineGone();
        return undefined;
      }
      this.#tryTo(() => this.daemon.recover());
    }
    return this.daemon.reconcile({ lostAt: null, bootedAt: this.host.bootedAt });
  }

  /** Starts daemons until one lives, brings the engine back, and lets a minute pass, twice. */
  settle(): void {
    this.host.world.outsiderPorts.clear();
    if (!this.crashed && this.host.model.faults.down) this.#tryTo(() => this.regainEngine());
    this.host.model.faults.setDown(false);
    this.#live();
    this.minute();
    this.minute();
  }

  minute(): void {
    this.host.nowMs += MINUTE_MS;
    this.#tryTo(() => this.daemon.routine());
    this.#live();
  }

  /** The next daemon, and should it die the one after it, until one has recovered. */
  #live(): void {
    while (this.crashed) {
      this.crashed = false;
      this.daemon = new SimDaemon(this.host);
      this.#tryTo(() => this.daemon.welcome());
    }
    this.#tryTo(() => this.daemon.heed());
    if (this.crashed) this.#live();
  }

  #tryTo(thread: () => Thread<void>): void {
    if (this.crashed) return;
    try {
      this.run(thread());
      for (const beside of this.daemon.besides.splice(0)) this.run(beside);
    } catch {
      // A round that fails is taken up again with the next one; a daemon that died is followed by another.
    }
  }
}

export function runAlone<T>(daemon: SimDaemon, thread: Thread<T>): T {
  for (;;) {
    const step = thread.next();
    if (step.done) return step.value;
    if (step.value === 'waiting' && !daemon.moveDisk()) throw new Error('a thread that runs alone waits for nobody');
  }
}

/** The invariants that do not hold, when nothing is going on. */
export const violationsIn = (sim: Simulation): string[] =>
  violationsOf({
    state: sim.daemon.state,
    store: sim.host.rows,
    world: sim.host.world,
    volumes: sim.host.volumes,
    lost: sim.lost,
  });

/** At every moment: what runs has the leases for it, but where a GPU is quarantined. Told once. */
export function noteUnleased({ daemon, host, noticed }: Simulation, spared: ReadonlySet<string> = new Set()): void {
  for (const { containerId, gpus } of host.world.liveTasks()) {
    if (gpus.length === 0 || spared.has(containerId) || noticed.length > 0) continue;
    const name = host.world.containers.get(containerId)?.spec.labels[LABEL.replicaSet];
    // The label of a set that was renamed since tells its old name.
    const isHeldBy = (holder: string | undefined): boolean =>
      holder !== undefined && (holder === name || daemon.state.current(holder)?.containerId === containerId);
    const isFree = (uuid: string): boolean =>
      !isHeldBy(daemon.state.table('gpuLease').get(uuid)?.name) &&
      daemon.state.table('gpu').get(uuid)?.quarantine === null;
    const free = gpus.find(isFree);
    if (name !== undefined && free !== undefined) noticed.push(`I2 ${name} is on ${free} without a lease`);
  }
}
