/** The program `berth` as a person meets it: in a terminal of its own, which is an emulator here. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pty, { type IPty } from '@lydell/node-pty';
import { berthProgram } from './berthProgram.ts';
import { Emulator } from './emulator.ts';
import { eventually } from './eventually.ts';

export interface UiTerminalOptions {
  readonly socket: string;
  readonly args?: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A shell line in its place; `$BERTH` in it is the program. */
  readonly line?: string;
}

export class UiTerminal {
  readonly screen: Emulator;
  readonly exit: Promise<number>;
  /** Everything that was written to the terminal. */
  output = '';
  readonly #pty: IPty;

  constructor({ socket, args = [], columns = 80, rows = 24, env = {}, line }: UiTerminalOptions) {
    this.screen = new Emulator(columns, rows);
    const command = line ?? `exec $BERTH ${args.join(' ')}`;
    this.#pty = pty.spawn('/bin/sh', ['-c', command], {
      cols: columns,
      rows,
      env: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        TZ: 'UTC',
        TERM: 'xterm-256color',
        XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'berth-ui-')),
        BERTH: `${process.execPath} ${berthProgram}`,
        BERTH_SOCKET: socket,
        ...env,
      },
    });
    this.#pty.onData((data) => {
      this.output += data;
      this.screen.write(data);
    });
    this.screen.terminal.onData((data) => this.#pty.write(data));
    this.exit = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.screen.terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  async shows(what: string | RegExp, deadlineMs?: number): Promise<void> {
    await this.until(`the screen shows ${what}`, (text) => matches(text, what), deadlineMs);
  }

  async hides(what: string | RegExp): Promise<void> {
    await this.until(`the screen does not show ${what}`, (text) => !matches(text, what));
  }

  async until(what: string, isTrue: (text: string) => boolean, deadlineMs = 20_000): Promise<void> {
    const settled = async (): Promise<boolean> => {
      await this.screen.settled();
      return isTrue(this.screen.text());
    };
    try {
      await eventually(what, settled, deadlineMs);
    } catch (error) {
      throw new Error(`${what}, but it shows:\n${this.screen.text()}`, { cause: error });
    }
  }

  /** Ends it, whatever it does. */
  kill(): void {
    this.#pty.kill('SIGKILL');
  }
}

const matches = (text: string, what: string | RegExp): boolean =>
  typeof what === 'string' ? text.includes(what) : what.test(text);
