/**
 * The outside world of the command line, handed in so that tests can be it: streams, environment, clock, Ctrl-C.
 */
import type { Readable, Writable } from 'node:stream';
import type { Client } from '../../common/client.ts';
import type { ExecSession } from '../../common/execClient.ts';

export interface InStream extends Readable {
  readonly isTTY?: boolean;
}

export interface OutStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Terminal {
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: NodeJS.ProcessEnv;
  /** Directory the command was given in. */
  readonly directory: string;
  now(): Date;
  /** Whether what is typed and what is shown pass as they are; only where the input is a terminal. */
  setRawMode(raw: boolean): void;
  /** Calls back on Ctrl-C and on requests to end, instead of ending at once; the answer takes that back. */
  onInterrupt(handle: (signal: NodeJS.Signals) => void): () => void;
  /** Opens the full-screen UI and answers with its exit code. */
  openUi(how: UiWish): Promise<number>;
}

export interface UiWish {
  readonly readonly: boolean;
  readonly ascii: boolean;
  readonly colour: boolean;
  /** To a daemon, over its restarts. */
  readonly connect: (onAway: (reason: Error) => void) => Promise<Client>;
  /** A command that a session holds. */
  readonly openSession: (execId: string) => Promise<ExecSession>;
}

/** Flags that every command understands, or that several do. */
export interface CommonOptions {
  readonly socket?: string;
  readonly json?: boolean;
  /** False after `--no-color`. */
  readonly color: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly idempotencyKey?: string;
  /** Of the UI. */
  readonly readonly?: boolean;
  readonly ascii?: boolean;
}

export const exitCode = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;
