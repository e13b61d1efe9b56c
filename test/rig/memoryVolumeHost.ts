/**
 * The in-memory volume host behind the promises of the real ones. All pass test/suite/volumeHost.test.ts.
 *
 *   const host = new MemoryVolumeHost({ totalBytes: 2 ** 30 });
 *   host.model   failNext, and what happens behind Berth's back: write, hold, unmount, reboot, othersBytes
 *   host.calls   every changing verb so far, as `verb id`
 */
import type { VolumeHost } from '../../daemon/core/volumeHost.ts';
import { VolumeModel, type VolumeVerb, type VolumeWorldOptions } from './memoryVolumeModel.ts';

export class MemoryVolumeHost implements VolumeHost {
  readonly model: VolumeModel;
  readonly calls: string[] = [];

  /** A model that is handed in is the disk that an earlier host worked on. */
  constructor(options: VolumeWorldOptions | VolumeModel = {}) {
    this.model = options instanceof VolumeModel ? options : new VolumeModel(options);
  }

  support = () => this.model.support;
  path = (id: string) => `${this.model.support.directory}/${id}/mount/data`;
  room = async () => this.model.apply('room', () => this.model.room());
  look = async (id: string) => this.model.apply('look', () => this.model.look(id));
  list = async () => this.model.apply('list', () => this.model.list());
  create = async (id: string, options: { readonly sizeBytes: number; readonly thin: boolean }) =>
    this.#change('create', id, () => this.model.create(id, options.sizeBytes, options.thin));
  mount = async (id: string) => this.#change('mount', id, () => this.model.mount(id));
  resize = async (id: string, sizeBytes: number) => this.#change('resize', id, () => this.model.resize(id, sizeBytes));
  unmount = async (id: string) => this.#change('unmount', id, () => this.model.letGo(id));
  remove = async (id: string) => this.#change('remove', id, () => this.model.remove(id));

  #change(verb: VolumeVerb, id: string, effect: () => void): void {
    this.calls.push(`${verb} ${id}`);
    this.model.apply(verb, effect);
  }
}
