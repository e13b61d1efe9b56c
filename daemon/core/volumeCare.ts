/**
 * Keeps volumes mounted, and knows how full they are.
 *
 * Invariants
 *  - Every volume is mounted before the first container is started, and again whenever somebody unmounted it.
 *  - A volume that cannot be mounted says why, and holds up no other.
 *
 * Not here: operations on volumes (operations/), how mounting is done (volumeHost.ts).
 */
import type { VolumeView } from '../../common/contract/volume.ts';
import { volumeHost } from './effects.ts';
import type { Log } from './host.ts';
import type { OperationLog } from './operationLog.ts';
import { type VolumeRecord, volumeKey } from './records.ts';
import { look, type Round } from './round.ts';
import type { State } from './state.ts';
import type { VolumeHost, VolumeLook } from './volumeHost.ts';
import { findVolume, hostIdOf } from './volumeUse.ts';
import { viewVolume } from './volumeViews.ts';

export interface VolumeCareParts {
  readonly state: State;
  readonly volumes: Pick<VolumeHost, 'look'>;
  readonly operations: OperationLog;
  /** Whether an operation of this name is under way or waits. */
  readonly isBusy: (name: string) => boolean;
  readonly log: Log;
}

export class VolumeCare {
  readonly #parts: VolumeCareParts;
  readonly #looks = new Map<string, VolumeLook>();
  readonly #troubles = new Map<string, string>();

  constructor(parts: VolumeCareParts) {
    this.#parts = parts;
  }

  /** Also how often they are looked at while somebody watches. */
  static readonly watchedEveryMs = 30_000;

  *mountAll(): Round<void> {
    const { isBusy, log } = this.#parts;
    const sized = this.#all().filter((volume) => volume.dockerName === null);
    for (const volume of sized) {
      // Whoever resizes or deletes it has it unmounted for a while.
      if (isBusy(volumeKey(volume.name))) continue;
      try {
        yield* look(volumeHost('mount', hostIdOf(volume)));
        this.#keep(volume, yield* look(volumeHost('look', hostIdOf(volume))));
        this.#troubles.delete(volume.name);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.#troubles.get(volume.name) !== why)
          log.error({ volume: volume.name, error }, 'a volume cannot be mounted');
        this.#troubles.set(volume.name, why);
      }
    }
  }

  /** Looks at all of them; a statfs each. */
  async refresh(): Promise<void> {
    await Promise.all(this.#all().map((volume) => this.#look(volume)));
  }

  /** As last seen. */
  views(): VolumeView[] {
    return this.#all().map((volume) => this.#view(volume));
  }

  /** Undefined for one that is not there. */
  view(name: string): VolumeView | undefined {
    const volume = findVolume(this.#parts.state, name);
    return volume === undefined ? undefined : this.#view(volume);
  }

  async freshView(volume: VolumeRecord): Promise<VolumeView> {
    await this.#look(volume);
    return this.#view(volume);
  }

  async #look(volume: VolumeRecord): Promise<void> {
    if (volume.dockerName !== null) return;
    this.#keep(volume, await this.#parts.volumes.look(hostIdOf(volume)).catch(() => undefined));
  }

  #keep(volume: VolumeRecord, look: VolumeLook | undefined): void {
    if (look === undefined) this.#looks.delete(volume.name);
    else this.#looks.set(volume.name, look);
  }

  #view(volume: VolumeRecord): VolumeView {
    const { state, operations } = this.#parts;
    return viewVolume(state, volume, {
      look: this.#looks.get(volume.name),
      busy: operations.runningOn(volumeKey(volume.name))?.verb ?? null,
      trouble: this.#troubles.get(volume.name) ?? null,
    });
  }

  #all(): VolumeRecord[] {
    return [...this.#parts.state.table('volume').values()]
      .filter((volume) => volume.deleting === null)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}
