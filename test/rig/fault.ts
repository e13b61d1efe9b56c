/** What a daemon under test is told to do to itself, or to another process: daemon.ts writes it, faultyDaemon.ts reads it. */

/** A signal at the Nth effect of a verb from now on; to berthd itself unless `pid` says otherwise. */
export interface Fault {
  readonly verb: string;
  readonly effect: number;
  /** `during`: while it runs. */
  readonly when: 'before' | 'during' | 'after';
  readonly signal?: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM';
  readonly pid?: number;
}
