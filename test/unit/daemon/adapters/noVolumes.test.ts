import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NoVolumes } from '../../../../daemon/adapters/noVolumes.ts';

const id = `data-${'0'.repeat(26)}`;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-no-volumes-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('what asks for a volume is refused with the reason', async () => {
  const host = new NoVolumes(directory, 'no loop devices here');
  const refusal = { kind: 'failed', message: `volume ${id}: no loop devices here` };
  for (const call of [host.create(id), host.mount(id), host.resize(id)])
    await expect(call).rejects.toMatchObject(refusal);
});

test('a volume that is not there can be looked for and removed', async () => {
  const host = new NoVolumes(directory, 'no loop devices here');
  expect(await host.look(id)).toBeUndefined();
  await host.remove(id);
  expect(await host.list()).toEqual([]);
});

test('a volume from better days is listed, but neither denied nor removed', async () => {
  await mkdir(join(directory, id));
  const host = new NoVolumes(directory, 'no loop devices here');
  expect(await host.list()).toEqual([id]);
  await expect(host.look(id)).rejects.toThrow('no loop devices here');
  await expect(host.remove(id)).rejects.toThrow('no loop devices here');
});
