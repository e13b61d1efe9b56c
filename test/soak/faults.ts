/** What goes wrong in the soak: the daemon dies, Docker dies, hangs or restarts, people meddle. Each comes in its turn. */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import type { ContainerSummary } from '../../daemon/core/engine.ts';
import { LABEL } from '../../daemon/core/labels.ts';
import type { Daemon } from '../rig/daemon.ts';
import type { PrivateEngine } from '../rig/privateEngine.ts';
import type { Ledger } from './client.ts';

const HANG_MS = 8_000;

interface Parts {
  readonly daemon: Daemon;
  readonly engine: PrivateEngine;
  readonly ledger: Ledger;
  readonly firstPort: number;
  readonly ports: number;
  readonly roll: (sides: number) => number;
}

export class Faults {
  readonly #parts: Parts;
  readonly #thieves: Server[] = [];
  /** What → how often. */
  readonly struck = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get count(): number {
    return [...this.struck.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The next one; resolves when it is over, but for stolen ports. */
  async strike(): Promise<void> {
    const { daemon, engine } = this.#parts;
    const all: readonly (readonly [what: string, strike: () => Promise<void>])[] = [
      ['berthd killed', () => this.#killDaemon()],
      ['Docker killed', () => this.#endDocker('SIGKILL')],
      ['port stolen', () => this.#stealPort()],
      ['container removed', () => this.#meddle((docker, { id }) => this.#remove(docker, id))],
      ['Docker hung', () => engine.hang(HANG_MS)],
      ['container stopped', () => this.#meddle((docker, { id }) => docker.stop(id, 1))],
      ['Docker restarted', () => this.#endDocker('SIGTERM')],
      ['container killed', () => this.#meddle((docker, { id }) => docker.kill(id, 'KILL'))],
      [
        'berthd and Docker killed',
        async () => {
          await daemon.kill9();
          await this.#endDocker('SIGKILL');
          await daemon.startAgain();
        },
      ],
    ];
    const [what, strike] = all[this.count % all.length] as (typeof all)[number];
    console.log(`${new Date().toISOString().slice(11, 19)} ${what}`);
    this.struck.set(what, (this.struck.get(what) ?? 0) + 1);
    await strike();
  }

  /** Stolen ports are given back. */
  async over(): Promise<void> {
    for (const thief of this.#thieves.splice(0)) await new Promise((done) => thief.close(done));
  }

  async #killDaemon(): Promise<void> {
    await this.#parts.daemon.kill9();
    await sleep(this.#parts.roll(500));
    await this.#parts.daemon.startAgain();
  }

  async #endDocker(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.#parts.engine.kill(signal);
    await sleep(this.#parts.roll(2000));
    await this.#parts.engine.restart();
  }

  async #stealPort(): Promise<void> {
    await this.over();
    const { firstPort, ports, roll } = this.#parts;
    const taken = Promise.withResolvers<void>();
    const thief = createServer().once('error', () => taken.resolve());
    thief.listen(firstPort + roll(ports), () => {
      this.#thieves.push(thief);
      taken.resolve();
    });
    await taken.promise;
  }

  /** With some container of berthd's. */
  async #meddle(deed: (docker: DockerEngine, container: ContainerSummary) => Promise<void>): Promise<void> {
    const docker = new DockerEngine(this.#parts.engine.dockerHost);
    const ours = (await docker.listContainers()).filter(({ labels }) => LABEL.instance in labels);
    const container = ours[this.#parts.roll(ours.length || 1)];
    if (container !== undefined) await deed(docker, container).catch(() => undefined);
  }

  async #remove(docker: DockerEngine, id: string): Promise<void> {
    const container = await docker.inspectContainer(id);
    if (container === undefined) return;
    this.#parts.ledger.lost.add(container.name);
    this.#parts.ledger.lost.add(container.labels[LABEL.uid] ?? '');
    await docker.remove(id);
  }
}
