/**
 * Several clients at once: their operations and the daemon's rounds move beside each other, one effect at a time, in
 * an order that dice choose. Equal deeds and equal dice do equal things.
 *
 * Not here: which deeds there are (deeds.ts), what must hold at the end (random.ts).
 */
import { AppError } from '../../common/errors.ts';
import { Cancellation } from '../../daemon/core/cancellation.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import type { Thread } from './simDaemon.ts';
import { Crash } from './simHost.ts';
import { noteUnleased, Simulation, type Work } from './simulation.ts';

interface Running {
  readonly thread: Thread<unknown>;
  readonly isClient: boolean;
  readonly cancellation?: Cancellation;
}

/** A whole number from 0, below `sides`. */
export type Dice = (sides: number) => number;

/** Far above what any operation takes. */
const MOVES_MAX = 20_000;

export class Crowd {
  readonly sim = new Simulation();
  readonly #dice: Dice;
  #running: Running[] = [];
  /** What must not happen at any time, as sentences. */
  readonly surprises: string[] = [];
  readonly asked: Work[] = [];
  /** Nothing happens late and no process is left behind, so that what runs has its leases at every moment. */
  isStrict = false;
  /** What clients were told is done. */
  readonly told: { readonly work: Work; readonly answer: unknown }[] = [];
  /** Containers that somebody outside has started: whose GPUs they are on is not ours to answer for. */
  readonly startedOutside = new Set<string>();
  readonly #makers = new Map<string, string>();

  constructor(dice: Dice) {
    this.#dice = dice;
    this.sim.host.world.onEvent(({ action, containerId, labels }) => {
      if (action === 'create') this.#noteCreated(containerId, labels[LABEL.operation]);
    });
  }

  /** A name that was handed to the engine once belongs to that operation for ever: late answers go by it. */
  #noteCreated(id: string, operation: string | undefined): void {
    const name = this.sim.host.world.get(id).spec.name;
    const maker = this.#makers.get(name);
    if (operation === undefined) return;
    if (maker !== undefined && maker !== operation) this.surprises.push(`I3 the container name ${name} is used again`);
    this.#makers.set(name, operation);
  }

  ask(work: Work): void {
    this.asked.push(work);
    const answer = (value: unknown): void => {
      this.told.push({ work, answer: value });
    };
    const cancellation = new Cancellation();
    const thread = this.sim.daemon.perform(work.request, work.operation, { answer: once(answer), cancellation });
    this.#running.push({ thread, isClient: true, cancellation });
  }

  /** One of the clients changes their mind. */
  cancel(which: number): void {
    const clients = this.#running.flatMap((it) => it.cancellation ?? []);
    clients[which % Math.max(1, clients.length)]?.ask('ada');
  }

  /** Something that the daemon does of its own accord. */
  begin(thread: Thread<unknown>): void {
    this.#running.push({ thread, isClient: false });
  }

  get isBusy(): boolean {
    return this.#running.length > 0;
  }

  /** Lets somebody do one step; false when nobody can. */
  move(): boolean {
    const { daemon } = this.sim;
    if (daemon.hasNoticed && this.#dice(4) === 0) this.begin(daemon.heed());
    for (const thread of daemon.besides.splice(0)) this.begin(thread);
    const first = this.#dice(this.#running.length + 1);
    for (let place = 0; place <= this.#running.length; place += 1) {
      const at = (first + place) % (this.#running.length + 1);
      const moved = at === this.#running.length ? daemon.moveDisk() : this.#step(this.#running[at] as Running);
      if (moved) {
        this.#watchGpus();
        return true;
      }
    }
    // Somebody may have come to wait for the disk just now.
    return daemon.moveDisk();
  }

  /** Until everything that was begun has ended. */
  drain(): void {
    for (let moves = 0; this.isBusy; moves += 1) {
      if (!this.move() || moves > MOVES_MAX) {
        this.surprises.push(`${this.#running.length} operations or rounds do not end`);
        return;
      }
    }
  }

  #step(running: Running): boolean {
    const { daemon } = this.sim;
    try {
      const step = running.thread.next();
      if (step.done) this.#running = this.#running.filter((it) => it !== running);
      return step.done === true || step.value === 'moved';
    } catch (error) {
      this.#running = this.#running.filter((it) => it !== running);
      if (error instanceof Crash) this.crash();
      else if (running.isClient && !(error instanceof AppError))
        this.surprises.push(`a client was told ${String(error)}`);
      return daemon === this.sim.daemon || this.sim.crashed === false;
    }
  }

  /** The daemon dies, and the next one recovers before it serves. */
  crash(): void {
    this.#running = [];
    this.sim.die();
    const reconciling = this.sim.revive();
    if (reconciling !== undefined) this.begin(reconciling);
  }

  #watchGpus(): void {
    if (this.isStrict) noteUnleased(this.sim, this.startedOutside);
    const { world } = this.sim.host;
    const tasks = world.liveTasks().filter(({ containerId }) => !this.startedOutside.has(containerId));
    const users = new Map<string, string>();
    for (const { gpus, containerId } of tasks)
      for (const uuid of gpus) {
        const other = users.get(uuid);
        if (other !== undefined && this.surprises.length < 3)
          this.surprises.push(
            `I1 ${uuid} is in two live tasks, of ${nameOf(this.sim, other)} and ${nameOf(this.sim, containerId)}`,
          );
        users.set(uuid, containerId);
      }
  }
}

const nameOf = ({ host }: Simulation, containerId: string): string =>
  host.world.containers.get(containerId)?.spec.name ?? containerId.slice(0, 12);

function once<T>(call: (value: T) => void): (value: T) => void {
  let called = false;
  return (value) => {
    if (!called) call(value);
    called = true;
  };
}
