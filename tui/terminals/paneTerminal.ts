/**
 * One terminal inside a container: a shell at one end of the exec channel, an emulator at the other.
 *
 * Invariants
 *  - What is typed before the shell reads reaches it once it does: shells throw away what came while they began.
 *  - The size of the shell's terminal is the size of what is shown.
 *  - A connection that breaks is made again; the daemon has kept what was missed.
 *
 * Not here: which terminals there are (state/terminals.ts), escape sequences (term/emulator.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError, failureOf } from '../../common/clientFailure.ts';
import type { ExecSession } from '../../common/execClient.ts';
import type { SessionStatus } from '../state/sessions.ts';
import { Emulator } from '../term/emulator.ts';
import { Backlog } from './backlog.ts';
import { isAway, type Shells } from './shells.ts';

export interface PaneTerminalParts {
  readonly shells: Shells;
  readonly columns: number;
  readonly rows: number;
  readonly onStatus: (status: SessionStatus) => void;
  /** What is shown changed. */
  readonly onChange: () => void;
}

/** What to show: a new shell in a set, or one that the daemon holds already. */
export interface Shown {
  readonly name: string;
  readonly execId: string | undefined;
}

/** Typed before the shell runs; more is no typing. */
const typedAheadMax = 64 * 1024;
/** A shell that has said what it says at its begin is quiet for this long; some say nothing. */
const quietMs = 100;
const beginMs = 2_000;
const openAgainMs = 500;
const openAgainTries = 40;

export class PaneTerminal {
  readonly emulator: Emulator;
  readonly #parts: PaneTerminalParts;
  #columns: number;
  #rows: number;
  #session: ExecSession | undefined;
  readonly #typedAhead: (() => void)[] = [];
  #typedAheadLength = 0;
  #reads = false;
  #begun: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isRunning = false;

  constructor(shown: Shown, parts: PaneTerminalParts) {
    this.#parts = parts;
    this.#columns = parts.columns;
    this.#rows = parts.rows;
    this.emulator = new Emulator({ columns: parts.columns, rows: parts.rows, onInput: (text) => this.#send(text) });
    void this.#run(shown);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Keys, as the outer terminal sent them. */
  type(text: string): void {
    this.#onceItReads(() => this.emulator.type(text), text.length);
  }

  paste(text: string): void {
    this.#onceItReads(() => this.emulator.paste(text), text.length);
  }

  resize(columns: number, rows: number): void {
    if (!this.emulator.resize(columns, rows)) return;
    this.#columns = columns;
    this.#rows = rows;
    this.#session?.resize(columns, rows);
  }

  /** Leaves the shell; the daemon holds it. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#begun);
    this.#session?.close();
    this.emulator.close();
  }

  async #run({ name, execId: known }: Shown): Promise<void> {
    const { shells } = this.#parts;
    try {
      const execId = known ?? (await shells.create(name));
      let session = await shells.open(execId);
      this.#reads = known !== undefined;
      while (await this.#serve(session, execId)) {
        session = await this.#openAgain(execId);
        this.#reads = true;
      }
    } catch (error) {
      const { message, hint } = failureOf(error);
      this.#tell({ state: 'failed', reason: [message, hint].filter((it) => it !== '').join('. ') });
    }
  }

  /** To its end; true where the connection broke before. Throws what the daemon reports. */
  async #serve(session: ExecSession, execId: string): Promise<boolean> {
    if (this.#isClosed) {
      session.close();
      return false;
    }
    this.#connect(session);
    this.#tell({ state: 'running', execId });
    try {
      this.#tell({ state: 'ended', exitCode: await session.exited });
      return false;
    } catch (error) {
      if (this.#isClosed || !isAway(error)) throw error;
      this.#session = undefined;
      this.#tell({ state: 'starting' });
      return true;
    }
  }

  async #openAgain(execId: string): Promise<ExecSession> {
    for (let tries = 1; ; tries += 1) {
      await sleep(openAgainMs);
      try {
        return await this.#parts.shells.open(execId);
      } catch (error) {
        if (error instanceof ClientError && error.code === 'EXEC_NOT_FOUND')
          throw new ClientError('reported', 'berthd ended, and the command with it', { hint: '', cause: error });
        if (this.#isClosed || !isAway(error) || tries >= openAgainTries) throw error;
      }
    }
  }

  #tell(status: SessionStatus): void {
    this.#isRunning = status.state === 'running';
    if (!this.#isClosed) this.#parts.onStatus(status);
  }

  #connect(session: ExecSession): void {
    this.#session = session;
    const backlog = new Backlog(session.stdout);
    session.stdout.on('data', (bytes: Buffer) => {
      if (!this.#reads) this.#begin(quietMs);
      backlog.add(bytes.length);
      this.emulator.write(bytes, () => {
        backlog.remove(bytes.length);
        this.#parts.onChange();
      });
    });
    session.stderr.resume(); // A terminal has none.
    session.resize(this.#columns, this.#rows);
    if (this.#reads) this.#sendTyped();
    else this.#begin(beginMs);
  }

  /** It reads once nothing more comes for a while. */
  #begin(afterMs: number): void {
    clearTimeout(this.#begun);
    this.#begun = setTimeout(() => {
      this.#reads = true;
      this.#sendTyped();
    }, afterMs);
  }

  #onceItReads(act: () => void, length: number): void {
    if (this.#reads && this.#session !== undefined) act();
    else if (this.#typedAheadLength + length <= typedAheadMax) {
      this.#typedAheadLength += length;
      this.#typedAhead.push(act);
    }
  }

  #sendTyped(): void {
    this.#typedAheadLength = 0;
    if (!this.#isClosed) for (const act of this.#typedAhead.splice(0)) act();
  }

  /** Keys as the program expects them, and answers to its queries. */
  #send(text: string): void {
    this.#session?.stdin.write(text);
  }
}
