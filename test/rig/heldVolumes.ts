/** A container that runs has what it binds open: the in-memory volume host and the in-memory engine know of each other. */
import type { VolumeHost } from '../../daemon/core/volumeHost.ts';
import { type EngineWorld, runsWith } from './memoryEngineWorld.ts';
import type { MemoryVolumeHost } from './memoryVolumeHost.ts';

type Verbs = Omit<VolumeHost, 'support' | 'path'>;

export function heldVolumes(volumes: MemoryVolumeHost, world: EngineWorld): Verbs {
  const isHeld = (id: string): boolean => runsWith(world.containers.values(), volumes.path(id));
  const whenHeld =
    <A extends [id: string, ...unknown[]]>(verb: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      if (volumes.model.list().includes(args[0])) volumes.model.hold(args[0], isHeld(args[0]));
      return verb(...args);
    };
  const { room, create, mount, look, list } = volumes;
  const [resize, unmount, remove] = [whenHeld(volumes.resize), whenHeld(volumes.unmount), whenHeld(volumes.remove)];
  return { room, create, mount, look, list, resize, unmount, remove };
}
