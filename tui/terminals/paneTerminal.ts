/**
 * One terminal inside a container: a shell at one end of the exec channel, an emulator at the other.
 *
 * Invariants
 *  - What is typed before the shell runs reaches it once it does.
 *  - The size of the shell's terminal is the size of what is shown.
 *
 * Not here: which terminals there are (state/terminals.ts), escape sequences (term/emulator.ts).
 */
import { failureOf } from '../../common/clientFailure.ts';
import type { ExecSession, ExecStart } from '../../common/execClient.ts';
import type { SessionStatus } from '../state/sessions.ts';
import { Emulator } from '../term/emulator.ts';
import { Backlog } from './backlog.ts';

export type OpenExec = (start: ExecStart) => Promise<ExecSession>;

export interface PaneTerminalParts {
  readonly openExec: OpenExec;
  readonly columns: number;
  readonly rows: number;
  /** COLORTERM for the shell. */
  readonly trueColour: boolean;
  readonly onStatus: (status: SessionStatus) => void;
  /** What is shown changed. */
  readonly onChange: () => void;
}

/** The better shell of the two that images have. */
const SHELL = ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];
/** Typed before the shell runs; more is no typing. */
const typedAheadMax = 64 * 1024;

export class PaneTerminal {
  readonly emulator: Emulator;
  readonly #parts: PaneTerminalParts;
  #columns: number;
  #rows: number;
  #session: ExecSession | undefined;
  #typedAhead = '';
  #isClosed = false;

  constructor(name: string, parts: PaneTerminalParts) {
    this.#parts = parts;
    this.#columns = parts.columns;
    this.#rows = parts.rows;
    this.emulator = new Emulator({ columns: parts.columns, rows: parts.rows, onInput: (text) => this.#send(text) });
    void this.#run(name);
  }

  resize(columns: number, rows: number): void {
    if (!this.emulator.resize(columns, rows)) return;
    this.#columns = columns;
    this.#rows = rows;
    this.#session?.resize(columns, rows);
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.close();
    this.emulator.close();
  }

  async #run(name: string): Promise<void> {
    const { openExec, onStatus } = this.#parts;
    const tell = (status: SessionStatus): void => void (this.#isClosed || onStatus(status));
    try {
      const session = await openExec(this.#start(name));
      if (this.#isClosed) return session.close();
      this.#connect(session);
      tell({ state: 'running' });
      tell({ state: 'ended', exitCode: await session.exited });
    } catch (error) {
      const { message, hint } = failureOf(error);
      tell({ state: 'failed', reason: [message, hint].filter((it) => it !== '').join('. ') });
    }
  }

  #start(name: string): ExecStart {
    const env = ['TERM=xterm-256color', ...(this.#parts.trueColour ? ['COLORTERM=truecolor'] : [])];
    return { name, cmd: SHELL, tty: true, stdin: true, env, columns: this.#columns, rows: this.#rows };
  }

  #connect(session: ExecSession): void {
    const { columns, rows } = this.#parts;
    this.#session = session;
    const backlog = new Backlog(session.stdout);
    session.stdout.on('data', (bytes: Buffer) => {
      backlog.add(bytes.length);
      this.emulator.write(bytes, () => {
        backlog.remove(bytes.length);
        this.#parts.onChange();
      });
    });
    session.stderr.resume(); // A terminal has none.
    if (columns !== this.#columns || rows !== this.#rows) session.resize(this.#columns, this.#rows);
    session.stdin.write(this.#typedAhead);
    this.#typedAhead = '';
  }

  #send(text: string): void {
    if (this.#session !== undefined) this.#session.stdin.write(text);
    else if (this.#typedAhead.length + text.length <= typedAheadMax) this.#typedAhead += text;
  }
}
