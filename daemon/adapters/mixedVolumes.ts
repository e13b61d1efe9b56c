/**
 * Volumes of both kinds on one host, as are found where the choice between them has changed: each is served by the host
 * that made it, and new ones are made by the first.
 */
import type { SizedBackend, VolumeHost, VolumeLook, VolumeSupport } from '../core/volumeHost.ts';
import { ignoreMissing, placesOf, type Room, readMetadata } from './volumePlaces.ts';

export class MixedVolumes implements VolumeHost {
  readonly #first: VolumeHost;
  readonly #byBackend: Readonly<Record<SizedBackend, VolumeHost>>;

  constructor(first: VolumeHost, byBackend: Readonly<Record<SizedBackend, VolumeHost>>) {
    this.#first = first;
    this.#byBackend = byBackend;
  }

  support = (): VolumeSupport => this.#first.support();
  path = (id: string): string => this.#first.path(id);
  room = (): Promise<Room> => this.#first.room();
  list = (): Promise<readonly string[]> => this.#first.list();
  create = async (id: string, options: { readonly sizeBytes: number; readonly thin: boolean }): Promise<void> =>
    (await this.#of(id)).create(id, options);
  mount = async (id: string): Promise<void> => (await this.#of(id)).mount(id);
  unmount = async (id: string): Promise<void> => (await this.#of(id)).unmount(id);
  resize = async (id: string, sizeBytes: number): Promise<void> => (await this.#of(id)).resize(id, sizeBytes);
  remove = async (id: string): Promise<void> => (await this.#of(id)).remove(id);
  look = async (id: string): Promise<VolumeLook | undefined> => (await this.#of(id)).look(id);

  async #of(id: string): Promise<VolumeHost> {
    const metadata = await readMetadata(placesOf(this.support().directory, id)).catch(ignoreMissing);
    return metadata === undefined ? this.#first : this.#byBackend[metadata.backend];
  }
}
