/** A host that cannot keep a volume to its size: says why, and touches nothing. */
import { stat } from 'node:fs/promises';
import { type VolumeHost, VolumeHostError, type VolumeLook, type VolumeSupport } from '../core/volumeHost.ts';
import { idsIn, ignoreMissing, placesOf, type Room, roomIn } from './volumePlaces.ts';

export class NoVolumes implements VolumeHost {
  readonly #support: VolumeSupport;

  constructor(directory: string, reason: string) {
    this.#support = { backend: null, directory, reason, growsInUse: false };
  }

  support = (): VolumeSupport => this.#support;
  path = (id: string): string => placesOf(this.#support.directory, id).data;
  room = (): Promise<Room> => roomIn(this.#support.directory);
  list = (): Promise<readonly string[]> => idsIn(this.#support.directory);
  create = (id: string): Promise<void> => this.#refuse(id);
  mount = (id: string): Promise<void> => this.#refuse(id);
  unmount = (id: string): Promise<void> => this.#refuse(id);
  resize = (id: string): Promise<void> => this.#refuse(id);

  /** One from better days is there, but nothing can be said of it. */
  async look(id: string): Promise<VolumeLook | undefined> {
    if (await this.#isThere(id)) await this.#refuse(id);
    return undefined;
  }

  async remove(id: string): Promise<void> {
    if (await this.#isThere(id)) await this.#refuse(id);
  }

  async #isThere(id: string): Promise<boolean> {
    return (await stat(placesOf(this.#support.directory, id).home).catch(ignoreMissing)) !== undefined;
  }

  #refuse(id: string): Promise<never> {
    return Promise.reject(new VolumeHostError('failed', `volume ${id}: ${this.#support.reason}`));
  }
}
