/** Looks inside, logs, archives, waiting and attaching, as Berth relies on them in every engine. */
import { describe, expect, test } from 'vitest';
import type { LogQuery, OutputChunk } from '../../daemon/core/engineStreams.ts';
import { kindOf, onEveryEngine, soon } from '../rig/engine/conformance.ts';

const ALL: LogQuery = {
  stdout: true,
  stderr: true,
  since: undefined,
  until: undefined,
  tail: undefined,
  timestamps: false,
  follow: false,
};
const never = new AbortController().signal;

/** Line ends as a terminal makes them are line ends. */
async function textOf(chunks: AsyncIterable<OutputChunk>): Promise<string> {
  let text = '';
  for await (const { bytes } of chunks) text += Buffer.from(bytes).toString();
  return text.replaceAll('\r', '');
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

onEveryEngine((bench) => {
  const script = (text: string) => bench.running({ cmd: ['sh', '-c', text] });
  const logOf = async (id: string, change: Partial<LogQuery> = {}) =>
    textOf(await bench.engine.logs(id, { ...ALL, ...change }, never));

  describe('looks', () => {
    test('shows what the engine itself says', async () => {
      const id = await bench.running();
      expect(await bench.engine.inspectRaw(id)).toMatchObject({ Id: id, State: { Status: 'running' } });
      expect(await kindOf(bench.engine.inspectRaw('nothing'))).toBe('notFound');
    });

    test('lists processes, with the columns asked for, and refuses where none run', async () => {
      const id = await bench.running();
      const { titles, processes } = await bench.engine.top(id, undefined);
      expect(titles).toContain('PID');
      expect(processes.flat().join(' ')).toContain('sleep 100000');
      expect((await bench.engine.top(id, '-o pid,args')).titles[0]).toBe('PID');
      await bench.engine.stop(id, 0);
      expect(await kindOf(bench.engine.top(id, undefined))).toBe('conflict');
    });

    test('lists files that were added and changed', async () => {
      const id = await bench.running();
      await bench.sh(id, 'echo one > /new');
      const changes = await bench.engine.changes(id);
      expect(changes).toContainEqual({ path: '/new', kind: 1 });
      expect(await kindOf(bench.engine.changes('nothing'))).toBe('notFound');
    });

    test('measures a container until it ends', async () => {
      const id = await bench.running();
      const measured = (await bench.engine.usage(id, never))[Symbol.asyncIterator]();
      const [first, second] = [(await measured.next()).value, (await measured.next()).value];
      expect(first).toMatchObject({ cpuPercent: null });
      expect(second?.cpuPercent).toBeGreaterThanOrEqual(0);
      expect(second?.memoryBytes).toBeGreaterThan(0);
      expect(second?.memoryLimitBytes).toBeGreaterThan(0);
      expect(second?.processes).toBeGreaterThan(0);
      await bench.engine.stop(id, 0);
      let last = await measured.next();
      while (last.done !== true) last = await measured.next();
      expect(last.done).toBe(true);
    });

    test('stops measuring when it is told to', async () => {
      const id = await bench.running();
      const left = new AbortController();
      for await (const _ of await bench.engine.usage(id, left.signal)) left.abort();
      expect(await bench.statusOf(id)).toBe('running');
    });
  });

  describe('logs', () => {
    test('gives what was printed, the last lines of it, and its times', async () => {
      const id = await script('echo one; echo two; echo three; sleep 1000');
      await soon(async () => expect(await logOf(id)).toBe('one\ntwo\nthree\n'));
      expect(await logOf(id, { tail: 1 })).toBe('three\n');
      expect(await logOf(id, { tail: 0 })).toBe('');
      expect(await logOf(id, { timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one\n/);
      expect(await logOf(id, { since: '4000000000.000000000' })).toBe('');
      expect(await logOf(id, { until: '1000000000.000000000' })).toBe('');
    });

    test('follows until the container ends, and keeps the log of one that has ended', async () => {
      const id = await script('echo begun; sleep 1000');
      const followed = logOf(id, { follow: true });
      await soon(async () => expect(await logOf(id)).toBe('begun\n'));
      await bench.engine.stop(id, 0);
      expect(await followed).toBe('begun\n');
      expect(await logOf(id)).toBe('begun\n');
      expect(await logOf(id, { follow: true })).toBe('begun\n');
    });

    test('ends when it is told to, and knows no container that is not there', async () => {
      const id = await bench.running();
      const left = new AbortController();
      const followed = textOf(await bench.engine.logs(id, { ...ALL, follow: true }, left.signal));
      left.abort();
      expect(await followed).toBe('');
      expect(await kindOf(bench.engine.logs('nothing', ALL, never))).toBe('notFound');
    });
  });

  describe('archives', () => {
    const OPTIONS = { noOverwriteDirNonDir: false, copyUIDGID: false };

    test('carries a file out and into another place, running or stopped', async () => {
      const id = await bench.running();
      await bench.sh(id, 'echo kept > /kept');
      const { stat, bytes } = await bench.engine.readArchive(id, '/kept', never);
      expect(stat).toMatchObject({ name: 'kept', size: 5 });
      const archive = await bytesOf(bytes);
      await bench.engine.stop(id, 0);
      await bench.engine.writeArchive(id, '/', once(archive), OPTIONS, never);
      const other = await bench.running({ name: bench.name(2) });
      await bench.engine.writeArchive(other, '/', once(archive), OPTIONS, never);
      expect((await bench.sh(other, 'cat /kept')).stdout).toBe('kept\n');
    });

    test('says what is at a path', async () => {
      const id = await bench.running();
      await bench.sh(id, 'echo kept > /kept');
      expect(await bench.engine.statPath(id, '/kept')).toMatchObject({ name: 'kept', size: 5, linkTarget: '' });
      expect((await bench.engine.statPath(id, '/')).mode).toBeGreaterThanOrEqual(2 ** 31);
    });

    test('tells a path that is not there from a container that is not', async () => {
      const id = await bench.running();
      await bench.sh(id, 'echo kept > /kept');
      expect(await kindOf(bench.engine.statPath(id, '/none'))).toBe('pathNotFound');
      expect(await kindOf(bench.engine.readArchive(id, '/none', never))).toBe('pathNotFound');
      expect(await kindOf(bench.engine.writeArchive(id, '/none', once(Buffer.alloc(1024)), OPTIONS, never))).toBe(
        'pathNotFound',
      );
      expect(await kindOf(bench.engine.writeArchive(id, '/kept', once(Buffer.alloc(1024)), OPTIONS, never))).toBe(
        'notDirectory',
      );
      expect(await kindOf(bench.engine.statPath('nothing', '/'))).toBe('notFound');
      expect(await kindOf(bench.engine.readArchive('nothing', '/', never))).toBe('notFound');
    });

    test('tells what is no archive from an engine that failed, and takes nothing at all for an empty one', async () => {
      const id = await bench.running();
      const write = (bytes: Uint8Array) => bench.engine.writeArchive(id, '/', once(bytes), OPTIONS, never);
      expect(await kindOf(write(Buffer.from('no archive at all')))).toBe('badArchive');
      expect(await kindOf(write(Buffer.alloc(2000, 'x')))).toBe('badArchive');
      await write(Buffer.alloc(0));
    });

    test('exports every file', async () => {
      const id = await bench.running();
      await bench.sh(id, 'echo exported > /exported');
      const archive = await bytesOf(await bench.engine.exportFiles(id, never));
      expect(archive.includes('exported')).toBe(true);
    });
  });

  describe('waiting', () => {
    test('gives the exit code, of one that has ended too', async () => {
      const id = await bench.running();
      const waited = bench.engine.wait(id, 'not-running', never);
      const removed = bench.engine.wait(id, 'removed', never);
      await bench.engine.stop(id, 5);
      expect(await waited).toBe(143);
      expect(await bench.engine.wait(id, 'not-running', never)).toBe(143);
      await bench.engine.remove(id);
      expect(await removed).toBe(143);
    });

    test('for the next exit does not take the last one', async () => {
      const id = await bench.running();
      await bench.engine.stop(id, 5);
      const next = bench.engine.wait(id, 'next-exit', never);
      await bench.engine.start(id);
      await bench.engine.stop(id, 5);
      expect(await next).toBe(143);
    });

    test('ends when it is told to', async () => {
      const id = await bench.running();
      const left = new AbortController();
      const waited = kindOf(bench.engine.wait(id, 'not-running', left.signal));
      left.abort();
      expect(await waited).toBe('unknown');
    });
  });

  describe('attaching', () => {
    test('reaches the terminal of the main process, which outlives it', async () => {
      const id = await bench.running({ cmd: ['cat'] });
      const attached = await bench.engine.attach(id, true);
      await bench.engine.resize(id, 100, 30);
      const output = attached.output[Symbol.asyncIterator]();
      await attached.write(Buffer.from('typed\n'));
      expect(Buffer.from((await output.next()).value?.bytes ?? []).toString()).toContain('typed');
      attached.detach();
      expect(await bench.statusOf(id)).toBe('running');
    });

    test('is refused where nothing runs', async () => {
      const id = await bench.running();
      await bench.engine.stop(id, 0);
      expect(await kindOf(bench.engine.resize(id, 80, 24))).toBe('conflict');
    });
  });
});
