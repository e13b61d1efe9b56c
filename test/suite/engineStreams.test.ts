/** Commands, events and silence, as Berth relies on them in every engine. */
import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../daemon/core/engine.ts';
import { collect, kindOf, onEveryEngine, soon } from '../rig/engine/conformance.ts';

onEveryEngine((bench) => {
  describe('exec', () => {
    test('keeps both streams and the exit code', async () => {
      const id = await bench.running();
      const result = await bench.sh(id, 'echo one; echo two >&2; echo $GREETING; exit 7');
      expect(result).toEqual({ stdout: 'one\nhello\n', stderr: 'two\n', exitCode: 7 });
    });

    test('gives the code 127 of a shell like any other', async () => {
      const id = await bench.running();
      const result = await bench.sh(id, 'no-such-command');
      expect(result).toMatchObject({ stdout: '', exitCode: 127 });
      expect(result.stderr).toContain('not found');
    });

    test('rejects a command that does not exist, and passes no word of the engine on as output', async () => {
      const id = await bench.running();
      const session = await bench.exec(id, ['no-such-command']);
      for await (const chunk of session.output) expect(chunk).toBeUndefined();
      await expect(session.exitCode()).rejects.toMatchObject({
        kind: 'command',
        message: expect.stringContaining('no-such-command'),
      });
    });

    test('hands its input on and ends with it', async () => {
      const id = await bench.running();
      const session = await bench.exec(id, ['cat'], { stdin: true });
      await session.write(Buffer.from('first '));
      await session.write(Buffer.from('second'));
      session.endInput();
      expect(await collect(session)).toEqual({ stdout: 'first second', stderr: '', exitCode: 0 });
    });

    test('gives the exit code to those who do not read', async () => {
      const id = await bench.running();
      expect(await (await bench.exec(id, ['sh', '-c', 'echo unread; exit 4'])).exitCode()).toBe(4);
    });

    test('ends a command that goes on for ever when it is killed', async () => {
      const id = await bench.running();
      const session = await bench.exec(id, ['sleep', '86399']);
      const output = collect(session);
      await session.kill();
      expect((await output).exitCode).toBeGreaterThan(128);
      const commands = async () => (await bench.engine.processes(id)).map(({ command }) => command).join('\n');
      await soon(async () => expect(await commands()).not.toContain('86399'));
      await session.kill();
    });

    test('refuses in a container that does not run', async () => {
      const id = await bench.engine.create(bench.spec());
      expect(await kindOf(bench.exec(id, ['true']))).toBe('conflict');
    });
  });

  describe('events', () => {
    test('tells what happens to containers, in order and with their labels', async () => {
      const marker = bench.name('events');
      const abort = new AbortController();
      const events: EngineEvent[] = [];
      const stream = bench.engine.events(abort.signal);
      const reading = (async () => {
        for await (const event of stream) if (event.labels.marker === marker) events.push(event);
      })();
      const id = await bench.running({ labels: { marker }, cmd: ['sh', '-c', 'exit 5'] });
      await soon(() => expect(events.map(({ action }) => action)).toEqual(['create', 'start', 'die']));
      expect(events.at(-1)).toEqual({
        type: 'container',
        action: 'die',
        containerId: id,
        labels: { marker },
        exitCode: 5,
      });
      abort.abort();
      await reading;
    });
  });

  describe('without an answer', () => {
    test('every call fails with down', async () => {
      const away = bench.subject.openDown();
      const calls = [
        away.info(),
        away.create(bench.spec()),
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
