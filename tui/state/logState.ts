/** What the reducer knows of the log that is looked at. Not here: what becomes of it (logs.ts). */
import type { LogStream, LogText } from './logText.ts';

export interface Logs {
  /** Of the stream that its text comes from. */
  readonly id: number;
  readonly name: string;
  /** Undefined: the current one, and those after it. */
  readonly version: number | undefined;
  readonly text: LogText;
  /** Why no more comes; undefined while more may. */
  readonly ended: string | undefined;
  /** The selected line's number; undefined: the newest, whatever comes. */
  readonly at: number | undefined;
  /** Columns that have gone out at the left. */
  readonly left: number;
  readonly hasTimes: boolean;
  readonly search: string;
  /** Whether keys go into the search. */
  readonly searching: boolean;
}

export interface LogPiece {
  readonly stream: LogStream;
  readonly text: string;
}

/** `began`: the stream has begun, or begun again after the daemon was away, and tells everything anew. */
export type LogNews =
  | { readonly news: 'began' }
  | { readonly news: 'pieces'; readonly pieces: readonly LogPiece[] }
  | { readonly news: 'ended'; readonly reason: string };
