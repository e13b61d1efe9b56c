/** A client of the soak: operation after operation on five sets and three volumes, through REST, whatever the answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Daemon } from '../rig/daemon.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const VOLUMES = ['u', 'v', 'w'];
const IMAGE = 'berth-test/busybox:1';

/** The first start of a set writes a number that no other start would write again: its files tell whose they are. */
const COMMAND = ['sh', '-c', '[ -e /keep ] || cat /proc/sys/kernel/random/uuid > /keep; exec sleep 1000000'];

export interface Ledger {
  done: number;
  refused: number;
  /** Nobody knows what became of them: the daemon went. */
  cutOff: number;
  readonly verbs: Map<string, number>;
  readonly wrong: string[];
  /** Uid → what its `/keep` says. */
  readonly kept: Map<string, string>;
  /** Names of containers that a fault removed, and uids of their sets. */
  readonly lost: Set<string>;
}

export const newLedger = (): Ledger => ({
  done: 0,
  refused: 0,
  cutOff: 0,
  verbs: new Map(),
  wrong: [],
  kept: new Map(),
  lost: new Set(),
});

type Act = () => Promise<Answer<unknown>>;

export class Client {
  readonly #daemon: Daemon;
  readonly #ledger: Ledger;
  readonly #roll: (sides: number) => number;

  constructor(daemon: Daemon, ledger: Ledger, roll: (sides: number) => number) {
    this.#daemon = daemon;
    this.#ledger = ledger;
    this.#roll = roll;
  }

  async workUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [verb, act] = this.#choose();
      try {
        this.#note(verb, await act());
      } catch {
        this.#ledger.cutOff += 1;
        await sleep(200);
      }
    }
  }

  #note(verb: string, { status, code, msg }: Answer<unknown>): void {
    const ledger = this.#ledger;
    if (code === 200) {
      ledger.done += 1;
      ledger.verbs.set(verb, (ledger.verbs.get(verb) ?? 0) + 1);
    } else {
      ledger.refused += 1;
      if (status === 500) ledger.wrong.push(`${verb} was answered with 500: ${msg}`);
    }
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#roll(items.length)] as T;
  }

  #choose(): readonly [string, Act] {
    const name = this.#pick(NAMES);
    const volume = this.#pick(VOLUMES);
    const gpuCount = this.#roll(4);
    const daemon = this.#daemon;
    const verb = this.#pick(['restart', 'stop', 'pause', 'continue', 'start', 'reboot', 'freeze', 'thaw', 'kill']);
    const onSet = (path: string, body: object = {}) => daemon.rest('PATCH', `/replicaSet/${name}${path}`, body);
    const size = `${20 + 5 * this.#roll(3)}MB`;
    const version = 1 + this.#roll(4);
    return this.#pick<readonly [string, Act]>([
      ['run', () => this.#run(name, gpuCount, volume)],
      ['run', () => this.#run(name, gpuCount)],
      ['patch', () => onSet('', { gpuPatch: { gpuCount } })],
      ['patch', () => onSet('', { gpuPatch: { gpuCount } })],
      ['rollback', () => onSet('/rollback', { version })],
      ['resources', () => onSet('/resources', { memory: `${64 + version}MiB` })],
      ['rename', () => onSet('/rename', { newName: this.#pick(NAMES) })],
      [verb, () => onSet(`/${verb}`)],
      [verb, () => onSet(`/${verb}`)],
      ['look', () => this.#look(name)],
      ['look', () => this.#look(name)],
      ['delete', () => daemon.rest('DELETE', `/replicaSet/${name}`)],
      ['volume create', () => daemon.rest('POST', '/volumes', { name: volume, size })],
      ['volume resize', () => daemon.rest('PATCH', `/volumes/${volume}/size`, { size, restartUsers: true })],
      ['volume rm', () => daemon.rest('DELETE', `/volumes/${volume}`)],
    ]);
  }

  async #run(name: string, gpuCount: number, volume?: string): Promise<Answer<unknown>> {
    const answer = await this.#daemon.rest('POST', '/replicaSet', {
      replicaSetName: name,
      imageName: IMAGE,
      gpuCount,
      containerPorts: ['22'],
      cmd: COMMAND,
      binds: volume === undefined ? [] : [{ src: volume, dest: '/data' }],
    });
    if (answer.code === 200) await this.#look(name);
    return answer;
  }

  /** Files of a set are those of its first version, however often it was made anew since. */
  async #look(name: string): Promise<Answer<unknown>> {
    const uid = await this.#uidAt(name, undefined);
    const answer = await this.#daemon.rest<{ stdout: string } | null>('POST', `/replicaSet/${name}/execute`, {
      cmd: ['cat', '/keep'],
    });
    const found = answer.data?.stdout ?? '';
    if (answer.code !== 200 || uid === undefined) return answer;
    const { kept, lost, wrong } = this.#ledger;
    const expected = kept.get(uid);
    if (expected === undefined) {
      // Only the first version can tell what all others must have.
      if (found !== '' && uid === (await this.#uidAt(name, 1))) kept.set(uid, found);
    } else if (found !== expected && !lost.has(uid) && uid === (await this.#uidAt(name, undefined)))
      wrong.push(`the files of ${name} (${uid}) are not its own: "${found.trim()}", not "${expected.trim()}"`);
    return answer;
  }

  async #uidAt(name: string, version: number | undefined): Promise<string | undefined> {
    const set = await this.#daemon.status(name).catch(() => undefined);
    return version === undefined || set?.version === version ? set?.uid : undefined;
  }
}
