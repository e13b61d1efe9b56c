/** What the reducer knows of the terminals inside containers. Not here: what becomes of them (terminals.ts). */
import type { Splits } from './splits.ts';

export type SessionStatus =
  | { readonly state: 'starting' }
  | { readonly state: 'running'; readonly execId: string }
  /** It runs, and we are not there; perhaps another client is. */
  | { readonly state: 'detached'; readonly isElsewhere: boolean }
  | { readonly state: 'ended'; readonly exitCode: number }
  | { readonly state: 'failed'; readonly reason: string };

export interface Session {
  readonly id: number;
  /** The daemon's name for it; undefined until it runs. */
  readonly execId: string | undefined;
  /** The set, and the version that was current when it was opened. */
  readonly name: string;
  readonly version: number;
  readonly status: SessionStatus;
  readonly since: number;
}

/** Who has the keys: the UI, the terminal, the next key alone for a command, or moving through what went by. */
export type KeyMode = 'ui' | 'raw' | 'prefix' | 'scroll';

export interface Terminals {
  readonly sessions: readonly Session[];
  /** One is shown at a time: the one with the active terminal. */
  readonly pages: readonly Splits[];
  readonly active: number | undefined;
  /** The active terminal has the whole page. */
  readonly zoomed: boolean;
  readonly mode: KeyMode;
  /** The terminal that the next `close` ends although its command still runs. */
  readonly closing: number | undefined;
  readonly nextId: number;
  /** Whether the daemon was asked for sessions of before. */
  readonly isAsked: boolean;
}

export const NO_TERMINALS: Terminals = {
  sessions: [],
  pages: [],
  active: undefined,
  zoomed: false,
  mode: 'ui',
  closing: undefined,
  nextId: 1,
  isAsked: false,
};

/** Its command takes keys, or will. */
export const isAlive = ({ status }: Session): boolean => status.state === 'starting' || status.state === 'running';
