import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MixedVolumes } from '../../../../daemon/adapters/mixedVolumes.ts';
import { placesOf, writeMetadata } from '../../../../daemon/adapters/volumePlaces.ts';
import { MemoryVolumeHost } from '../../../rig/memoryVolumeHost.ts';

test('a volume is served by the host that made it, and a new one is made by the first', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-mixed-'));
  const [older, newer] = [`older-${'0'.repeat(26)}`, `newer-${'0'.repeat(26)}`];
  const quota = new MemoryVolumeHost({ support: { directory, backend: 'quota' } });
  const loop = new MemoryVolumeHost({ support: { directory, backend: 'loop' } });
  const host = new MixedVolumes(quota, { quota, loop });
  const places = placesOf(directory, older);
  await mkdir(places.home);
  await writeMetadata(places, { id: older, backend: 'loop', sizeBytes: 1, thin: false });
  for (const id of [older, newer]) {
    await host.create(id, { sizeBytes: 1, thin: false });
    await host.unmount(id);
    await host.mount(id);
    await host.resize(id, 2);
    expect(await host.look(id)).toMatchObject({ backend: id === older ? 'loop' : 'quota' });
    await host.remove(id);
  }
  expect(loop.calls).toEqual(['create', 'unmount', 'mount', 'resize', 'remove'].map((verb) => `${verb} ${older}`));
  expect(quota.calls).toEqual(['create', 'unmount', 'mount', 'resize', 'remove'].map((verb) => `${verb} ${newer}`));
  await rm(directory, { recursive: true });
});
