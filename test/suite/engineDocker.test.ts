/** What only a real Docker Engine can show: terminals, streams under load, and an engine that dies in mid-call. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DockerEngine } from '../../daemon/adapters/dockerEngine.ts';
import { hostTasks } from '../../daemon/adapters/hostTasks.ts';
import type { ContainerSpec, ExecSession, ExecSpec } from '../../daemon/core/engine.ts';
import { kindOf, plainExec, plainSpec, soon } from '../rig/engine/conformance.ts';
import { type PrivateEngine, startPrivateEngine } from '../rig/privateEngine.ts';
import { testDockerHost } from '../rig/sharedEngine.ts';

const ZEROS_MD5 = '10e4462c9d0b08e7f0b304c4fbfeafa3'; // Of 20,000,000 zero bytes.

const spec = (name: string, change: Partial<ContainerSpec> = {}): ContainerSpec => ({ ...plainSpec, name, ...change });

describe('a container', () => {
  let engine: DockerEngine;
  let name: string;

  beforeEach(async () => {
    engine = new DockerEngine(testDockerHost());
    name = `real${randomBytes(4).toString('hex')}`;
    await engine.start(await engine.create(spec(name)));
  });

  afterEach(() => engine.remove(name));

  const exec = (cmd: readonly string[], change: Partial<ExecSpec> = {}) =>
    engine.exec(name, { ...plainExec, ...change, cmd });

  /** Gathers output as it comes; `text` grows. */
  const listen = (session: ExecSession) => {
    const heard = { text: '', done: Promise.resolve() };
    heard.done = (async () => {
      for await (const { bytes } of session.output) heard.text += Buffer.from(bytes).toString();
    })();
    return heard;
  };

  test('has the limits that it was last given', async () => {
    await engine.update(name, { ...plainSpec.limits, memoryBytes: 2 ** 27, memorySwapBytes: 2 ** 28, pidsMax: 77 });
    const files = '/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max';
    const heard = listen(await exec(['sh', '-c', `cat ${files} 2>/dev/null; true`]));
    await heard.done;
    expect(heard.text.trim()).toBe(String(2 ** 27));
  });

  test('runs as the user and in the place that it was asked for', async () => {
    const own = `${name}own`;
    const script = 'id -u; id -g; id -G; hostname; pwd; cat /proc/1/comm; df -k /dev/shm | tail -1';
    const id = await engine.create(
      spec(own, {
        entrypoint: [],
        cmd: ['sleep', '1000'],
        user: '1000:100',
        groups: ['27', '44'],
        workingDir: '/etc',
        hostname: 'box',
        init: false,
        stopTimeoutS: 1,
        limits: { ...plainSpec.limits, shmBytes: 2 ** 26, cpuShares: 512, cpusetCpus: '0' },
      }),
    );
    await engine.start(id);
    const shown = await engine.exec(id, { ...plainExec, cmd: ['sh', '-c', script] });
    const heard = listen(shown);
    await heard.done;
    await engine.remove(id);
    expect(heard.text.split('\n').slice(0, 6)).toEqual(['1000', '100', '100 27 44', 'box', '/etc', 'sleep']);
    expect(heard.text).toMatch(/shm +65536 /);
  });

  test('has a shell on a terminal of the size asked for, and of the next size', async () => {
    const session = await exec(['sh'], { tty: true, stdin: true, columns: 101, rows: 37 });
    const heard = listen(session);
    await session.write(Buffer.from('stty size\n'));
    await soon(() => expect(heard.text).toContain('37 101'));
    await session.resize(90, 20);
    await session.write(Buffer.from('stty size\n'));
    await soon(() => expect(heard.text).toContain('20 90'));
    await session.write(Buffer.from('exit 6\n'));
    expect(await session.exitCode()).toBe(6);
    await heard.done;
  });

  test('passes Ctrl-P on at once, which Docker keeps to itself by default', async () => {
    const session = await exec(['sh', '-c', 'stty raw -echo; echo ready; dd bs=1 count=2 2>/dev/null | od -An -tx1'], {
      tty: true,
      stdin: true,
    });
    const heard = listen(session);
    await soon(() => expect(heard.text).toContain('ready'));
    await session.write(Buffer.from([0x10]));
    await session.write(Buffer.from([0x11]));
    await heard.done;
    expect(heard.text).toContain('10 11');
  });

  test('says on a terminal too that a command does not exist', async () => {
    const session = await exec(['no-such-command'], { tty: true });
    const heard = listen(session);
    await expect(session.exitCode()).rejects.toMatchObject({ kind: 'command' });
    expect(heard.text).toBe('');
  });

  test.each([
    ['a folder that does not exist', { workDir: '/no/such/folder' }],
    ['a user that does not exist', { user: 'nobody-here' }],
  ])('refuses %s', async (_, change) => {
    // Docker 28 refuses at once what earlier ones tell in the output.
    const exitCode = exec(['true'], change).then((session) => session.exitCode());
    await expect(exitCode).rejects.toMatchObject({ kind: 'command' });
  });

  test('passes on output that only sounds like a refusal of the engine', async () => {
    const session = await exec(['sh', '-c', 'echo "OCI runtime exec failed: or so it says"; exit 3']);
    const heard = listen(session);
    expect(await session.exitCode()).toBe(3);
    await heard.done;
    expect(heard.text).toContain('or so it says');
  });

  test('carries many bytes both ways without losing one', async () => {
    const session = await exec(['sh', '-c', 'cat | md5sum; head -c 20000000 /dev/zero | wc -c'], { stdin: true });
    const heard = listen(session);
    for (let part = 0; part < 200; part += 1) await session.write(Buffer.alloc(100_000));
    session.endInput();
    expect(await session.exitCode()).toBe(0);
    await heard.done;
    expect(heard.text).toBe(`${ZEROS_MD5}  -\n20000000\n`);
  });

  test('waits with its output for a reader that is slow', async () => {
    const session = await exec([
      'sh',
      '-c',
      'i=0; while [ $i -lt 3000 ]; do head -c 10000 /dev/zero; i=$((i+1)); echo $i >/written; done',
    ]);
    const reader = session.output[Symbol.asyncIterator]();
    await reader.next();
    const written = async () => {
      const look = await exec(['cat', '/written']);
      const heard = listen(look);
      await look.exitCode();
      await heard.done;
      return Number(heard.text);
    };
    let last = -1;
    await soon(async () => {
      const now = await written();
      const before = last;
      last = now;
      expect(now).toBe(before);
    });
    expect(last).toBeLessThan(3000);
    await session.kill();
  });

  test('loses a killed command with everything it started', async () => {
    const session = await exec(['sh', '-c', 'sleep 86301 & sleep 86302; true']);
    const commands = async () => (await engine.processes(name)).map(({ command }) => command).join('\n');
    await soon(async () => expect(await commands()).toMatch(/86301.*86302|86302.*86301/s));
    await session.kill();
    await soon(async () => expect(await commands()).not.toMatch(/8630[12]/));
  });

  test('loses a killed command that ignores being hung up', async () => {
    const session = await exec(['sh', '-c', "trap '' HUP TERM; echo deaf; while true; do sleep 0.1; done"]);
    const output = session.output[Symbol.asyncIterator]();
    await output.next();
    await session.kill();
    expect(await output.next()).toMatchObject({ done: true });
    expect(await session.exitCode()).toBe(137);
  });

  test('has live tasks while it runs and none afterwards', async () => {
    const { id } = (await engine.inspectContainer(name)) ?? { id: '' };
    const tasks = await hostTasks.tasksOf(id);
    expect(tasks).toEqual(expect.arrayContaining((await engine.processes(id)).map(({ pid }) => pid)));
    await engine.stop(id, 5);
    await soon(async () => expect(await hostTasks.tasksOf(id)).toEqual([]));
  });

  test('is not found to be Podman', async () => {
    await expect(engine.info()).resolves.toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/) });
  });
});

/** Processes of a container whose shim is gone may end at any moment. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('an engine that dies', () => {
  let own: PrivateEngine;
  let engine: DockerEngine;

  beforeAll(async () => {
    own = await startPrivateEngine({ images: ['berth-test/busybox:1'] });
    engine = new DockerEngine(own.dockerHost);
  });

  afterAll(() => own.stop());

  test('leaves calls in flight unknown, breaks the stream of events, is down, and is there again', async () => {
    const container = await engine.create(
      spec('a-1', { cmd: ['sh', '-c', "trap '' TERM; while true; do sleep 0.1; done"] }),
    );
    await engine.start(container);
    const events = engine.events(new AbortController().signal)[Symbol.asyncIterator]();
    const session = await engine.exec('a-1', { ...plainExec, cmd: ['sleep', '1000'] });
    const exitCode = kindOf(session.exitCode());
    const stopped = kindOf(engine.stop('a-1', 30));
    await soon(async () => expect((await events.next()).value).toMatchObject({ action: 'kill' }));
    const broken = (async () => {
      while (!(await events.next()).done);
    })();
    const outcome = expect(broken).rejects.toMatchObject({ kind: 'down' });
    await own.kill('SIGKILL');
    for (const pid of await hostTasks.tasksOf(container)) killIfThere(pid);
    expect(await stopped).toBe('unknown');
    expect(await exitCode).toMatch(/unknown|down/);
    await outcome;
    expect(await kindOf(engine.listContainers())).toBe('down');
    await own.restart();
    expect((await engine.listContainers()).map(({ name }) => name)).toEqual(['a-1']);
    expect(await engine.inspectContainer('a-1')).toMatchObject({ running: false });
  });
});
