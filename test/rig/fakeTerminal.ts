/** The command line's outside world in a test: somebody at a terminal, or a pipe. */
import { PassThrough, Writable } from 'node:stream';
import { runCli } from '../../tui/cli/program.ts';
import type { OutStream, Terminal, UiWish } from '../../tui/cli/terminal.ts';
import { eventually } from './eventually.ts';

class Collected extends Writable implements OutStream {
  readonly isTTY: boolean;
  columns: number;
  rows = 24;
  readonly chunks: Buffer[] = [];

  constructor(isTTY: boolean, columns: number) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
}

export interface FakeTerminalOptions {
  readonly tty?: boolean;
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What the clock says, always. */
  readonly at?: string;
}

export class FakeTerminal implements Terminal {
  readonly stdin: PassThrough & { isTTY: boolean };
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly env: NodeJS.ProcessEnv;
  readonly directory = '/';
  /** Every mode the terminal was put into, in order. */
  readonly rawModes: boolean[] = [];
  /** How the full-screen UI was asked for, each time. */
  readonly uiOpened: Omit<UiWish, 'connect' | 'openSession'>[] = [];
  readonly #at: Date;
  #interrupt: ((signal: NodeJS.Signals) => void) | undefined;

  constructor({ tty = false, columns = 80, env = {}, at = '2026-01-22T10:36:04.000Z' }: FakeTerminalOptions = {}) {
    this.stdin = Object.assign(new PassThrough(), { isTTY: tty });
    this.stdout = new Collected(tty, columns);
    this.stderr = new Collected(tty, columns);
    this.env = env;
    this.#at = new Date(at);
  }

  now(): Date {
    return this.#at;
  }

  setRawMode(raw: boolean): void {
    this.rawModes.push(raw);
  }

  openUi({ connect: _connect, openSession: _openSession, ...how }: UiWish): Promise<number> {
    this.uiOpened.push(how);
    return Promise.resolve(0);
  }

  onInterrupt(handle: (signal: NodeJS.Signals) => void): () => void {
    this.#interrupt = handle;
    return () => {
      this.#interrupt = undefined;
    };
  }

  /** False where nobody listens, so that Ctrl-C would end the program at once. */
  interrupt(): boolean {
    this.#interrupt?.('SIGINT');
    return this.#interrupt !== undefined;
  }

  async shows(stream: 'stdout' | 'stderr', what: string): Promise<void> {
    await eventually(`${stream} shows ${what}`, () => this[stream].text.includes(what), 5_000);
  }
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command line, without the program's own name, in a pipe unless `terminal` is given. */
export async function berth(
  words: readonly string[],
  socket: string,
  terminal: FakeTerminal = new FakeTerminal(),
): Promise<Ran> {
  const code = await runCli(['--socket', socket, ...words], terminal);
  return { code, out: terminal.stdout.text, err: terminal.stderr.text };
}
