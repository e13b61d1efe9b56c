/** What Berth relies on in an engine, held against the in-memory one and a real Docker Engine alike. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import type { ContainerSpec, Engine, EngineErrorKind, EngineEvent, ExecSession } from '../../daemon/core/engine.ts';
import { stubGpu } from '../rig/engine/stubGpus.ts';
import { MemoryEngine } from '../rig/memoryEngine.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';

/** Patience with a busy machine; nothing is expected to take this long. */
const PATIENT = { timeout: 20_000, interval: 25 };
const soon = (check: () => unknown) => vi.waitFor(check, PATIENT);

const IMAGE = 'berth-test/busybox:1';

interface Subject {
  readonly name: string;
  open(): Engine;
  /** Holds a host port from outside the engine until disposed. */
  occupy(engine: Engine, port: number): Promise<AsyncDisposable>;
  /** An engine that nothing answers for. */
  openDown(): Engine;
}

const subjects: readonly Subject[] = [
  {
    name: 'the in-memory engine',
    open: () => new MemoryEngine(),
    async occupy(engine, port) {
      const { outsiderPorts } = (engine as MemoryEngine).world;
      outsiderPorts.add(port);
      return { [Symbol.asyncDispose]: async () => void outsiderPorts.delete(port) };
    },
    openDown() {
      const engine = new MemoryEngine();
      engine.faults.setDown(true);
      return engine;
    },
  },
  {
    name: 'Docker',
    open: () => new DockerEngine(testDockerHost()),
    async occupy(_, port) {
      const server = createServer().listen(port, '0.0.0.0');
      await new Promise((resolve) => server.once('listening', resolve));
      return { [Symbol.asyncDispose]: async () => void server.close() };
    },
    openDown: () => new DockerEngine('unix:///run/berth-test-nothing-here.sock'),
  },
];

describe.each(subjects)('$name', (subject) => {
  let engine: Engine;
  let prefix: string;

  beforeAll(() => {
    engine = subject.open();
  });

  beforeEach(() => {
    prefix = `conform${randomBytes(4).toString('hex')}`;
  });

  afterEach(async () => {
    const left = (await engine.listContainers()).filter(({ name }) => name.startsWith(prefix));
    for (const { id } of left) await engine.remove(id);
    const tags = (await engine.listImages()).flatMap((image) => image.tags).filter((tag) => tag.startsWith(prefix));
    for (const tag of tags.toReversed()) await engine.removeImage(tag);
  });

  const spec = (change: Partial<ContainerSpec> = {}): ContainerSpec => ({
    name: `${prefix}-1`,
    image: IMAGE,
    cmd: ['sleep', '100000'],
    entrypoint: null,
    user: '',
    workingDir: '',
    env: ['PATH=/bin:/usr/bin', 'GREETING=hello'],
    labels: { 'berth.uid': 'U', team: 'vision' },
    binds: [],
    ports: [],
    gpus: [],
    limits: {
      shmBytes: 2 ** 27,
      memoryBytes: 2 ** 26,
      nanoCpus: 5e8,
      pidsMax: 100,
      logBytesMax: 1e7,
    },
    stopSignal: null,
    healthcheck: null,
    ...change,
  });

  const running = async (change: Partial<ContainerSpec> = {}): Promise<string> => {
    const id = await engine.create(spec(change));
    await engine.start(id);
    return id;
  };

  const sh = async (container: string, script: string) => collect(await exec(container, ['sh', '-c', script]));

  const exec = (container: string, cmd: readonly string[], change: { tty?: boolean; stdin?: boolean } = {}) =>
    engine.exec(container, {
      cmd,
      tty: false,
      stdin: false,
      env: [],
      workDir: undefined,
      user: undefined,
      columns: undefined,
      rows: undefined,
      ...change,
    });

  const collect = async (session: ExecSession) => {
    const text = { stdout: '', stderr: '' };
    for await (const { stream, bytes } of session.output) text[stream] += Buffer.from(bytes).toString();
    return { ...text, exitCode: await session.exitCode() };
  };

  const kindOf = async (call: Promise<unknown>): Promise<EngineErrorKind | 'none'> =>
    call.then(
      () => 'none' as const,
      (error: { readonly kind: EngineErrorKind }) => error.kind,
    );

  const statusOf = async (container: string) => (await engine.inspectContainer(container))?.status;

  describe('containers', () => {
    test('says its version', async () => {
      expect((await engine.info()).apiVersion).toMatch(/^1\.\d+$/);
    });

    test('shows a new container as it was asked for', async () => {
      const id = await engine.create(spec({ ports: [{ containerPort: '80/tcp', hostPort: 31_001 }] }));
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const shown = await engine.inspectContainer(id);
      expect(shown).toMatchObject({ id, name: `${prefix}-1`, status: 'created', running: false, image: IMAGE });
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
      const id = await running();
      expect(await engine.inspectContainer(id)).toMatchObject({ status: 'running', running: true });
      await engine.stop(id, 5);
      const stopped = await engine.inspectContainer(id);
      expect(stopped).toMatchObject({ status: 'exited', running: false, exitCode: 143 });
      expect(Date.parse(stopped?.finishedAt ?? '')).not.toBeNaN();
      await engine.start(id);
      expect(await statusOf(id)).toBe('running');
      await engine.remove(id);
      expect(await engine.inspectContainer(id)).toBeUndefined();
    });

    test('is found by name as well as by id', async () => {
      const id = await running();
      expect((await engine.inspectContainer(`${prefix}-1`))?.id).toBe(id);
      const listed = (await engine.listContainers()).find((container) => container.id === id);
      expect(listed).toEqual({ id, name: `${prefix}-1`, running: true, labels: { 'berth.uid': 'U', team: 'vision' } });
    });

    test('takes starting what runs and stopping what does not as done', async () => {
      const id = await running();
      await engine.start(id);
      await engine.stop(id, 5);
      await engine.stop(id, 5);
      expect(await statusOf(id)).toBe('exited');
    });

    test('keeps the exit code of a container that ends by itself', async () => {
      const id = await running({ cmd: ['sh', '-c', 'exit 3'] });
      await soon(async () =>
        expect(await engine.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 3 }),
      );
    });

    test('ends a container whose command is missing with code 127', async () => {
      const id = await running({ cmd: ['no-such-command'] });
      await soon(async () =>
        expect(await engine.inspectContainer(id)).toMatchObject({ status: 'exited', exitCode: 127 }),
      );
    });

    test('refuses a name that is taken', async () => {
      await engine.create(spec());
      expect(await kindOf(engine.create(spec()))).toBe('conflict');
    });

    test('says which image is missing', async () => {
      const failed = engine.create(spec({ image: 'no-such-image:1' }));
      await expect(failed).rejects.toMatchObject({
        kind: 'imageNotFound',
        message: expect.stringContaining('no-such-image:1'),
      });
    });

    test('answers notFound for containers that do not exist, except when asked to look', async () => {
      const missing = `${prefix}-missing`;
      expect(await engine.inspectContainer(missing)).toBeUndefined();
      const calls = [
        engine.start(missing),
        engine.stop(missing, 1),
        engine.remove(missing),
        engine.commit(missing, `${prefix}:1`, ''),
        engine.flatten(missing, `${prefix}:1`, '', () => {}),
        engine.processes(missing),
        exec(missing, ['true']),
      ];
      expect(await Promise.all(calls.map(kindOf))).toEqual(calls.map(() => 'notFound'));
    });

    test('lists the processes of a running container, and none of a stopped one', async () => {
      const id = await running();
      const processes = await engine.processes(id);
      expect(processes.map(({ command }) => command).join('\n')).toContain('sleep 100000');
      expect(processes.every(({ pid }) => Number.isInteger(pid) && pid > 1)).toBe(true);
      await engine.stop(id, 5);
      expect(await kindOf(engine.processes(id))).toBe('conflict');
    });
  });

  describe('host ports', () => {
    const port = 31_002;
    const ports = [{ containerPort: '80/tcp', hostPort: port }];

    test('names the port that another container holds, and starts once it is free', async () => {
      const holder = await running({ name: `${prefix}-holder`, ports });
      const id = await engine.create(spec({ ports }));
      await expect(engine.start(id)).rejects.toMatchObject({ kind: 'portTaken', port });
      expect(await engine.inspectContainer(id)).toMatchObject({ status: 'created', running: false });
      await engine.stop(holder, 5);
      await engine.start(id);
      expect(await statusOf(id)).toBe('running');
    });

    test('names the port that something outside the engine holds', async () => {
      await using _held = await subject.occupy(engine, port);
      const id = await engine.create(spec({ ports }));
      await expect(engine.start(id)).rejects.toMatchObject({ kind: 'portTaken', port });
      expect((await engine.inspectContainer(id))?.error).not.toBe('');
    });
  });

  describe('GPUs', () => {
    test('shows a container exactly the GPUs it was granted', async () => {
      const id = await running({ gpus: [stubGpu(3), stubGpu(1)] });
      const { stdout } = await collect(await exec(id, ['nvidia-smi', '-L']));
      expect(stdout.match(/GPU-[0-9a-f-]+/g)?.toSorted()).toEqual([stubGpu(1), stubGpu(3)]);
      expect((await engine.inspectContainer(id))?.gpuIds.toSorted()).toEqual([stubGpu(1), stubGpu(3)]);
    });

    test('shows no GPU to a container without any, even where its image asks for all', async () => {
      const id = await running({ env: ['PATH=/bin:/usr/bin', 'NVIDIA_VISIBLE_DEVICES=all'] });
      await expect(collect(await exec(id, ['nvidia-smi', '-L']))).rejects.toMatchObject({ kind: 'command' });
    });

    test('asks the driver for nothing when the GPUs are simulated', async () => {
      const id = await running({ gpus: ['SIM-0', 'SIM-1'] });
      expect(await statusOf(id)).toBe('running');
    });

    test('fails at start on a GPU that the driver does not know', async () => {
      const id = await engine.create(spec({ gpus: [stubGpu(0), 'GPU-5b1c0000-0000-4000-8000-00000000beef'] }));
      expect(await kindOf(engine.start(id))).toBe('device');
      expect(await engine.inspectContainer(id)).toMatchObject({ status: 'created', running: false });
    });
  });

  describe('snapshots', () => {
    const write = (id: string) => sh(id, 'echo kept > /kept; echo gone > /gone; rm /gone');
    const read = async (id: string) => (await sh(id, 'cat /kept; cat /gone')).stdout;

    test('carries files and deletions from a stopped container to the next', async () => {
      const id = await running();
      await write(id);
      await engine.stop(id, 5);
      await engine.commit(id, `${prefix}:1`, 'operation 1');
      const next = await running({ name: `${prefix}-2`, image: `${prefix}:1` });
      expect(await read(next)).toBe('kept\n');
    });

    test('adds one layer, keeps the comment, and blanks the labels that are ours', async () => {
      const id = await running();
      const before = await engine.inspectImage(IMAGE);
      await write(id);
      await engine.commit(id, `${prefix}:1`, 'operation 1');
      const after = await engine.inspectImage(`${prefix}:1`);
      expect(after).toMatchObject({
        layers: (before?.layers ?? 0) + 1,
        comment: 'operation 1',
        cmd: ['sleep', '100000'],
      });
      expect(after?.labels).toEqual({ 'berth.uid': '', team: 'vision' });
      expect(after?.env).toContain('GREETING=hello');
    });

    test('flattens to one layer with every file and setting, and tells how many bytes went by', async () => {
      const labels = { 'berth.uid': 'U', quote: 'a "b" $c \\d' };
      const settings = { entrypoint: ['sleep'], cmd: ['100000'], env: ['PATH=/bin', 'QUOTE=a "b" $c'], labels };
      const id = await running(settings);
      await write(id);
      await engine.commit(id, `${prefix}:1`, '');
      const second = await running({ ...settings, name: `${prefix}-2`, image: `${prefix}:1` });
      const seen: number[] = [];
      await engine.flatten(second, `${prefix}:flat`, 'operation 2', (bytes) => seen.push(bytes));
      const image = await engine.inspectImage(`${prefix}:flat`);
      expect(image).toMatchObject({ layers: 1, comment: 'operation 2', entrypoint: ['sleep'], cmd: ['100000'] });
      expect(image?.labels).toEqual({ quote: labels.quote });
      expect(image?.env).toContain('QUOTE=a "b" $c');
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      const next = await running({ ...settings, name: `${prefix}-3`, image: `${prefix}:flat` });
      expect(await read(next)).toBe('kept\n');
    });

    test('removes a tag, keeps an image that a container needs, and says which image is missing', async () => {
      const id = await running();
      await write(id);
      await engine.commit(id, `${prefix}:1`, '');
      const user = await engine.create(spec({ name: `${prefix}-2`, image: `${prefix}:1` }));
      expect(await kindOf(engine.removeImage(`${prefix}:1`))).toBe('conflict');
      await engine.remove(user);
      await engine.removeImage(`${prefix}:1`);
      expect(await engine.inspectImage(`${prefix}:1`)).toBeUndefined();
      expect((await engine.listImages()).flatMap(({ tags }) => tags)).not.toContain(`${prefix}:1`);
      expect(await kindOf(engine.removeImage(`${prefix}:1`))).toBe('imageNotFound');
    });
  });

  describe('volumes', () => {
    test('keeps files beyond their container, and refuses to go while one needs it', async () => {
      const volume = `${prefix}-data`;
      await engine.createVolume(volume, { 'berth.uid': 'U' });
      await engine.createVolume(volume, { other: 'ignored' });
      expect(await engine.inspectVolume(volume)).toEqual({ name: volume, labels: { 'berth.uid': 'U' } });
      const first = await running({ binds: [`${volume}:/data`] });
      await sh(first, 'echo kept > /data/file');
      expect(await kindOf(engine.removeVolume(volume))).toBe('conflict');
      await engine.remove(first);
      const second = await running({ name: `${prefix}-2`, binds: [`${volume}:/data`] });
      expect((await sh(second, 'cat /data/file')).stdout).toBe('kept\n');
      await engine.remove(second);
      await engine.removeVolume(volume);
      expect(await engine.inspectVolume(volume)).toBeUndefined();
      expect(await kindOf(engine.removeVolume(volume))).toBe('notFound');
    });
  });

  describe('exec', () => {
    test('keeps both streams and the exit code', async () => {
      const id = await running();
      const result = await sh(id, 'echo one; echo two >&2; echo $GREETING; exit 7');
      expect(result).toEqual({ stdout: 'one\nhello\n', stderr: 'two\n', exitCode: 7 });
    });

    test('gives the code 127 of a shell as any other', async () => {
      const id = await running();
      const result = await sh(id, 'no-such-command');
      expect(result).toMatchObject({ stdout: '', exitCode: 127 });
      expect(result.stderr).toContain('not found');
    });

    test('rejects a command that does not exist, and passes no word of the engine on as output', async () => {
      const id = await running();
      const session = await exec(id, ['no-such-command']);
      for await (const chunk of session.output) expect(chunk).toBeUndefined();
      await expect(session.exitCode()).rejects.toMatchObject({
        kind: 'command',
        message: expect.stringContaining('no-such-command'),
      });
    });

    test('hands its input on and ends with it', async () => {
      const id = await running();
      const session = await exec(id, ['cat'], { stdin: true });
      await session.write(Buffer.from('first '));
      await session.write(Buffer.from('second'));
      session.endInput();
      expect(await collect(session)).toEqual({ stdout: 'first second', stderr: '', exitCode: 0 });
    });

    test('gives the exit code to those who do not read', async () => {
      const id = await running();
      expect(await (await exec(id, ['sh', '-c', 'echo unread; exit 4'])).exitCode()).toBe(4);
    });

    test('ends a command that goes on for ever when it is killed', async () => {
      const id = await running();
      const session = await exec(id, ['sleep', '86399']);
      const output = collect(session);
      await session.kill();
      expect((await output).exitCode).toBeGreaterThan(128);
      const commands = async () => (await engine.processes(id)).map(({ command }) => command).join('\n');
      await soon(async () => expect(await commands()).not.toContain('86399'));
      await session.kill();
    });

    test('refuses in a container that does not run', async () => {
      const id = await engine.create(spec());
      expect(await kindOf(exec(id, ['true']))).toBe('conflict');
    });
  });

  describe('events', () => {
    test('tells what happens to containers, in order and with their labels', async () => {
      const abort = new AbortController();
      const events: EngineEvent[] = [];
      const stream = engine.events(abort.signal);
      const reading = (async () => {
        for await (const event of stream) if (event.labels['prefix'] === prefix) events.push(event);
      })();
      const id = await running({ labels: { prefix }, cmd: ['sh', '-c', 'exit 5'] });
      await soon(() => expect(events.map(({ action }) => action)).toEqual(['create', 'start', 'die']));
      expect(events.at(-1)).toEqual({
        type: 'container',
        action: 'die',
        containerId: id,
        labels: { prefix },
        exitCode: 5,
      });
      abort.abort();
      await reading;
    });
  });

  describe('without an answer', () => {
    test('every call fails with down', async () => {
      const away = subject.openDown();
      const calls = [
        away.info(),
        away.create(spec()),
        away.start('x'),
        away.inspectContainer('x'),
        away.listContainers(),
      ];
      expect(await Promise.all(calls.map(kindOf))).toEqual(calls.map(() => 'down'));
      const firstEvent = away.events(new AbortController().signal)[Symbol.asyncIterator]().next();
      expect(await kindOf(firstEvent)).toBe('down');
    });
  });
});
