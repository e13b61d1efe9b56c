/** What is fuzzed: the REST face of a daemon, on an engine in memory or on a real one. */
import type { Deed } from './deeds.ts';
import type { Door } from './send.ts';

export interface Target {
  readonly door: Door;
  /** As if nothing had happened yet, for the next sequence. */
  reset(): Promise<void>;
  /** Ignored where it cannot be done. */
  perform(deed: Deed): Promise<void>;
  /** Called when a sequence is over: ends the trouble, and says what is not in order then. */
  wrong(): Promise<string[]>;
  close(): Promise<void>;
}
