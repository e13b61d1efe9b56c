/** The day of one replicaSet, as its user lives it: over REST, on a real engine with stub GPUs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerInfo } from '../../common/contract/info.ts';
import { Daemon } from '../rig/daemon.ts';
import { IMAGE, testEngine } from '../rig/testEngine.ts';

let daemon: Daemon;

beforeAll(async () => {
  daemon = await Daemon.start({ ...testEngine() });
});

afterAll(() => daemon.dispose());

const run = (name: string, gpuCount: number, containerPorts: string[] = []) =>
  daemon.ok('POST', '/replicaSet', { replicaSetName: name, imageName: IMAGE, gpuCount, containerPorts });
const inside = (name: string, script: string) => daemon.inside(name, script);
const uuidsOf = async (name: string): Promise<readonly string[]> =>
  (await daemon.info(name)).hostConfig.DeviceRequests?.[0]?.DeviceIDs ?? [];

describe('a replicaSet', () => {
  let ports: unknown;
  let uuids: readonly string[];

  test('runs with the GPUs and ports it asked for, and sees exactly those GPUs', async () => {
    expect(await run('train', 2, ['22', '6006'])).toEqual({ name: 'train-1' });
    uuids = await uuidsOf('train');
    expect(uuids).toHaveLength(2);
    const seen = await inside('train', 'nvidia-smi -L');
    expect([...seen.matchAll(/UUID: (GPU-[^)]+)\)/g)].map((match) => match[1])).toEqual(uuids);
    ports = (await daemon.info('train')).hostConfig.PortBindings;
    expect(Object.keys(ports as object)).toEqual(['22/tcp', '6006/tcp']);
    expect((await daemon.gpusTaken()).length).toBe(2);
  });

  test('keeps files, ports and GPUs when it is patched to more GPUs', async () => {
    await inside('train', 'echo weights > /model && echo secret > /.dotfile && rm /etc/group');
    expect(await daemon.ok('PATCH', '/replicaSet/train', { gpuPatch: { gpuCount: 3 } })).toEqual({
      containerName: 'train-2',
    });
    expect(await inside('train', 'cat /model /.dotfile; test -e /etc/group || echo gone')).toBe(
      'weights\nsecret\ngone\n',
    );
    expect((await daemon.info('train')).hostConfig.PortBindings).toEqual(ports);
    expect(await uuidsOf('train')).toEqual(expect.arrayContaining([...uuids]));
  });

  test('gives GPUs back when it is patched to fewer', async () => {
    await inside('train', 'rm /model');
    await daemon.ok('PATCH', '/replicaSet/train', { gpuPatch: { gpuCount: 1 } });
    expect(await daemon.gpusTaken()).toHaveLength(1);
    expect(await inside('train', 'ls /model 2>/dev/null || true')).toBe('');
  });

  test('has the files of version 1 again after a rollback to it', async () => {
    expect(await daemon.ok('PATCH', '/replicaSet/train/rollback', { version: 1 })).toMatchObject({
      containerName: 'train-4',
    });
    expect(await inside('train', 'cat /model')).toBe('weights\n');
    expect((await daemon.info('train')).hostConfig.PortBindings).toEqual(ports);
    expect((await daemon.gpusTaken()).length).toBe(2);
  });

  test('shows its history newest first, each version as it was asked for', async () => {
    const { history } = await daemon.ok<{ history: { version: number; status: ContainerInfo }[] }>(
      'GET',
      '/replicaSet/train/history',
    );
    expect(history.map((entry) => entry.version)).toEqual([4, 3, 2, 1]);
    expect(new Set(history.map((entry) => entry.status.config.Image))).toEqual(new Set([IMAGE]));
    expect((await daemon.versions('train')).map((version) => version.parent)).toEqual([1, 2, 1, null]);
  });

  test('cannot continue while another set holds its GPUs, and says which', async () => {
    await daemon.ok('PATCH', '/replicaSet/train/stop');
    expect(await daemon.gpusTaken()).toHaveLength(0);
    await run('greedy', 8);
    const refused = await daemon.rest('PATCH', '/replicaSet/train/continue');
    expect(refused).toMatchObject({ status: 409, code: 1011, data: null });
    expect(refused.msg).toMatch(/^Failed to restart container: .*held by greedy.*restart/);
    const busy = await daemon.rest('PATCH', '/replicaSet/train/restart');
    expect(busy).toMatchObject({ status: 503, code: 1013 });
    expect(busy.headers.get('retry-after')).not.toBeNull();
  });

  test('comes back by restart once there are GPUs, with its own ports', async () => {
    await daemon.ok('DELETE', '/replicaSet/greedy');
    expect(await daemon.ok('PATCH', '/replicaSet/train/restart')).toEqual({ containerName: 'train-5' });
    expect((await daemon.info('train')).hostConfig.PortBindings).toEqual(ports);
    expect(await inside('train', 'cat /model')).toBe('weights\n');
  });

  test('leaves nothing behind when it is deleted', async () => {
    await daemon.ok('DELETE', '/replicaSet/train');
    expect(await daemon.gpusTaken()).toHaveLength(0);
    expect((await daemon.ports()).ports).toEqual([]);
    expect(await daemon.rest('GET', '/replicaSet/train')).toMatchObject({ status: 404, code: 1016 });
  });
});
