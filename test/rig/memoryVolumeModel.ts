/**
 * Volumes on a disk in memory, verb by verb without promises, and what happens to them behind Berth's back.
 *
 * Invariants
 *  - A verb that fails changes nothing, unless the fault says `after`: then it has happened, and its answer is lost.
 *  - A fault is used up by the first call that it matches.
 *  - Files outlive every resize; what is unmounted keeps them.
 *
 * Not here: promises (memoryVolumeHost.ts).
 */
import {
  type SizedBackend,
  VolumeHostError,
  type VolumeHostErrorKind,
  type VolumeLook,
  type VolumeSupport,
} from '../../daemon/core/volumeHost.ts';

export interface VolumeWorldOptions {
  /** Of the disk that holds them. */
  readonly totalBytes?: number;
  readonly support?: Partial<VolumeSupport>;
}

interface Volume {
  capacityBytes: number;
  thin: boolean;
  mounted: boolean;
  /** Somebody has it open. */
  held: boolean;
  /** Name of a file → how long it is. */
  readonly files: Map<string, number>;
}

/** Every verb that a fault can be aimed at. */
export type VolumeVerb = 'room' | 'create' | 'mount' | 'unmount' | 'resize' | 'remove' | 'look' | 'list';

const READS: readonly VolumeVerb[] = ['room', 'look', 'list'];

interface Fault {
  /** Absent: the next verb that changes something. */
  readonly verb: VolumeVerb | undefined;
  readonly when: 'before' | 'after';
  readonly error: Error;
}

export class VolumeModel {
  readonly support: VolumeSupport;
  readonly #totalBytes: number;
  readonly #volumes = new Map<string, Volume>();
  readonly #faults: Fault[] = [];
  /** What others have written to the disk. */
  othersBytes = 0;

  constructor({ totalBytes = 2 ** 40, support = {} }: VolumeWorldOptions = {}) {
    this.#totalBytes = totalBytes;
    this.support = { backend: 'loop', directory: '/volumes', reason: 'in memory', growsInUse: true, ...support };
  }

  /** The next call of the verb, or the next that changes something, fails: before it has done anything, or after. */
  failNext(verb?: VolumeVerb, when: Fault['when'] = 'before', kind: VolumeHostErrorKind = 'failed'): void {
    const error = new VolumeHostError(kind, `the volume host failed on purpose (${kind})`);
    this.#faults.push({ verb, when, error });
  }

  /** Runs one verb under the faults that stand. */
  apply<T>(verb: VolumeVerb, effect: () => T): T {
    const at = this.#faults.findIndex((fault) => fault.verb === verb || (!fault.verb && !READS.includes(verb)));
    const fault = at < 0 ? undefined : this.#faults.splice(at, 1)[0];
    if (fault?.when === 'before') throw fault.error;
    const result = effect();
    if (fault !== undefined) throw fault.error;
    return result;
  }

  /** After a reboot nothing is mounted, and nobody holds anything. */
  reboot(): void {
    for (const volume of this.#volumes.values()) Object.assign(volume, { mounted: false, held: false });
  }

  unmount(id: string): void {
    this.#need(id).mounted = false;
  }

  hold(id: string, held = true): void {
    this.#need(id).held = held;
  }

  /** As a container would: throws ENOENT while it is not mounted, and ENOSPC at its end. */
  write(id: string, file: string, bytes: number): void {
    const volume = this.#need(id);
    if (!volume.mounted) throw Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
    if (usedBy(volume) - (volume.files.get(file) ?? 0) + bytes > volume.capacityBytes)
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    volume.files.set(file, bytes);
  }

  /** What a real host writes down beside its files. */
  metadataOf(id: string): { readonly backend: SizedBackend; readonly sizeBytes: number; readonly thin: boolean } {
    const { capacityBytes: sizeBytes, thin } = this.#need(id);
    return { backend: this.support.backend ?? 'loop', sizeBytes, thin };
  }

  filesOf(id: string): ReadonlyMap<string, number> {
    return this.#need(id).files;
  }

  room(): { readonly freeBytes: number; readonly totalBytes: number } {
    const taken = [...this.#volumes.values()].map((it) => (it.thin ? usedBy(it) : it.capacityBytes));
    const freeBytes = this.#totalBytes - this.othersBytes - taken.reduce((sum, bytes) => sum + bytes, 0);
    return { freeBytes: Math.max(0, freeBytes), totalBytes: this.#totalBytes };
  }

  create(id: string, sizeBytes: number, thin: boolean): void {
    if (!this.#volumes.has(id)) {
      this.#needRoom(thin ? 0 : sizeBytes);
      this.#volumes.set(id, { capacityBytes: sizeBytes, thin, mounted: true, held: false, files: new Map() });
    }
    this.mount(id);
  }

  mount(id: string): void {
    this.#need(id).mounted = true;
  }

  letGo(id: string): void {
    const volume = this.#need(id);
    this.#needUnheld(volume);
    volume.mounted = false;
  }

  resize(id: string, sizeBytes: number): void {
    const volume = this.#need(id);
    if (sizeBytes === volume.capacityBytes) {
      this.mount(id);
      return;
    }
    const used = usedBy(volume);
    if (used > sizeBytes) throw new VolumeHostError('tooSmall', `it holds ${used} bytes`, { bytes: used });
    const inUse = this.support.backend === 'quota' || (this.support.growsInUse && sizeBytes >= volume.capacityBytes);
    if (!inUse) this.#needUnheld(volume);
    this.#needRoom(volume.thin ? 0 : sizeBytes - volume.capacityBytes);
    volume.capacityBytes = sizeBytes;
    volume.mounted = true;
  }

  remove(id: string): void {
    const volume = this.#volumes.get(id);
    if (volume !== undefined) this.#needUnheld(volume);
    this.#volumes.delete(id);
  }

  look(id: string): VolumeLook | undefined {
    const volume = this.#volumes.get(id);
    if (volume === undefined) return undefined;
    const { mounted, capacityBytes } = volume;
    const backend: SizedBackend = this.support.backend ?? 'loop';
    if (!mounted) return { backend, mounted, capacityBytes: null, usedBytes: null };
    return { backend, mounted, capacityBytes, usedBytes: usedBy(volume) };
  }

  list(): readonly string[] {
    return [...this.#volumes.keys()].toSorted();
  }

  #need(id: string): Volume {
    const volume = this.#volumes.get(id);
    if (volume === undefined) throw new VolumeHostError('missing', `there is no volume ${id}`);
    return volume;
  }

  #needUnheld(volume: Volume): void {
    if (volume.held) throw new VolumeHostError('inUse', 'somebody has it open');
  }

  #needRoom(bytes: number): void {
    if (this.support.backend === null) throw new VolumeHostError('failed', this.support.reason);
    if (bytes > this.room().freeBytes) throw new VolumeHostError('noRoom', `${bytes} bytes are needed`, { bytes });
  }
}

const usedBy = ({ files }: Volume): number => files.values().reduce((sum, bytes) => sum + bytes, 0);
