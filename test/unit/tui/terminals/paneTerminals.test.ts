import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { ClientError } from '../../../../common/clientFailure.ts';
import type { ExecSession, ExecStart } from '../../../../common/execClient.ts';
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

  end(code: number): void {
    this.#exit.resolve(code);
  }

  typed(): string {
    return String(this.stdin.read() ?? '');
  }
}

function rig(opening: Promise<ExecSession>) {
  const statuses: SessionStatus[] = [];
  const starts: ExecStart[] = [];
  const copied: string[] = [];
  let changes = 0;
  const terminals = new PaneTerminals({
    openExec: (start) => {
      starts.push(start);
      return opening;
    },
    trueColour: true,
    onStatus: (_id, status) => void statuses.push(status),
    onChange: () => {
      changes += 1;
    },
    copy: (text) => void copied.push(text),
  });
  terminals.run({ type: 'terminal', do: 'open', id: 1, name: 'llama' });
  const shows = (text: string) =>
    vi.waitFor(() => {
      const canvas = new Canvas(42, 13);
      terminals.draw(1, canvas, { x: 1, y: 2, width: 40, height: 10 });
      expect(canvas.toString()).toContain(text);
    });
  return { terminals, statuses, starts, copied, shows, changes: () => changes };
}

test('a terminal begins when it is first shown, in that size, and later sizes follow', async () => {
  const shell = new PlayedShell();
  const { terminals, statuses, starts } = rig(Promise.resolve(shell));
  expect(starts).toEqual([]);
  terminals.fit([{ id: 1, rect }]);
  expect(starts).toMatchObject([{ name: 'llama', tty: true, stdin: true, columns: 40, rows: 10 }]);
  expect(starts[0]?.env).toEqual(['TERM=xterm-256color', 'COLORTERM=truecolor']);
  await vi.waitFor(() => expect(statuses).toEqual([{ state: 'running' }]));
  terminals.fit([{ id: 1, rect }]);
  terminals.fit([{ id: 1, rect: { ...rect, width: 22 } }]);
  expect(shell.sizes).toEqual(['20x10']);
});

test('what was typed and resized before the shell runs reaches it', async () => {
  const shell = new PlayedShell();
  const opening = Promise.withResolvers<ExecSession>();
  const { terminals, statuses } = rig(opening.promise);
  terminals.fit([{ id: 1, rect }]);
  terminals.type(1, 'ls\r');
  terminals.fit([{ id: 1, rect: { ...rect, width: 32 } }]);
  opening.resolve(shell);
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  expect([shell.typed(), shell.sizes]).toEqual(['ls\r', ['30x10']]);
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

test('closing ends the command, also one that had not begun, and then nothing more is told', async () => {
  const shell = new PlayedShell();
  const opening = Promise.withResolvers<ExecSession>();
  const { terminals, statuses } = rig(opening.promise);
  terminals.fit([{ id: 1, rect }]);
  terminals.closeAll();
  opening.resolve(shell);
  await vi.waitFor(() => expect(shell.isClosed).toBe(true));
  expect(statuses).toEqual([]);
});
