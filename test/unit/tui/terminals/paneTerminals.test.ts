import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { ClientError } from '../../../../common/clientFailure.ts';
import type { ExecSession } from '../../../../common/execClient.ts';
import type { SessionStatus } from '../../../../tui/state/sessions.ts';
import { Canvas } from '../../../../tui/term/canvas.ts';
import { PaneTerminals } from '../../../../tui/terminals/paneTerminals.ts';

const rect = { x: 0, y: 1, width: 42, height: 12 };

/** A shell that the test plays. */
class PlayedShell implements ExecSession {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly sizes: string[] = [];
  isClosed = false;
  readonly #exit = Promise.withResolvers<number>();
  readonly exited = this.#exit.promise;

  resize(columns: number, rows: number): void {
    this.sizes.push(`${columns}x${rows}`);
  }

  close(): void {
    this.isClosed = true;
  }

  break(error: Error): void {
    this.#exit.reject(error);
  }

  end(code: number): void {
    this.#exit.resolve(code);
  }

  typed(): string {
    return String(this.stdin.read() ?? '');
  }
}

/** `opening` is what each try to open it comes to. */
function rig(...opening: readonly Promise<ExecSession>[]) {
  const statuses: SessionStatus[] = [];
  const calls: string[] = [];
  const copied: string[] = [];
  let changes = 0;
  let tries = 0;
  const terminals = new PaneTerminals({
    shells: {
      create: async (name) => {
        calls.push(`create ${name}`);
        return 'x1';
      },
      open: async (execId) => {
        calls.push(`open ${execId}`);
        tries += 1;
        return await (opening[tries - 1] ?? Promise.reject(new Error('it is opened too often')));
      },
      end: (execId) => void calls.push(`end ${execId}`),
    },
    onStatus: (_id, status) => void statuses.push(status),
    onChange: () => {
      changes += 1;
    },
    copy: (text) => void copied.push(text),
  });
  terminals.run({ type: 'terminal', do: 'open', id: 1, name: 'llama', execId: undefined });
  const shows = (text: string) =>
    vi.waitFor(() => {
      const canvas = new Canvas(42, 13);
      terminals.draw(1, canvas, { x: 1, y: 2, width: 40, height: 10 });
      expect(canvas.toString()).toContain(text);
    });
  return { terminals, statuses, calls, copied, shows, changes: () => changes };
}

test('a terminal begins when it is first shown, in that size, and later sizes follow', async () => {
  const shell = new PlayedShell();
  const { terminals, statuses, calls } = rig(Promise.resolve(shell));
  expect(calls).toEqual([]);
  terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(statuses).toEqual([{ state: 'running', execId: 'x1' }]));
  expect(calls).toEqual(['create llama', 'open x1']);
  terminals.fit([{ id: 1, rect }]);
  terminals.fit([{ id: 1, rect: { ...rect, width: 22 } }]);
  expect(shell.sizes).toEqual(['40x10', '20x10']);
});

test('one that the daemon holds already is opened, not begun', async () => {
  const { terminals, statuses, calls } = rig(Promise.resolve(new PlayedShell()));
  terminals.run({ type: 'terminal', do: 'open', id: 1, name: 'llama', execId: 'x7' });
  terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  expect(calls).toEqual(['open x7']);
});

test('a broken connection is made again, and what is typed meanwhile is not lost', async () => {
  const [first, second] = [new PlayedShell(), new PlayedShell()];
  const away = Promise.reject(new ClientError('unreachable', 'berthd is not running', { hint: '' }));
  away.catch(() => undefined);
  const { terminals, statuses } = rig(Promise.resolve(first), away, Promise.resolve(second));
  terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  first.break(new ClientError('unknownOutcome', 'the connection to berthd was lost', { hint: '' }));
  await vi.waitFor(() => expect(statuses.at(-1)).toEqual({ state: 'starting' }));
  terminals.type(1, 'ls\r');
  await vi.waitFor(() => expect(statuses.at(-1)?.state).toBe('running'), { timeout: 10_000 });
  expect([second.typed(), second.sizes]).toEqual(['ls\r', ['40x10']]);
});

test('a daemon that came back without it is told as that', async () => {
  const shell = new PlayedShell();
  const gone = Promise.reject(new ClientError('reported', 'there is no session', { hint: '', code: 'EXEC_NOT_FOUND' }));
  gone.catch(() => undefined);
  const { terminals, statuses } = rig(Promise.resolve(shell), gone);
  terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  shell.break(new ClientError('unknownOutcome', 'the connection to berthd was lost', { hint: '' }));
  const reason = 'berthd ended, and the command with it';
  await vi.waitFor(() => expect(statuses.at(-1)).toEqual({ state: 'failed', reason }), { timeout: 10_000 });
});

test('what was typed before the shell reads reaches it once it has begun, after what the emulator answers', async () => {
  const shell = new PlayedShell();
  const opening = Promise.withResolvers<ExecSession>();
  const { terminals, statuses } = rig(opening.promise);
  terminals.fit([{ id: 1, rect }]);
  terminals.type(1, 'ls\r');
  terminals.fit([{ id: 1, rect: { ...rect, width: 32 } }]);
  opening.resolve(shell);
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  shell.stdout.write('hello, this is sh\r\n$ \u001b[6n');
  await vi.waitFor(() => expect(shell.typed()).toBe('\u001b[2;3R'), { interval: 1 });
  await vi.waitFor(() => expect(shell.typed()).toBe('ls\r'));
  expect(shell.sizes).toEqual(['30x10']);
});

test('bytes become cells, and only what is on the screen asks for a frame', async () => {
  const shell = new PlayedShell();
  const { terminals, shows, changes, statuses, copied } = rig(Promise.resolve(shell));
  terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  shell.stdout.write('hello\r\n');
  await shows('hello');
  expect(changes()).toBeGreaterThan(0);
  terminals.run({ type: 'terminal', do: 'copy', id: 1 });
  expect(copied).toEqual(['hello\n']);
  const before = changes();
  terminals.fit([]);
  shell.stdout.write('unseen');
  await shows('unseen');
  expect(changes()).toBe(before);
});

test('how it ended is told, and so is why it could not begin', async () => {
  const shell = new PlayedShell();
  const ended = rig(Promise.resolve(shell));
  ended.terminals.fit([{ id: 1, rect }]);
  shell.end(7);
  await vi.waitFor(() => expect(ended.statuses.at(-1)).toEqual({ state: 'ended', exitCode: 7 }));
  const refused = rig(Promise.reject(new ClientError('reported', 'llama does not run', { hint: 'Start it.' })));
  refused.terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() =>
    expect(refused.statuses).toEqual([{ state: 'failed', reason: 'llama does not run. Start it.' }]),
  );
});

test('leaving keeps the command and counts it; closing ends it; then nothing more is told', async () => {
  const shell = new PlayedShell();
  const left = rig(Promise.resolve(shell));
  left.terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(left.statuses).toHaveLength(1));
  expect([left.terminals.leave(), shell.isClosed, left.calls.includes('end x1')]).toEqual([1, true, false]);
  const other = new PlayedShell();
  const closed = rig(Promise.resolve(other));
  closed.terminals.fit([{ id: 1, rect }]);
  await vi.waitFor(() => expect(closed.statuses).toHaveLength(1));
  closed.terminals.run({ type: 'terminal', do: 'close', id: 1, execId: 'x1' });
  other.end(0);
  expect([closed.terminals.leave(), other.isClosed, closed.calls.at(-1), closed.statuses.length]).toEqual([
    0,
    true,
    'end x1',
    1,
  ]);
});

test('one that is left before it runs is left once it does', async () => {
  const shell = new PlayedShell();
  const opening = Promise.withResolvers<ExecSession>();
  const { terminals, statuses } = rig(opening.promise);
  terminals.fit([{ id: 1, rect }]);
  terminals.leave();
  opening.resolve(shell);
  await vi.waitFor(() => expect(shell.isClosed).toBe(true));
  expect(statuses).toEqual([]);
});
