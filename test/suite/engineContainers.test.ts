/** Containers, their host ports, GPUs and volumes, as Berth relies on them in every engine. */
import { describe, expect, test } from 'vitest';
import { collect, IMAGE, kindOf, onEveryEngine, soon } from '../rig/engine/conformance.ts';
import { stubGpu } from '../rig/engine/stubGpus.ts';

onEveryEngine((bench) => {
  describe('containers', () => {
    test('says its version', async () => {
      expect((await bench.engine.info()).apiVersion).toMatch(/^1\.\d+$/);
    });

    test('shows a new container as it was asked for', async () => {
      const id = await bench.engine.create(bench.spec({ ports: [{ containerPort: '80/tcp', hostPort: 31_001 }] }));
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const shown = await bench.engine.inspectContainer(id);
      expect(shown).toMatchObject({ id, name: bench.name(1), status: 'created', running: false, image: IMAGE });
      expect(shown).toMatchObject({
        labels: { 'berth.uid': 'U', team: 'vision' },
        startedAt: null,
        gpuIds: [],
        gpuCount: 0,
      });
      expect(shown?.env).toContain('GREETING=hello');
      expect(shown?.ports).toEqual([{ containerPort: '80/tcp', hostPort: 31_001 }]);
    });

    test('runs, stops, starts again and goes', async () => {
      const id = await bench.running();
      expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'running', running: true });
      await bench.engine.stop(id, 5);
      const stopped = await bench.engine.inspectContainer(id);
      expect(stopped).toMatchObject({ status: 'exited', running: false, exitCode: 143 });
      expect(Date.parse(stopped?.finishedAt ?? '')).not.toBeNaN();
      await bench.engine.start(id);
      expect(await bench.statusOf(id)).toBe('running');
      await bench.engine.remove(id);
      expect(await bench.engine.inspectContainer(id)).toBeUndefined();
    });

    test('is found by name as well as by id', async () => {
      const id = await bench.running();
      expect((await bench.engine.inspectContainer(bench.name(1)))?.id).toBe(id);
      const listed = (await bench.engine.listContainers()).find((container) => container.id === id);
      const labels = { 'berth.uid': 'U', team: 'vision' };
      expect(listed).toEqual({ id, name: bench.name(1), running: true, labels, networks: ['bridge'] });
    });

    test('takes starting what runs and stopping what does not as done', async () => {
      const id = await bench.running();
      await bench.engine.start(id);
      await bench.engine.stop(id, 5);
      await bench.engine.stop(id, 5);
      expect(await bench.statusOf(id)).toBe('exited');
    });

    test('keeps the exit code of a container that ends by itself', async () => {
      const id = await bench.running({ cmd: ['sh', '-c', 'exit 3'] });
      await soon(async () =>
        expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 3 }),
      );
    });

    test('ends a container whose command is missing with code 127', async () => {
      const id = await bench.running({ cmd: ['no-such-command'] });
      await soon(async () =>
        expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 127 }),
      );
    });

    test('refuses a name that is taken', async () => {
      await bench.engine.create(bench.spec());
      expect(await kindOf(bench.engine.create(bench.spec()))).toBe('conflict');
    });

    test('says which image is missing', async () => {
      const failed = bench.engine.create(bench.spec({ image: 'no-such-image:1' }));
      await expect(failed).rejects.toMatchObject({
        kind: 'imageNotFound',
        message: expect.stringContaining('no-such-image:1'),
      });
    });

    test('answers notFound for containers that do not exist, except when asked to look', async () => {
      const missing = bench.name('missing');
      expect(await bench.engine.inspectContainer(missing)).toBeUndefined();
      const calls = [
        bench.engine.start(missing),
        bench.engine.stop(missing, 1),
        bench.engine.remove(missing),
        bench.engine.kill(missing, 'KILL'),
        bench.engine.update(missing, bench.spec().limits),
        bench.engine.freeze(missing),
        bench.engine.thaw(missing),
        bench.engine.commit(missing, bench.tag(1), ''),
        bench.engine.flatten(missing, bench.tag(1), '', () => {}),
        bench.engine.processes(missing),
        bench.exec(missing, ['true']),
      ];
      expect(await Promise.all(calls.map(kindOf))).toEqual(calls.map(() => 'notFound'));
    });

    test('changes the limits of a container in any state, and takes them away again', async () => {
      const { limits } = bench.spec();
      const more = {
        ...limits,
        memoryBytes: 2 ** 27,
        memorySwapBytes: 2 ** 28,
        nanoCpus: 1e9,
        cpuShares: 512,
        pidsMax: 50,
      };
      const none = { ...limits, memoryBytes: null, memorySwapBytes: null, nanoCpus: null, pidsMax: null };
      const id = await bench.engine.create(bench.spec());
      await bench.engine.update(id, more);
      await bench.engine.start(id);
      await bench.engine.update(id, none);
      await bench.engine.freeze(id);
      await bench.engine.update(id, { ...more, cpusetCpus: '0' });
      expect(await kindOf(bench.engine.update(id, { ...limits, nanoCpus: 5e14 }))).toBe('invalid');
      await bench.engine.stop(id, 5);
      await bench.engine.update(id, none);
      await bench.engine.start(id);
      expect(await bench.statusOf(id)).toBe('running');
    });

    test('freezes and thaws, and refuses what does not fit', async () => {
      const id = await bench.running();
      await bench.engine.freeze(id);
      expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'paused', running: true });
      expect(await kindOf(bench.engine.freeze(id))).toBe('conflict');
      expect(await kindOf(bench.engine.start(id))).toBe('conflict');
      expect(await kindOf(bench.exec(id, ['true']))).toBe('conflict');
      await bench.engine.thaw(id);
      expect(await bench.statusOf(id)).toBe('running');
      expect(await kindOf(bench.engine.thaw(id))).toBe('conflict');
    });

    test('stops and removes a frozen container', async () => {
      const id = await bench.running();
      await bench.engine.freeze(id);
      await bench.engine.stop(id, 5);
      expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'exited', running: false });
      await bench.engine.start(id);
      await bench.engine.freeze(id);
      await bench.engine.remove(id);
      expect(await bench.engine.inspectContainer(id)).toBeUndefined();
    });

    test('sends signals: some end a container, some do not, and KILL ends a frozen one', async () => {
      const id = await bench.running();
      await bench.engine.kill(id, 'WINCH');
      expect(await bench.statusOf(id)).toBe('running');
      await bench.engine.kill(id, 'TERM');
      await soon(async () =>
        expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 143 }),
      );
      await bench.engine.start(id);
      await bench.engine.freeze(id);
      await bench.engine.kill(id, 'KILL');
      await soon(async () =>
        expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 137 }),
      );
    });

    test('refuses to freeze, thaw and send signals to what does not run', async () => {
      const id = await bench.engine.create(bench.spec());
      const calls = [bench.engine.freeze(id), bench.engine.thaw(id), bench.engine.kill(id, 'KILL')];
      expect(await Promise.all(calls.map(kindOf))).toEqual(['conflict', 'conflict', 'conflict']);
    });

    test('lists the processes of a running container, and none of a stopped one', async () => {
      const id = await bench.running();
      const processes = await bench.engine.processes(id);
      expect(processes.map(({ command }) => command).join('\n')).toContain('sleep 100000');
      expect(processes.every(({ pid }) => Number.isInteger(pid) && pid > 1)).toBe(true);
      await bench.engine.stop(id, 5);
      expect(await kindOf(bench.engine.processes(id))).toBe('conflict');
    });
  });

  describe('host ports', () => {
    const port = 31_002;
    const ports = [{ containerPort: '80/tcp', hostPort: port }];

    test('names the port that another container holds, and starts once it is free', async () => {
      const holder = await bench.running({ name: bench.name('holder'), ports });
      const id = await bench.engine.create(bench.spec({ ports }));
      await expect(bench.engine.start(id)).rejects.toMatchObject({ kind: 'portTaken', port });
      expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'created', running: false });
      await bench.engine.stop(holder, 5);
      await bench.engine.start(id);
      expect(await bench.statusOf(id)).toBe('running');
    });

    test('names the port that something outside the engine holds', async () => {
      await using _held = await bench.subject.occupy(bench.engine, port);
      const id = await bench.engine.create(bench.spec({ ports }));
      await expect(bench.engine.start(id)).rejects.toMatchObject({ kind: 'portTaken', port });
      expect((await bench.engine.inspectContainer(id))?.error).not.toBe('');
    });
  });

  describe('GPUs', () => {
    test('shows a container exactly the GPUs it was granted', async () => {
      const id = await bench.running({ gpus: [stubGpu(3), stubGpu(1)] });
      const { stdout } = await collect(await bench.exec(id, ['nvidia-smi', '-L']));
      expect(stdout.match(/GPU-[0-9a-f-]+/g)?.toSorted()).toEqual([stubGpu(1), stubGpu(3)]);
      expect((await bench.engine.inspectContainer(id))?.gpuIds.toSorted()).toEqual([stubGpu(1), stubGpu(3)]);
    });

    test('shows no GPU to a container without any, even where its image asks for all', async () => {
      const id = await bench.running({ env: ['PATH=/bin:/usr/bin', 'NVIDIA_VISIBLE_DEVICES=all'] });
      await expect(collect(await bench.exec(id, ['nvidia-smi', '-L']))).rejects.toMatchObject({ kind: 'command' });
    });

    test('asks the driver for nothing when the GPUs are simulated', async () => {
      const id = await bench.running({ gpus: ['SIM-0', 'SIM-1'] });
      expect(await bench.statusOf(id)).toBe('running');
    });

    test('fails at start on a GPU that the driver does not know', async () => {
      const id = await bench.engine.create(
        bench.spec({ gpus: [stubGpu(0), 'GPU-5b1c0000-0000-4000-8000-00000000beef'] }),
      );
      expect(await kindOf(bench.engine.start(id))).toBe('device');
      expect(await bench.engine.inspectContainer(id)).toMatchObject({ status: 'created', running: false });
    });
  });

  describe('volumes', () => {
    test('keeps files beyond their container, and refuses to go while one needs it', async () => {
      const volume = bench.name('data');
      await bench.engine.createVolume(volume, { 'berth.uid': 'U' });
      await bench.engine.createVolume(volume, { other: 'ignored' });
      expect(await bench.engine.inspectVolume(volume)).toEqual({ name: volume, labels: { 'berth.uid': 'U' } });
      expect(await bench.engine.listVolumes()).toContainEqual({ name: volume, labels: { 'berth.uid': 'U' } });
      const first = await bench.running({ binds: [`${volume}:/data`] });
      await bench.sh(first, 'echo kept > /data/file');
      expect(await kindOf(bench.engine.removeVolume(volume))).toBe('conflict');
      await bench.engine.remove(first);
      const second = await bench.running({ name: bench.name(2), binds: [`${volume}:/data`] });
      expect((await bench.sh(second, 'cat /data/file')).stdout).toBe('kept\n');
      await bench.engine.remove(second);
      await bench.engine.removeVolume(volume);
      expect(await bench.engine.inspectVolume(volume)).toBeUndefined();
      expect(await kindOf(bench.engine.removeVolume(volume))).toBe('notFound');
    });
  });
});
